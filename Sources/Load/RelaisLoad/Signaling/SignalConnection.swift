// An open signaling WebSocket (RFC 6455): one protobuf message per binary frame, each way.

import LiveKitWire
import NIOCore
import NIOWebSocket
import SwiftProtobuf

/// The sending side. Messages may be sent from any task.
struct SignalConnection: Sendable {
    private let channel: any Channel

    init(_ channel: any Channel) { self.channel = channel }

    func send(_ request: WireSignalRequest) {
        guard let bytes: [UInt8] = try? request.serializedBytes() else { return }
        write(.binary, channel.allocator.buffer(bytes: bytes))
    }

    /// Says good-bye, then closes.
    func close() {
        var reason = channel.allocator.buffer(capacity: 2)
        reason.write(webSocketErrorCode: .normalClosure)
        let frame = Self.frame(.connectionClose, reason)
        channel.writeAndFlush(frame).whenComplete { _ in channel.close(promise: nil) }
    }

    private func write(_ opcode: WebSocketOpcode, _ data: ByteBuffer) {
        channel.writeAndFlush(Self.frame(opcode, data), promise: nil)
    }

    /// Frames of a client are masked (RFC 6455 section 5.3).
    static func frame(_ opcode: WebSocketOpcode, _ data: ByteBuffer) -> WebSocketFrame {
        WebSocketFrame(fin: true, opcode: opcode, maskKey: .random(), data: data)
    }
}

/// The receiving side: decodes messages, answers pings.
final class SignalFrameHandler: ChannelInboundHandler {
    typealias InboundIn = WebSocketFrame
    typealias OutboundOut = WebSocketFrame

    private let sink: SignalSink
    private var hasClosed = false

    init(sink: @escaping SignalSink) { self.sink = sink }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let frame = unwrapInboundIn(data)
        switch frame.opcode {
        case .binary:
            let bytes = Array(buffer: frame.unmaskedData)
            // Messages of a later protocol decode to nothing: they are not ours to judge.
            if let response = try? WireSignalResponse(serializedBytes: bytes, options: WireCoding.binaryDecoding),
                let message = response.message
            {
                sink(.message(message))
            }
        case .ping:
            let pong = SignalConnection.frame(.pong, frame.unmaskedData)
            context.writeAndFlush(wrapOutboundOut(pong), promise: nil)
        case .connectionClose: context.close(promise: nil)
        default: break
        }
    }

    func channelInactive(context: ChannelHandlerContext) {
        close()
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }

    private func close() {
        guard !hasClosed else { return }
        hasClosed = true
        sink(.closed)
    }
}
