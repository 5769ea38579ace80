// What a signaling connection tells its participant.

import LiveKitWire

enum SignalEvent: Sendable {
    case opened(SignalConnection)
    case failed(LoadFailure)
    case message(WireSignalResponse.OneOf_Message)
    case closed
}

typealias SignalSink = @Sendable (SignalEvent) -> Void
