// Publishers are told which layers anybody wants, so that they send no others (dynacast).

import Basics
import MediaInterface

extension RoomState {
    /// One subscriber's wish changed: the publisher is told when that changes which layers are wanted at all.
    mutating func trackQualities(
        of track: TrackSID, _ codec: PublishedCodec, by publisher: ParticipantSID, from old: VideoQuality?,
        to new: VideoQuality?, at now: MonotonicTime
    ) {
        guard let record = participants[publisher], let index = record.trackIndex(track),
            record.tracks[index].publication.kind == .video
        else { return }
        let wishes = {
            record.tracks[index].subscribers.map { subscriber -> VideoQuality? in
                let subscription = participants[subscriber]?.subscriptions[track]
                return subscription?.codec == codec ? subscription?.quality : nil
            }
        }
        var qualities = record.tracks[index][qualities: codec]
        let mustTell = qualities.change(from: old, to: new, all: wishes, at: now)
        participants[publisher]!.tracks[index][qualities: codec] = qualities
        if mustTell { tellQualities(of: participants[publisher]!.tracks[index], to: publisher) }
    }

    /// Time passed: what has not been wanted for a while is turned off.
    mutating func releaseQualities(of track: TrackSID, by publisher: ParticipantSID, at now: MonotonicTime) {
        guard let index = participants[publisher]?.trackIndex(track),
            participants[publisher]!.tracks[index].publication.kind == .video
        else { return }
        var mustTell = false
        for codec in participants[publisher]!.tracks[index].allQualities
        where participants[publisher]!.tracks[index][qualities: codec].update(at: now) {
            mustTell = true
        }
        if mustTell { tellQualities(of: participants[publisher]!.tracks[index], to: publisher) }
    }

    mutating func tellQualities(of track: PublishedTrackRecord, to publisher: ParticipantSID) {
        let codecs = track.allQualities.map { codec in
            let type = codec == .primary ? track.info.mimeType : track.backup?.type ?? ""
            return SubscribedQualities(
                codec: type.split(separator: "/").last.map { $0.lowercased() } ?? "",
                enabled: track[qualities: codec].flags)
        }
        notify(publisher, .subscribedQualitiesChanged(track.info.sid, codecs))
    }
}
