// Who may subscribe to a participant's tracks, as that participant said.

struct SubscriptionRule: Hashable, Sendable {
    private var allowsEverybody = true
    private var everyTrack = Set<String>()
    private var someTracks: [String: Set<TrackSID>] = [:]

    init() {}

    /// Entries name a participant by session or identity; `identity` finds the identity of a session.
    init(_ permission: SubscriptionPermission, identity: (ParticipantSID) -> String?) {
        allowsEverybody = permission.allowsEverybody
        guard !allowsEverybody else { return }
        for entry in permission.entries.prefix(ConferenceLimits.permissionEntries) {
            let named = entry.identity.isEmpty ? entry.participant.flatMap(identity) : entry.identity
            guard let named else { continue }
            if entry.allowsAllTracks { everyTrack.insert(named) }
            someTracks[named, default: []].formUnion(entry.tracks.prefix(ConferenceLimits.tracksPerParticipant))
        }
    }

    func allows(_ identity: String, _ track: TrackSID) -> Bool {
        allowsEverybody || everyTrack.contains(identity) || someTracks[identity]?.contains(track) == true
    }
}
