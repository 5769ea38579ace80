// One client's signaling, frame by frame: the whole of what a WebSocket door needs of this protocol.

public import Conference

/// Reads a client's frames and writes those for it. Answers go in the encoding of the client's last frame; binary until
/// it has sent one.
public struct SignalTranslator: Sendable {
    private let mapping: NotificationMapping
    public private(set) var encoding: SignalFrame.Encoding = .binary

    public init(mapping: NotificationMapping) { self.mapping = mapping }

    /// What a frame of the client asks for.
    public struct Received: Sendable {
        /// For the room, if the frame asks something of it.
        public var request: ParticipantRequest?
        /// To be sent back at once.
        public var answers: [SignalFrame]
    }

    /// - Parameter nowMilliseconds: Since the Unix epoch.
    public mutating func receive(
        _ frame: SignalFrame, atMilliseconds nowMilliseconds: Int64
    ) throws(SignalFrameError) -> Received {
        let request = try frame.request()
        encoding = frame.encoding
        switch SignalInput(request, atMilliseconds: nowMilliseconds) {
        case .request(let request): return Received(request: request, answers: [])
        case .answer(let answers):
            return Received(request: nil, answers: answers.map { SignalFrame($0, as: encoding) })
        case .nothing: return Received(request: nil, answers: [])
        }
    }

    /// The frame that tells the client of `notification`.
    /// - Parameter nowMilliseconds: Since the Unix epoch.
    public func frame(for notification: ParticipantNotification, atMilliseconds nowMilliseconds: Int64) -> SignalFrame {
        SignalFrame(mapping.message(for: notification, atMilliseconds: nowMilliseconds), as: encoding)
    }
}
