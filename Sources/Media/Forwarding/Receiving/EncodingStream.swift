// One encoding of a track as it arrives: numbers, loss, storage and feedback of one SSRC pair.

import Basics
import MediaInterface
import RTP

/// Owned by its `PublishedTrack`.
struct EncodingStream: ~Copyable {
    var ssrc: UInt32?
    var retransmissionSSRC: UInt32?
    var tracker = SequenceTracker()
    /// The lowest number of the stream that has come.
    private(set) var lowest: Int64?
    var missing: NACKGenerator
    var keyframes = KeyframeRequests()
    /// Whether the codec's keyframes are recognised.
    var showsKeyframes = true
    var cache: RetransmissionCache
    var frames = FrameReader()
    var rates = LayerRateMeter()
    var group = DecodableGroup()
    var reception = ReceptionStatistics()
    /// From the newest sender report.
    var clock: MediaClock?
    /// When the next receiver report is due; nil when nothing came since the last one.
    var reportDue: MonotonicTime?
    var lastReport: MonotonicTime?

    init(_ kind: MediaKind) {
        missing = NACKGenerator(
            maximumAge: kind == .video ? ForwardingLimits.videoRepairAge : ForwardingLimits.audioRepairAge)
        cache = RetransmissionCache(kind == .video ? .video : .audio)
    }

    /// Another SSRC, or other numbers, follow: forgets what belongs to the stream until now. Stored packets stay.
    mutating func restart() {
        tracker.restart()
        lowest = nil
        missing.reset()
        keyframes.noteKeyframe()
        frames.restart()
        group = DecodableGroup()
        reception = ReceptionStatistics()
        clock = nil
        reportDue = nil
        lastReport = nil
    }

    /// The stream begins at this number, as far as anyone knows.
    mutating func noteFirst(_ sequence: Int64) { lowest = sequence }

    /// A late packet has come. One from before the first shows that the stream began earlier than it seemed, and that
    /// what lies between is missing.
    mutating func noteLate(_ sequence: Int64, isRepairable: Bool, at now: MonotonicTime) {
        guard let first = lowest, sequence < first else { return }
        if isRepairable { missing.noteGapAtStart(from: sequence + 1, before: first, at: now) }
        lowest = sequence
    }

    /// When there is something to tell about this encoding.
    var nextDeadline: MonotonicTime? {
        guard ssrc != nil else { return nil }
        var earliest = MonotonicTime.distantFuture
        if let due = missing.nextDeadline { earliest = min(earliest, due) }
        if let due = keyframes.nextDeadline { earliest = min(earliest, due) }
        if let due = reportDue { earliest = min(earliest, due) }
        return earliest == .distantFuture ? nil : earliest
    }

    /// Plans the next receiver report after a packet.
    mutating func scheduleReport(at now: MonotonicTime) {
        guard reportDue == nil else { return }
        reportDue =
            lastReport.map { max(now, $0 + ForwardingLimits.receiverReportInterval) }
            ?? now + ForwardingLimits.firstReceiverReportDelay
    }
}

/// The streams of a track at a fixed place, so that a packet's way through one of them copies none.
@safe struct EncodingStreams: ~Copyable {
    private let streams: UnsafeMutablePointer<EncodingStream>

    init(_ kind: MediaKind) {
        unsafe streams = .allocate(capacity: MediaLimits.encodingsPerTrack)
        for index in 0..<MediaLimits.encodingsPerTrack {
            unsafe (streams + index).initialize(to: EncodingStream(kind))
        }
    }

    deinit {
        unsafe streams.deinitialize(count: MediaLimits.encodingsPerTrack)
        unsafe streams.deallocate()
    }

    subscript(index: Int) -> EncodingStream {
        @inline(__always) _read {
            precondition(0 <= index && index < MediaLimits.encodingsPerTrack)
            yield unsafe streams[index]
        }
        @inline(__always) _modify {
            precondition(0 <= index && index < MediaLimits.encodingsPerTrack)
            yield unsafe &streams[index]
        }
    }
}
