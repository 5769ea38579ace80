import Foundation
import HTTPTypes
import LiveKitWire
import NIOCore
import NIOEmbedded
import NIOHTTPTypes
import Testing

@testable import Gateway

/// Time limits of plain HTTP connections, on a clock that the test turns.
@Suite struct RequestDeadlinesTests {
    /// Stands for the decoder: bytes end here, parts of requests are fed behind it.
    private final class Decoder: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer
        func channelRead(context: ChannelHandlerContext, data: NIOAny) {}
    }

    static func channel() throws -> EmbeddedChannel {
        let deadlines = RequestDeadlines()
        let channel = EmbeddedChannel(handlers: [deadlines, Decoder(), RequestPhases(deadlines)])
        try channel.connect(to: SocketAddress(ipAddress: "127.0.0.1", port: 1)).wait()
        return channel
    }

    static func feed(_ channel: EmbeddedChannel, _ part: HTTPRequestPart) throws {
        try channel.pipeline.syncOperations.context(handlerType: Decoder.self).fireChannelRead(NIOAny(part))
    }

    static func isOpen(_ channel: EmbeddedChannel, after seconds: Int64) -> Bool {
        channel.embeddedEventLoop.advanceTime(by: .seconds(seconds))
        return channel.isActive
    }

    @Test func aConnectionThatSaysNothing() throws {
        let channel = try Self.channel()
        #expect(Self.isOpen(channel, after: GatewayLimits.headSeconds - 1))
        #expect(!Self.isOpen(channel, after: 1))
    }

    @Test func bytesThatDribbleDoNotHelp() throws {
        let channel = try Self.channel()
        for _ in 1..<GatewayLimits.headSeconds {
            try channel.writeInbound(ByteBuffer(string: "x"))
            #expect(Self.isOpen(channel, after: 1))
        }
        try channel.writeInbound(ByteBuffer(string: "x"))
        #expect(!Self.isOpen(channel, after: 1))
    }

    @Test func bodiesResponsesAndPauses() throws {
        let request = HTTPRequest(method: .post, scheme: "http", authority: "h", path: "/")
        let channel = try Self.channel()
        for _ in 0..<3 {
            try channel.writeInbound(ByteBuffer(string: "x"))
            #expect(Self.isOpen(channel, after: GatewayLimits.headSeconds - 1))
            try Self.feed(channel, .head(request))
            #expect(Self.isOpen(channel, after: GatewayLimits.bodySeconds - 1))
            try Self.feed(channel, .end(nil))
            #expect(Self.isOpen(channel, after: GatewayLimits.responseSeconds - 1))
            try channel.writeOutbound(HTTPResponsePart.head(HTTPResponse(status: .ok)))
            try channel.writeOutbound(HTTPResponsePart.end(nil))
            #expect(Self.isOpen(channel, after: GatewayLimits.idleSeconds - 1))
        }
        // An answer before the end of its request: then the pause begins.
        try Self.feed(channel, .head(request))
        try channel.writeOutbound(HTTPResponsePart.end(nil))
        try Self.feed(channel, .end(nil))
        #expect(Self.isOpen(channel, after: GatewayLimits.idleSeconds - 1))
        try Self.feed(channel, .head(request))
        #expect(!Self.isOpen(channel, after: GatewayLimits.bodySeconds))
    }
}

@Suite struct ShutdownTests {
    @Test func whatIsUnderWayHasALastWhile() throws {
        for (part, isOpen) in [(HTTPRequestPart?.none, false), (.head(Self.request), true)] {
            let channel = try RequestDeadlinesTests.channel()
            if let part { try RequestDeadlinesTests.feed(channel, part) }
            channel.pipeline.fireUserInboundEventTriggered(ChannelShouldQuiesceEvent())
            #expect(RequestDeadlinesTests.isOpen(channel, after: GatewayLimits.shutdownSeconds - 1) == isOpen)
            if isOpen { try RequestDeadlinesTests.feed(channel, .end(nil)) }
            #expect(!RequestDeadlinesTests.isOpen(channel, after: 1))
        }
    }
    private static let request = HTTPRequest(method: .post, scheme: "http", authority: "h", path: "/")

    @Test func everybodyHearsLeaveAndTheServerIsGoneInTime() async throws {
        var start = ContinuousClock.now
        nonisolated(unsafe) var connections: [RawConnection] = []
        var address: SocketAddress?
        try await RunningGateway.with { gateway in
            address = gateway.address
            for index in 0..<20 { unsafe connections.append(try await gateway.joined("p\(index)").0) }
            // One that is in the middle of a request, one that never said anything.
            let slow = try await gateway.connect()
            try await slow.send("GET / HT")
            unsafe connections.append(slow)
            unsafe connections.append(try await gateway.connect())
            start = .now
        }
        #expect(ContinuousClock.now - start < .seconds(5))
        for connection in unsafe connections.prefix(20) {
            let leave = try await connection.frame().response().leave
            #expect(leave.reason == .serverShutdown && leave.action == .reconnect)
            #expect(try await connection.frame().closeCode == 1_000)
            #expect(await connection.isClosedByPeer())
        }
        await #expect(throws: (any Error).self) { _ = try await RawConnection(to: #require(address)) }
    }
}
