// The last reliable data packets of a room, for those whose channel is not open yet or who were away.

struct ReliableDataCache: Sendable {
    struct Entry: Sendable {
        /// Nil for packets of the server.
        var sender: ParticipantSID?
        var data: RelayedData
        /// Place in the order of the whole room.
        fileprivate(set) var number: UInt64 = 0

        init(sender: ParticipantSID?, data: RelayedData) {
            self.sender = sender
            self.data = data
        }
    }
    private var entries: [Entry] = []
    private var bytes = 0
    /// The number of the next packet: whoever has been served until now needs none before it.
    private(set) var nextNumber: UInt64 = 0

    mutating func append(_ entry: Entry) {
        var entry = entry
        entry.number = nextNumber
        nextNumber += 1
        guard entry.data.payload.count <= ConferenceLimits.retainedDataBytes else { return }
        entries.append(entry)
        bytes += entry.data.payload.count
        var surplus = max(0, entries.count - ConferenceLimits.retainedDataPackets)
        for dropped in entries.prefix(surplus) { bytes -= dropped.data.payload.count }
        while bytes > ConferenceLimits.retainedDataBytes, surplus < entries.count {
            bytes -= entries[surplus].data.payload.count
            surplus += 1
        }
        entries.removeFirst(surplus)
    }

    /// Packets for a receiver, oldest first, from number `start` on.
    func packets(for sid: ParticipantSID, identity: String, from start: UInt64) -> some Sequence<Entry> {
        entries.lazy.filter { entry in
            entry.number >= start && entry.sender != sid && entry.data.isFor(sid, identity: identity)
        }
    }
}

extension RelayedData {
    func isFor(_ sid: ParticipantSID, identity: String) -> Bool {
        if destinationIdentities.isEmpty && destinationSIDs.isEmpty { return true }
        return destinationIdentities.contains(identity) || destinationSIDs.contains(sid)
    }
}
