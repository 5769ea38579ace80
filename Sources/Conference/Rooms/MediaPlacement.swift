// What the rooms need of the media planes below: a thread for a room, and a way to command it.

public import Conference
public import MediaInterface

/// One media thread as its rooms see it.
public protocol MediaPort: Sendable {
    /// Certificate and addresses of the thread, as session descriptions announce them.
    var local: LocalTransport { get }

    /// Queues commands for the thread, in order. False when it does not take them (full, or stopped).
    func submit(_ commands: [MediaCommand]) -> Bool
}

/// Decides on which thread a room lives.
public protocol MediaPlacement: Sendable {
    /// The same port for the same room until `release`.
    func port(for room: RoomID) -> any MediaPort
    func release(_ room: RoomID)
}
