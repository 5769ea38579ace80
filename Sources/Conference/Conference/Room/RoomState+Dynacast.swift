// Publishers are told which layers anybody wants, so that they send no others (dynacast).

import Basics
import MediaInterface

extension RoomState {
    /// One subscriber's wish changed: the publisher is told when that changes which layers are wanted at all.
    mutating func trackQualities(
        of track: TrackSID, by publisher: ParticipantSID, from old: VideoQuality?, to new: VideoQuality?,
        at now: MonotonicTime
    ) {
        guard let record = participants[publisher], let index = record.trackIndex(track),
            record.tracks[index].publication.kind == .video
        else { return }
        let wishes = { record.tracks[index].subscribers.map { participants[$0]?.subscriptions[track]?.quality } }
        var qualities = record.tracks[index].qualities
        let mustTell = qualities.change(from: old, to: new, all: wishes, at: now)
        participants[publisher]!.tracks[index].qualities = qualities
        if mustTell { tellQualities(of: participants[publisher]!.tracks[index], to: publisher) }
    }

    /// Time passed: what has not been wanted for a while is turned off.
    mutating func releaseQualities(of track: TrackSID, by publisher: ParticipantSID, at now: MonotonicTime) {
        guard let index = participants[publisher]?.trackIndex(track),
            participants[publisher]!.tracks[index].publication.kind == .video,
            participants[publisher]!.tracks[index].qualities.update(at: now)
        else { return }
        tellQualities(of: participants[publisher]!.tracks[index], to: publisher)
    }

    mutating func tellQualities(of track: PublishedTrackRecord, to publisher: ParticipantSID) {
        let codec = track.info.mimeType.split(separator: "/").last.map { $0.lowercased() } ?? ""
        notify(
            publisher,
            .subscribedQualitiesChanged(
                track.info.sid, [SubscribedQualities(codec: codec, enabled: track.qualities.flags)]))
    }
}
