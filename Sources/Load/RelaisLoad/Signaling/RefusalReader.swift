// Reads the HTTP answer of a server that did not switch to WebSocket.

import NIOCore
import NIOHTTP1

final class RefusalReader: ChannelInboundHandler {
    typealias InboundIn = HTTPClientResponsePart

    private let sink: SignalSink
    private var status = 0
    private var body = ""
    private var hasReported = false

    init(sink: @escaping SignalSink) { self.sink = sink }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head): status = Int(head.status.code)
        case .body(let part):
            if body.utf8.count < LoadLimits.refusalBytes { body += String(buffer: part) }
        case .end:
            report()
            context.close(promise: nil)
        }
    }

    func channelInactive(context: ChannelHandlerContext) {
        report()
        context.fireChannelInactive()
    }

    private func report() {
        guard !hasReported else { return }
        hasReported = true
        guard status != 0 else { return sink(.failed(.signalLost)) }
        let shown = body.split(whereSeparator: \.isNewline).joined(separator: " ").prefix(LoadLimits.refusalBytes)
        sink(.failed(.refused(status: status, body: String(shown))))
    }
}
