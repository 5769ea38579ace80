// Time limits of an HTTP connection, against clients that open sockets and dribble or never read.

import NIOCore
import NIOHTTPTypes

/// Closes a connection whose current phase lasts too long. Stands first in the pipeline, so that it sees the first byte
/// of a head; `RequestPhases` tells it of what comes after. Both live on one event loop.
final class RequestDeadlines: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer
    typealias OutboundOut = ByteBuffer

    enum Phase { case head, body, response, idle, finished }

    private var phase = Phase.finished
    private var deadline: Scheduled<Void>?
    private var headBytes = 0
    private var isStopping = false
    private var context: ChannelHandlerContext?

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        if context.channel.isActive { enter(.head) }
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        deadline?.cancel()
        self.context = nil
    }

    func channelActive(context: ChannelHandlerContext) {
        enter(.head)
        context.fireChannelActive()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        if phase == .idle { enter(.head) }
        if phase == .head {
            headBytes += Self.unwrapInboundIn(data).readableBytes
            if headBytes > GatewayLimits.headBytes { return refuseHead(context) }
        }
        context.fireChannelRead(data)
    }

    private func refuseHead(_ context: ChannelHandlerContext) {
        enter(.finished)
        isStopping = true
        let answer = "HTTP/1.1 431 Request Header Fields Too Large\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
        context.writeAndFlush(Self.wrapOutboundOut(ByteBuffer(string: answer)), promise: nil)
        context.close(promise: nil)
    }

    func channelInactive(context: ChannelHandlerContext) {
        deadline?.cancel()
        context.fireChannelInactive()
    }

    /// The server stops: nobody waits for a request any more, and what is under way gets a last while.
    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if event is ChannelShouldQuiesceEvent {
            let isWaiting = phase == .head || phase == .idle
            enter(.finished)
            isStopping = true
            let delay: TimeAmount = isWaiting ? .zero : .seconds(GatewayLimits.shutdownSeconds)
            deadline = context.eventLoop.assumeIsolated().scheduleTask(in: delay) { context.close(promise: nil) }
        }
        context.fireUserInboundEventTriggered(event)
    }

    func enter(_ phase: Phase) {
        guard !isStopping else { return }
        self.phase = phase
        headBytes = 0
        deadline?.cancel()
        deadline = nil
        guard let context, let seconds = Self.seconds(of: phase) else { return }
        deadline = context.eventLoop.assumeIsolated().scheduleTask(in: .seconds(seconds)) {
            context.close(promise: nil)
        }
    }

    private static func seconds(of phase: Phase) -> Int64? {
        switch phase {
        case .head: GatewayLimits.headSeconds
        case .body: GatewayLimits.bodySeconds
        case .response: GatewayLimits.responseSeconds
        case .idle: GatewayLimits.idleSeconds
        case .finished: nil
        }
    }
}

/// Tells `RequestDeadlines` where requests and responses begin and end.
final class RequestPhases: ChannelDuplexHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPRequestPart
    typealias InboundOut = HTTPRequestPart
    typealias OutboundIn = HTTPResponsePart
    typealias OutboundOut = HTTPResponsePart

    private let deadlines: RequestDeadlines
    private var hasAnswered = false

    init(_ deadlines: RequestDeadlines) { self.deadlines = deadlines }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch Self.unwrapInboundIn(data) {
        case .head:
            hasAnswered = false
            deadlines.enter(.body)
        case .body: break
        // An answer may come before the whole request has.
        case .end: deadlines.enter(hasAnswered ? .idle : .response)
        }
        context.fireChannelRead(data)
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        let part = Self.unwrapOutboundIn(data)
        context.write(data, promise: promise)
        if case .end = part {
            hasAnswered = true
            deadlines.enter(.idle)
        }
    }
}
