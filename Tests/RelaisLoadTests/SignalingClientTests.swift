import Foundation
import LiveKitWire
import NIOCore
import NIOHTTP1
import NIOPosix
import NIOWebSocket
import SwiftProtobuf
import Synchronization
import Testing

@testable import RelaisLoad

/// Servers that are absent, refuse, talk nonsense or hang up.
@Suite struct SignalingClientTests {
    /// Answers the first bytes of each connection with `reply`, then closes it when `closes`.
    private final class Replier: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer
        typealias OutboundOut = ByteBuffer
        private let reply: String
        private let closes: Bool
        init(_ reply: String, closes: Bool) {
            self.reply = reply
            self.closes = closes
        }
        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            let done = context.writeAndFlush(wrapOutboundOut(context.channel.allocator.buffer(string: reply)))
            guard closes else { return }
            let context = NIOLoopBound(context, eventLoop: context.eventLoop)
            done.whenComplete { _ in context.value.close(promise: nil) }
        }
    }

    private func firstEvent(port: Int, group: any EventLoopGroup) async throws -> SignalEvent? {
        let target = try ServerTarget(url: "ws://127.0.0.1:\(port)")
        let (events, inbox) = AsyncStream.makeStream(of: SignalEvent.self)
        SignalingClient(target: target, group: group).open(WireJoinRequest(), token: "t") { inbox.yield($0) }
        var iterator = events.makeAsyncIterator()
        return await iterator.next()
    }

    private func failure(_ reply: String, closes: Bool = true) async throws -> LoadFailure? {
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let server = try await ServerBootstrap(group: group)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(Replier(reply, closes: closes))
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        let event = try await firstEvent(port: try #require(server.localAddress?.port), group: group)
        try await server.close()
        try await group.shutdownGracefully()
        guard case .failed(let failure)? = event else { return nil }
        return failure
    }

    @Test func aRefusalIsTold() async throws {
        let body = "token is expired"
        let reply = "HTTP/1.1 401 Unauthorized\r\nContent-Length: \(body.utf8.count)\r\n\r\n\(body)"
        #expect(try await failure(reply) == .refused(status: 401, body: body))
        // The end of the connection is the end of the body.
        #expect(try await failure("HTTP/1.1 503 Busy\r\n\r\nfull") == .refused(status: 503, body: "full"))
    }

    @Test(arguments: ["", "SSH-2.0-OpenSSH_9.2\r\n", "HTTP/1.1 101 Switching Protocols\r\n\r\n"])
    func nonsenseIsAFailure(reply: String) async throws {
        #expect(try await failure(reply) != nil)
    }

    /// What NIO's server sends for an upgrade, with the first message in the same segment.
    private final class Coalescer: ChannelOutboundHandler {
        typealias OutboundIn = ByteBuffer
        typealias OutboundOut = ByteBuffer
        private let message: ByteBuffer
        private var isFirst = true
        init(_ message: ByteBuffer) { self.message = message }
        func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
            var bytes = unwrapOutboundIn(data)
            if isFirst { bytes.writeImmutableBuffer(message) }
            isFirst = false
            context.write(wrapOutboundOut(bytes), promise: promise)
        }
    }

    @Test func theFirstMessageMayComeWithTheUpgrade() async throws {
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        var response = WireSignalResponse()
        response.join.pingInterval = 7
        let content: [UInt8] = try response.serializedBytes()
        // An unmasked binary frame (RFC 6455 section 5.2).
        let frame = ByteBuffer(bytes: [0x82, UInt8(content.count)] + content)
        let server = try await ServerBootstrap(group: group)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(Coalescer(frame))
                    let upgrader = NIOWebSocketServerUpgrader(
                        shouldUpgrade: { channel, _ in channel.eventLoop.makeSucceededFuture([:]) },
                        upgradePipelineHandler: { channel, _ in channel.eventLoop.makeSucceededVoidFuture() })
                    try channel.pipeline.syncOperations.configureHTTPServerPipeline(
                        withServerUpgrade: (upgraders: [upgrader], completionHandler: { _ in }))
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        let target = try ServerTarget(url: "ws://127.0.0.1:\(try #require(server.localAddress?.port))")
        let (events, inbox) = AsyncStream.makeStream(of: SignalEvent.self)
        SignalingClient(target: target, group: group).open(WireJoinRequest(), token: "t") { inbox.yield($0) }
        var iterator = events.makeAsyncIterator()
        guard case .opened? = await iterator.next() else {
            Issue.record("not opened")
            return
        }
        // A lost message would wait for ever: the server's end turns it into `closed`.
        let watch = Task {
            try await Task.sleep(for: .seconds(5))
            inbox.yield(.closed)
        }
        guard case .message(.join(let join))? = await iterator.next() else {
            Issue.record("the first message is lost")
            return
        }
        watch.cancel()
        #expect(join.pingInterval == 7)
        try await server.close()
        try await group.shutdownGracefully()
    }

    @Test func nobodyListens() async throws {
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        var event: SignalEvent?
        // Another program may take the port in the moment between: another try then.
        for _ in 0..<3 {
            let server = try await ServerBootstrap(group: group).bind(host: "127.0.0.1", port: 0).get()
            let port = try #require(server.localAddress?.port)
            try await server.close()
            event = try await firstEvent(port: port, group: group)
            if case .failed(.nothingListens)? = event { break }
        }
        try await group.shutdownGracefully()
        guard case .failed(.nothingListens(_, let reason))? = event else {
            Issue.record("\(String(describing: event))")
            return
        }
        #expect(reason == "connection refused")
    }
}
