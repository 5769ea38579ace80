// One participant as long as one signaling connection lasts.

public import Conference

/// What a door holds of a participant: notifications come out, requests go in.
public final class ParticipantSession: Sendable {
    public let sid: ParticipantSID
    /// What to tell the participant, in order; `joined`, `reconnected` or `left` first. Ends after `left`, when another
    /// connection has taken the session over, and when the reader is too slow.
    public let notifications: AsyncStream<ParticipantNotification>

    private let continuation: AsyncStream<ParticipantNotification>.Continuation
    /// Nil when there is no room behind: the client was told to start anew.
    private let room: Room?

    init(sid: ParticipantSID, room: Room?) {
        self.sid = sid
        self.room = room
        (notifications, continuation) = AsyncStream.makeStream(
            bufferingPolicy: .bufferingOldest(ConferenceLimits.queuedNotifications))
    }

    /// For a client whose session is gone: it is told to start anew.
    static func ended(resumed resume: JoinRequest.Resume?) -> ParticipantSession {
        var random = SystemRandomNumberGenerator()
        let session = ParticipantSession(sid: resume?.participant ?? ParticipantSID(random: &random), room: nil)
        _ = session.tell(.left(.stateMismatch, .reconnect))
        session.end()
        return session
    }

    public func request(_ request: ParticipantRequest) async {
        // Here no room waits for it.
        request.prepare()
        await room?.handle(request, from: self)
    }

    /// The connection is gone without a leave. The participant stays as long as its media does.
    public func signalLost() async { await room?.signalLost(self) }

    // MARK: From the room

    /// False when the queue was full: the session has ended, for a gap would mislead the client.
    func tell(_ notification: ParticipantNotification) -> Bool {
        if case .dropped = continuation.yield(notification) {
            continuation.finish()
            return false
        }
        return true
    }

    func end() { continuation.finish() }
}
