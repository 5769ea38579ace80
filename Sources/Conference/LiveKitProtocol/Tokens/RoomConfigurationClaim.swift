// The `roomConfig` claim of an access token: how a room shall be that its bearer makes by joining.

import Conference

/// Read are the time-outs, the number of participants and the metadata; zero and empty mean that nothing is asked.
/// The rest has nothing to act on here and is ignored: `name` (the room's name is in `video`), `egress` and `agents`
/// (nothing starts with a room), `minPlayoutDelay`, `maxPlayoutDelay`, `tags`, and `syncStreams` (who can receive
/// synchronised streams gets them anyway).
struct RoomConfigurationClaim: Codable {
    let configuration: RoomConfiguration

    /// Issuers write the names of the fields as protobuf's JSON does, or as its definition does.
    private enum CodingKeys: String, CodingKey {
        case emptyTimeout, departureTimeout, maxParticipants, metadata
        case emptyTimeoutAsDefined = "empty_timeout"
        case departureTimeoutAsDefined = "departure_timeout"
        case maxParticipantsAsDefined = "max_participants"
    }

    init(_ configuration: RoomConfiguration) { self.configuration = configuration }

    init(from decoder: any Decoder) throws {
        let fields = try decoder.container(keyedBy: CodingKeys.self)
        func number(_ names: CodingKeys...) throws -> UInt32? {
            for name in names {
                if let value = try fields.decodeIfPresent(UInt32.self, forKey: name), value > 0 { return value }
            }
            return nil
        }
        let metadata = try fields.decodeIfPresent(String.self, forKey: .metadata)
        configuration = RoomConfiguration(
            emptyTimeoutSeconds: try number(.emptyTimeout, .emptyTimeoutAsDefined),
            departureTimeoutSeconds: try number(.departureTimeout, .departureTimeoutAsDefined),
            maximumParticipants: try number(.maxParticipants, .maxParticipantsAsDefined),
            metadata: metadata == "" ? nil : metadata)
    }

    func encode(to encoder: any Encoder) throws {
        var fields = encoder.container(keyedBy: CodingKeys.self)
        try fields.encodeIfPresent(configuration.emptyTimeoutSeconds, forKey: .emptyTimeout)
        try fields.encodeIfPresent(configuration.departureTimeoutSeconds, forKey: .departureTimeout)
        try fields.encodeIfPresent(configuration.maximumParticipants, forKey: .maxParticipants)
        try fields.encodeIfPresent(configuration.metadata, forKey: .metadata)
    }
}
