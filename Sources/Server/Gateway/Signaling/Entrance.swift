// What the signaling door needs of the conference behind it.

public import Conference

/// Where participants come in.
public protocol Entrance: Sendable {
    /// Throws when `join` would refuse now. Nothing is reserved.
    func check(_ request: JoinRequest) async throws(JoinRefusal)

    /// Brings the participant in, or back in when the request resumes a session.
    func join(_ request: JoinRequest) async throws(JoinRefusal) -> any SignalSession
}

/// A participant as long as one WebSocket lasts.
public protocol SignalSession: Sendable {
    /// What the participant is to be told, in order, `joined`, `reconnected` or `left` first. It ends after `left`,
    /// when another WebSocket has taken the session over, and when the client reads too slowly.
    var notifications: AsyncStream<ParticipantNotification> { get }

    func request(_ request: ParticipantRequest) async

    /// The WebSocket is gone without a leave: the session waits for its return as long as its media lives.
    func signalLost() async
}
