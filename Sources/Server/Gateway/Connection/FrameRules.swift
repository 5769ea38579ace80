// Rules of WebSocket framing that NIO's decoder leaves to its user (RFC 6455 sections 5.1 and 5.2).

import NIOCore
import NIOWebSocket

/// A client's frame that no client may send; the connection ends with it.
enum FrameViolation: Error, Hashable, CustomStringConvertible {
    case unmasked, reservedBits, unknownOpcode

    var description: String {
        switch self {
        case .unmasked: "a client masks its frames"
        case .reservedBits: "no extension was agreed on"
        case .unknownOpcode: "unknown opcode"
        }
    }
}

final class FrameRules: ChannelInboundHandler {
    typealias InboundIn = WebSocketFrame
    typealias InboundOut = WebSocketFrame
    private var isBroken = false

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        if isBroken { return }
        guard let violation = Self.violation(in: Self.unwrapInboundIn(data)) else {
            return context.fireChannelRead(data)
        }
        isBroken = true
        context.fireErrorCaught(violation)
    }

    private static func violation(in frame: WebSocketFrame) -> FrameViolation? {
        if frame.maskKey == nil { return .unmasked }
        if frame.rsv1 || frame.rsv2 || frame.rsv3 { return .reservedBits }
        return switch frame.opcode {
        case .continuation, .text, .binary, .connectionClose, .ping, .pong: nil
        default: .unknownOpcode
        }
    }
}
