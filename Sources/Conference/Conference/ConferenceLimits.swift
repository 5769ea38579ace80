// Bounds of the control plane, each with its reason.

public enum ConferenceLimits {
    /// Ours have 15 to 17 bytes.
    public static let sidBytes = 64
    /// As LiveKit documents for names and identities.
    public static let nameBytes = 256
    /// Metadata and all attributes together of one participant.
    public static let metadataBytes = 65_536
    public static let attributeCount = 256
    /// A client of 150 publishers offers about 600 sections of 2 kB.
    public static let sdpBytes = 2_000_000
    public static let sdpLines = 100_000
    public static let sdpSections = 1_200
    /// Tracks that one participant may have announced or published.
    public static let tracksPerParticipant = 32
    /// Participants named in one subscription permission: everybody in a large room.
    public static let permissionEntries = 4_096
    /// Departures that a participant without signaling is told of when it comes back.
    public static let missedDepartures = 1_024
    /// Updates of participants that go out within one window before they are gathered.
    public static let updatesPerWindow = 2_000
    /// Explicit choices and wishes that one participant may hold: every track of a large room.
    public static let trackChoices = 8_192
    /// Messages that wait for a slow WebSocket before it is closed (the client then resumes).
    public static let queuedNotifications = 4_096
    /// Data of one sender: cursors and reactions come 50 times a second, files in chunks of 15 kB.
    public static let dataMessagesPerSecond = 1_000
    public static let dataMessagesBurst = 4_000
    public static let dataBytesPerSecond = 16_000_000
    public static let dataBytesBurst = 64_000_000
    /// Packets of one sender among which repetitions are noticed: what an SDK sends again after an interruption.
    public static let recentNonces = 512
    /// Reliable data kept for a client whose channel is not open yet, or that resumes.
    public static let retainedDataPackets = 512
    public static let retainedDataBytes = 2_000_000
}
