// Sender reports to a subscriber, and what its receiver reports tell.

public import Basics
import MediaInterface
public import RTP

extension Subscription {
    /// A report block about this subscription's SSRC.
    ///
    /// - Returns: the round trip, nil when the block does not tell it
    @discardableResult public mutating func noteReceiverReport(
        _ block: ReportBlock, at now: MonotonicTime
    ) -> Interval? {
        // The receiver has found its track: from now on the mid is only a reminder.
        if !hasReport { nextMid = now + ForwardingLimits.midInterval }
        hasReport = true
        fractionLost = block.fractionLost
        if kind == .audio { redundancy.noteReport(fractionLost: block.fractionLost, at: now) }
        let measured = reports.roundTrip(
            lastSenderReport: block.lastSenderReport, delay: block.delaySinceLastSenderReport, at: now)
        if let measured { roundTrip = measured }
        return measured
    }

    /// The sender report that is right now: the publisher's own relation of media time and NTP time, so that the
    /// subscriber plays its tracks in step. Falls back to `clock` when the publisher does not report for
    /// `ForwardingLimits.senderReportPatience`; nil before that is known, and before the first packet.
    public mutating func senderReport(
        clock: NTPClock, at now: MonotonicTime, track: borrowing PublishedTrack
    ) -> SenderInfo? {
        guard packetsSent > 0, let encoding = timestamps.encoding, let offset = timestamps.offset else { return nil }
        let instant: MediaClock
        if let published = track.clock(encoding) {
            let ntp = published.ntpTime(at: now)
            instant = MediaClock(
                ntp: ntp, rtpTimestamp: published.timestamp(of: ntp) &+ offset, arrival: now,
                clockRateHertz: published.clockRateHertz)
            mediaClock = instant
        } else if let mediaClock {
            // The new encoding has not reported yet; the timeline is still the old one.
            let ntp = mediaClock.ntpTime(at: now)
            instant = MediaClock(
                ntp: ntp, rtpTimestamp: mediaClock.timestamp(of: ntp), arrival: now,
                clockRateHertz: mediaClock.clockRateHertz)
        } else if let startedAt, now - startedAt >= ForwardingLimits.senderReportPatience {
            instant = MediaClock(
                ntp: clock.time(at: now), rtpTimestamp: timestamps.estimate(at: now), arrival: now,
                clockRateHertz: track.clockRateHertz)
        } else {
            return nil
        }
        reports.note(instant.ntp, at: now)
        return SenderInfo(
            ssrc: ssrc, ntpTime: instant.ntp, rtpTimestamp: instant.rtpTimestamp,
            packetCount: UInt32(truncatingIfNeeded: packetsSent), octetCount: UInt32(truncatingIfNeeded: octetsSent))
    }
}
