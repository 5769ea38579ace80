// Session descriptions, candidates and the state a client brings back: both ways.

import Conference
import Foundation
import LiveKitWire

extension SessionDescription {
    /// Nil when the description is of another type than its message says. An absent type is taken as meant.
    init?(_ wire: WireSessionDescription, expected: DescriptionType) {
        guard wire.type.isEmpty || wire.type == expected.rawValue else { return nil }
        self.init(
            type: expected, sdp: wire.sdp, id: wire.id, midToTrack: wire.midToTrackID.compactMapValues(TrackSID.init))
    }
}

extension WireSessionDescription {
    init(_ description: SessionDescription) {
        self.init()
        type = description.type.rawValue
        sdp = description.sdp
        id = description.id
        midToTrackID = description.midToTrack.mapValues(\.rawValue)
    }
}

/// The JSON inside a trickle message. Native clients abort when one of the three keys is missing.
private struct CandidateInit: Codable {
    var candidate: String?
    var sdpMid: String?
    var sdpMLineIndex: Int?
}

extension TrickledCandidate {
    /// Nil when the candidate is not the JSON it should be. An empty candidate means the end of candidates.
    init?(_ wire: WireTrickleRequest) {
        guard wire.candidateInit.utf8.count <= WireLimits.candidateBytes else { return nil }
        let json = wire.candidateInit.isEmpty ? "{}" : wire.candidateInit
        guard let candidate = try? JSONDecoder().decode(CandidateInit.self, from: Data(json.utf8)),
            wire.final || candidate.candidate != nil
        else { return nil }
        self.init(
            candidate: candidate.candidate ?? "", sdpMid: candidate.sdpMid ?? "",
            sdpMLineIndex: min(max(candidate.sdpMLineIndex ?? 0, 0), ConferenceLimits.sdpSections),
            target: wire.target.target, isFinal: wire.final)
    }
}

extension WireTrickleRequest {
    init(_ candidate: TrickledCandidate) {
        self.init()
        let json = CandidateInit(
            candidate: candidate.candidate, sdpMid: candidate.sdpMid, sdpMLineIndex: candidate.sdpMLineIndex)
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        // Two strings and an integer always encode.
        candidateInit = String(decoding: try! encoder.encode(json), as: UTF8.self)
        target = WireSignalTarget(candidate.target)
        final = candidate.isFinal
    }
}

extension SyncState {
    /// Sids that no track can have are left out.
    init(_ wire: WireSyncState) {
        self.init(
            offer: wire.hasOffer ? SessionDescription(wire.offer, expected: .offer) : nil,
            answer: wire.hasAnswer ? SessionDescription(wire.answer, expected: .answer) : nil,
            subscribedTracks: wire.subscription.allTracks, listsSubscribed: wire.subscription.subscribe,
            disabledTracks: wire.trackSidsDisabled.compactMap(TrackSID.init),
            publishedTracks: wire.publishTracks.compactMap { published in
                TrackSID(published.track.sid).map { (cid: published.cid, sid: $0) }
            },
            receivedData: wire.datachannelReceiveStates.map {
                ReceivedData(publisher: $0.publisherSid, lastSequence: $0.lastSeq)
            })
    }
}

extension WireUpdateSubscription {
    /// The tracks of both lists, each once: browser clients name them in both.
    var allTracks: [TrackSID] { uniqueTracks(trackSids, participantTracks) }
}

/// The tracks of both lists, each once and in order; sids that no track can have are left out.
func uniqueTracks(_ sids: [String], _ groups: [WireParticipantTracks]) -> [TrackSID] {
    var seen: Set<TrackSID> = []
    return (sids + groups.flatMap(\.trackSids)).compactMap(TrackSID.init).filter { seen.insert($0).inserted }
}
