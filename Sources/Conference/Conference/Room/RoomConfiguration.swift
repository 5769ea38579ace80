// What somebody may ask of a room that does not exist yet.

/// Wishes for a new room; nil leaves what the site has set. A room that exists is not changed by them.
public struct RoomConfiguration: Hashable, Sendable {
    public var emptyTimeoutSeconds: UInt32?
    public var departureTimeoutSeconds: UInt32?
    public var maximumParticipants: UInt32?
    public var metadata: String?
    public init(
        emptyTimeoutSeconds: UInt32? = nil, departureTimeoutSeconds: UInt32? = nil, maximumParticipants: UInt32? = nil,
        metadata: String? = nil
    ) {
        self.emptyTimeoutSeconds = emptyTimeoutSeconds
        self.departureTimeoutSeconds = departureTimeoutSeconds
        self.maximumParticipants = maximumParticipants
        self.metadata = metadata
    }
}

extension RoomSettings {
    /// The settings of a room that is made with these wishes. Metadata over the limit are left out.
    public func applying(_ configuration: RoomConfiguration?) -> RoomSettings {
        guard let configuration else { return self }
        var settings = self
        settings.emptyTimeoutSeconds = configuration.emptyTimeoutSeconds ?? emptyTimeoutSeconds
        settings.departureTimeoutSeconds = configuration.departureTimeoutSeconds ?? departureTimeoutSeconds
        settings.maximumParticipants = configuration.maximumParticipants ?? maximumParticipants
        if let metadata = configuration.metadata, metadata.utf8.count <= ConferenceLimits.metadataBytes {
            settings.metadata = metadata
        }
        return settings
    }
}
