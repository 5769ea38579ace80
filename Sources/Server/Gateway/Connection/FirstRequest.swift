// The first request of a connection, before NIO's upgrader sees it.

import NIOCore
import NIOHTTP1

/// Hides upgrades that are no WebSocket's from NIO's upgrader, which eats the head of what it does not upgrade: they go
/// on as plain requests (RFC 9110 section 7.8 lets a server ignore them). Answers what is no request at all, because
/// nobody behind it would before the first head.
final class FirstRequest: ChannelInboundHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias InboundOut = HTTPServerRequestPart
    typealias OutboundOut = HTTPServerResponsePart
    /// Later requests cannot become WebSockets; bytes of one may follow.
    private var isDone = false

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard !isDone, case .head(var head) = Self.unwrapInboundIn(data) else { return context.fireChannelRead(data) }
        isDone = true
        if !head.asksForWebSocket {
            head.headers.remove(name: "upgrade")
            head.headers.remove(name: "connection")
        }
        context.fireChannelRead(Self.wrapInboundOut(.head(head)))
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        guard !isDone, error is HTTPParserError else { return context.fireErrorCaught(error) }
        isDone = true
        var head = HTTPResponseHead(version: .http1_1, status: .badRequest)
        head.headers = ["content-length": "0", "connection": "close"]
        context.write(Self.wrapOutboundOut(.head(head)), promise: nil)
        context.writeAndFlush(Self.wrapOutboundOut(.end(nil)), promise: nil)
        context.close(promise: nil)
    }
}

extension HTTPRequestHead {
    /// RFC 6455 section 4.2.1.
    fileprivate var asksForWebSocket: Bool {
        func holds(_ name: String, _ token: String) -> Bool {
            headers[canonicalForm: name].contains { $0.lowercased() == token }
        }
        return method == .GET && version == .http1_1 && holds("upgrade", "websocket") && holds("connection", "upgrade")
            && headers["sec-websocket-version"] == ["13"]
            && headers["sec-websocket-key"].count == 1 && headers["sec-websocket-key"][0].utf8.count == 24
    }
}
