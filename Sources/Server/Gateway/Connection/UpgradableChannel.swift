// HTTP/1.1 and WebSocket (RFC 6455) on one port: a connection begins as HTTP and may become a WebSocket.

import HTTPTypes
import Hummingbird
import HummingbirdCore
import Logging
import NIOConcurrencyHelpers
import NIOCore
import NIOHTTP1
import NIOHTTPTypes
import NIOHTTPTypesHTTP1
import NIOWebSocket

/// A refusal of a WebSocket, answered as plain text over HTTP.
struct Refusal: Error, Hashable, Sendable {
    let status: Int
    let text: String
}

/// Accepted connections of the server: `admit` decides on each upgrade, what it returns goes with the WebSocket.
struct UpgradableChannel<Ticket: Sendable>: ServerChildChannel, HTTPChannelHandler {
    typealias WebSocketChannel = NIOAsyncChannel<WebSocketFrame, WebSocketFrame>
    typealias Admit = @Sendable (HTTPRequestHead, _ address: SocketAddress?) async -> Result<Ticket, Refusal>

    enum Negotiated: Sendable {
        case http(NIOAsyncChannel<HTTPRequestPart, HTTPResponsePart>)
        case webSocket(WebSocketChannel, Ticket)
        case refused
    }
    struct Value: ServerChildChannelValue {
        let channel: any Channel
        let negotiated: EventLoopFuture<Negotiated>
    }

    let responder: HTTPChannelHandler.Responder
    let admit: Admit
    let serve: @Sendable (WebSocketChannel, Ticket) async -> Void

    func setup(channel: any Channel, logger: Logger) -> EventLoopFuture<Value> {
        channel.eventLoop.makeCompletedFuture {
            let deadlines = NIOLoopBound(RequestDeadlines(), eventLoop: channel.eventLoop)
            // What `admit` decided, between the upgrader's steps.
            let decision = NIOLockedValueBox<Result<Ticket, Refusal>?>(nil)
            try channel.pipeline.syncOperations.addHandler(deadlines.value)

            let upgrades = NIOTypedHTTPServerUpgradeConfiguration<Negotiated>(
                upgraders: [upgrader(decision, deadlines)],
                notUpgradingCompletionHandler: { channel in
                    // A refused request cannot go on to the responder: NIO's upgrader has eaten its head.
                    if case .failure(let refusal) = decision.withLockedValue({ $0 }) {
                        return Self.answer(refusal, on: channel)
                    }
                    return channel.eventLoop.makeCompletedFuture {
                        let pipeline = channel.pipeline.syncOperations
                        try pipeline.addHandler(HTTP1ToHTTPServerCodec(secure: false))
                        try pipeline.addHandler(RequestPhases(deadlines.value))
                        try pipeline.addHandler(HTTPConnectionStateHandler(logger: logger))
                        return try Negotiated.http(
                            NIOAsyncChannel(
                                wrappingChannelSynchronously: channel,
                                configuration: .init(isOutboundHalfClosureEnabled: true)))
                    }
                })
            var pipeline = NIOUpgradableHTTPServerPipelineConfiguration(upgradeConfiguration: upgrades)
            pipeline.enablePipelining = false
            pipeline.enableErrorHandling = false
            let operations = channel.pipeline.syncOperations
            let negotiated = try operations.configureUpgradableHTTPServerPipeline(configuration: pipeline)
            try operations.addHandler(
                FirstRequest(),
                position: .before(operations.handler(type: NIOTypedHTTPServerUpgradeHandler<Negotiated>.self)))
            return Value(channel: channel, negotiated: negotiated)
        }
    }

    private func upgrader(
        _ decision: NIOLockedValueBox<Result<Ticket, Refusal>?>, _ deadlines: NIOLoopBound<RequestDeadlines>
    ) -> NIOTypedWebSocketServerUpgrader<Negotiated> {
        NIOTypedWebSocketServerUpgrader<Negotiated>(
            maxFrameSize: GatewayLimits.messageBytes,
            shouldUpgrade: { channel, head in
                deadlines.value.enter(.finished)
                let address = channel.remoteAddress
                return channel.eventLoop.makeFutureWithTask {
                    let result = await admit(head, address)
                    decision.withLockedValue { $0 = result }
                    if case .success = result { return [:] }
                    return nil
                }
            },
            upgradePipelineHandler: { channel, _ in
                channel.eventLoop.makeCompletedFuture {
                    guard case .success(let ticket) = decision.withLockedValue({ $0 }) else { return .refused }
                    try channel.pipeline.syncOperations.addHandler(FrameRules())
                    try channel.pipeline.syncOperations.addHandler(
                        NIOWebSocketFrameAggregator(
                            minNonFinalFragmentSize: 0, maxAccumulatedFrameCount: GatewayLimits.framesPerMessage,
                            maxAccumulatedFrameSize: GatewayLimits.messageBytes))
                    return .webSocket(try NIOAsyncChannel(wrappingChannelSynchronously: channel), ticket)
                }
            })
    }

    private static func answer(_ refusal: Refusal, on channel: any Channel) -> EventLoopFuture<Negotiated> {
        var head = HTTPResponseHead(version: .http1_1, status: .init(statusCode: refusal.status))
        head.headers = [
            "content-length": "\(refusal.text.utf8.count)", "content-type": "text/plain; charset=utf-8",
            "access-control-allow-origin": "*", "cache-control": "no-store", "connection": "close",
        ]
        channel.write(HTTPServerResponsePart.head(head), promise: nil)
        channel.write(HTTPServerResponsePart.body(.byteBuffer(ByteBuffer(string: refusal.text))), promise: nil)
        return channel.writeAndFlush(HTTPServerResponsePart.end(nil))
            .flatMap { channel.close() }
            .map { .refused }
    }

    func handle(value: Value, logger: Logger) async {
        do {
            switch try await value.negotiated.get() {
            case .http(let channel): await handleHTTP(asyncChannel: channel, logger: logger)
            case .webSocket(let channel, let ticket): await serve(channel, ticket)
            case .refused: break
            }
        } catch {
            // Not HTTP, or gone before its first request.
            logger.trace("connection ended early", metadata: ["error": "\(error)"])
            value.channel.close(promise: nil)
        }
    }
}
