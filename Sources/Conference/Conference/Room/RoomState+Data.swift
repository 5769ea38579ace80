// Data packets: from one participant to the others, in nobody else's name.

import Basics
import MediaInterface

extension RoomState {
    mutating func receiveData(
        _ packet: [UInt8], on label: String, from sid: ParticipantSID, at now: MonotonicTime
    ) {
        guard let record = participants[sid], label == DataChannelLabel.reliable || label == DataChannelLabel.lossy
        else {
            count(\.refusedData)
            return
        }
        guard record.permissions.canPublishData else {
            count(\.notAllowed)
            return
        }
        guard participants[sid]!.dataAllowance.take(packet.count, at: now) else {
            count(\.overLimit)
            return
        }
        let isReliable = label == DataChannelLabel.reliable
        let sender = DataSender(
            participant: sid, identity: record.permissions.isHidden ? "" : record.info.identity,
            isAgent: record.info.kind == .agent || record.permissions.isAgent, isReliable: isReliable)
        guard packet.count <= MediaLimits.dataMessageBytes, let data = rewriteData(packet, sender) else {
            count(\.refusedData)
            return
        }
        guard participants[sid]!.recentNonces.insert(data.nonce) else {
            count(\.repeatedData)
            return
        }
        if isReliable { participants[sid]!.lastReliableSequence = max(record.lastReliableSequence, data.sequence) }
        deliver(data, from: sid, on: label, at: now)
    }

    /// Sends to whoever it is for; reliable packets are kept for those who are not ready.
    mutating func deliver(_ data: RelayedData, from sender: ParticipantSID?, on label: String, at now: MonotonicTime) {
        var peers: [PeerID] = []
        for sid in order where sid != sender {
            guard let record = participants[sid], record.openChannels.contains(label),
                data.isFor(sid, identity: record.info.identity)
            else { continue }
            peers.append(record.negotiation.dataPeer)
        }
        if !peers.isEmpty { emit(.media(.sendData(peers, label: label, payload: data.payload))) }
        guard label == DataChannelLabel.reliable else { return }
        reliableData.append(ReliableDataCache.Entry(sender: sender, data: data))
    }

    /// What was sent while the reliable channel was not open is handed to it now, and only that.
    mutating func openChannel(_ label: String, of sid: ParticipantSID, on peer: PeerID) {
        guard let record = participants[sid], record.negotiation.dataPeer == peer,
            label == DataChannelLabel.reliable || label == DataChannelLabel.lossy,
            participants[sid]!.openChannels.insert(label).inserted
        else { return }
        guard label == DataChannelLabel.reliable else { return }
        let start = record.nextReliablePacket
        for entry in reliableData.packets(for: sid, identity: record.info.identity, from: start) {
            emit(.media(.sendData([peer], label: label, payload: entry.data.payload)))
        }
    }

    mutating func closeChannel(_ label: String, of sid: ParticipantSID, on peer: PeerID) {
        guard participants[sid]?.negotiation.dataPeer == peer,
            participants[sid]!.openChannels.remove(label) != nil, label == DataChannelLabel.reliable
        else { return }
        participants[sid]!.nextReliablePacket = reliableData.nextNumber
    }

    /// After a resume, once: what the client says that it has not got. Packets without a number cannot be told apart
    /// from what it has, and the association of the data channels outlives the interruption.
    mutating func replayData(to sid: ParticipantSID, after received: [SyncState.ReceivedData]) {
        guard let record = participants[sid], record.awaitsReplay else { return }
        participants[sid]!.awaitsReplay = false
        guard record.openChannels.contains(DataChannelLabel.reliable) else { return }
        var last: [String: UInt32] = [:]
        for state in received.prefix(ConferenceLimits.trackChoices) { last[state.publisher] = state.lastSequence }
        let peer = record.negotiation.dataPeer
        let start = record.firstReliablePacket
        for entry in reliableData.packets(for: sid, identity: record.info.identity, from: start) {
            guard let sender = entry.sender, entry.data.sequence > last[sender.rawValue] ?? 0 else { continue }
            emit(.media(.sendData([peer], label: DataChannelLabel.reliable, payload: entry.data.payload)))
        }
    }
}
