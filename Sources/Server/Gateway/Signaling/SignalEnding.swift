// How the signaling of one WebSocket ends.

import NIOCore
import NIOWebSocket

enum SignalEnding: Equatable, Sendable {
    /// The socket is gone, nothing can be said any more.
    case gone
    /// The client said goodbye to the WebSocket (not to the room).
    case closedByClient(WebSocketErrorCode)
    /// Everything was said, `leave` last.
    case finished
    case malformed(String)
    /// The client broke the rules of WebSocket.
    case violation(String)
    case tooLarge(String)
    case silent
    /// The client does not read what is sent to it.
    case stalled
    /// Another WebSocket has taken the session over, or the client read too slowly: it may resume.
    case detached
    case failed

    /// Code and reason of our close frame (RFC 6455 section 7.4.1), nil when there is nobody to tell.
    var closeFrame: (code: WebSocketErrorCode, reason: String)? {
        switch self {
        case .gone: nil
        case .closedByClient(let code): (code, "")
        case .finished: (.normalClosure, "")
        case .malformed(let reason): (.dataInconsistentWithMessage, reason)
        case .violation(let reason): (.protocolError, reason)
        case .tooLarge(let reason): (.messageTooLarge, reason)
        case .silent: (.policyViolation, "nothing was heard for \(GatewayLimits.silenceSeconds) seconds")
        case .stalled: (.policyViolation, "nothing was read for \(GatewayLimits.stallSeconds) seconds")
        case .detached: (.policyViolation, "the session continues on another connection, or this one read too slowly")
        case .failed: (.unexpectedServerError, "")
        }
    }
}

extension SignalEnding {
    /// How a WebSocket ends whose inbound stream broke with `error`.
    init(_ error: any Error) {
        switch error {
        case let violation as FrameViolation:
            self = .violation("\(violation)")
        case NIOWebSocketFrameAggregator.Error.tooManyFragments,
            NIOWebSocketFrameAggregator.Error.accumulatedFrameSizeIsTooLarge:
            self = .tooLarge("at most \(GatewayLimits.messageBytes) bytes in \(GatewayLimits.framesPerMessage) frames")
        case is NIOWebSocketFrameAggregator.Error:
            self = .violation("frames of a message are out of order")
        default:
            // Of what NIO's decoder refuses, NIO has told the client itself.
            self = .gone
        }
    }
}

extension WebSocketFrame {
    static func close(_ code: WebSocketErrorCode, reason: String, allocator: ByteBufferAllocator) -> WebSocketFrame {
        var data = allocator.buffer(capacity: 2 + GatewayLimits.closeReasonBytes)
        data.write(webSocketErrorCode: code)
        data.writeBytes(reason.utf8.prefix(GatewayLimits.closeReasonBytes))
        return WebSocketFrame(fin: true, opcode: .connectionClose, data: data)
    }
}
