// Bounds and time constants of the way to one client, each with its reason.

internal import Basics
internal import Forwarding

enum DownlinkLimits {
    /// 250 ms of 20 Mbit/s in packets of 1,200 bytes.
    static let queuedPackets = 512
    /// What has waited so long is no live picture any more: a keyframe of a lower layer is sooner there.
    static let longestQueueDelay = Interval.milliseconds(700)
    /// Target times this is the pacing rate while somebody gets less than wished: what waits here lets speech pass, what
    /// waits in the network's queue does not.
    static let tightPacingFactor = 1.25
    /// IPv4 and UDP headers and the SRTP tag around a packet.
    static let overheadBytes = 20 + 8 + 16
    /// While all get what they wish, layers are looked at so often.
    static let calmInterval = Interval.seconds(1)
    /// While somebody gets less.
    static let tightInterval = Interval.milliseconds(200)
    /// A client that was sent packets for so long and has given no feedback will not do so.
    static let feedbackPatience = Interval.seconds(2)
    /// The target must change by this much, percent, to be shared anew between two looks: less is noise.
    static let noticeableFallPercent: Int64 = 5
    static let noticeableRisePercent: Int64 = 10
    /// A picture that has begun is not stopped before the network has been too slow for so long.
    static let pauseGrace = Interval.milliseconds(1_200)
    /// Share of the budget for larger pictures while the queue of a narrower path drains.
    static let drainPercent = 50
    /// Margin of a step up soon after a fall, percent of its rate.
    static let cautiousMarginPercent = 60
    /// A path that loses more lets the estimate tremble.
    static let noticeableLoss: Float = 0.03
    /// Measured rates are never exact: so much too little is no reason to stop a picture.
    static let pauseMarginPercent = 25
    /// Repairs and speech take at most this share of what pictures are planned with: more is a burst that ends.
    static let othersPercent: Int64 = 25
    /// Share of the target that redundancy of speech may take, and who is counted with: two speak at once, with 50 packets
    /// a second each.
    static let redundancyPercent: Int64 = 25
    static let redundantPacketsPerSecond: Int64 = 100
    /// Share of the target that repairs of pictures may take: at 20 % loss each packet goes 1.25 times.
    static let repairPercent: Int64 = 50
    static let repairPercentInOveruse: Int64 = 15
    /// A queue on the path that is longer is one that repairs only make longer.
    static let fullQueue = Interval.milliseconds(100)
    /// A few packets can always be repaired at once.
    static let repairBurstBytes: Int64 = 16_000
    static let repairBurstBytesInOveruse: Int64 = 4_000
    /// Padding packets are as long as their one length byte can say (RFC 3550 section 5.1).
    static let paddingBytes = 255
    /// Spent on a new path until the first feedback; the first probes follow at once.
    static let startBitrateBitsPerSecond: Int64 = 2_000_000
    /// Headers around payloads of about 1,000 bytes, percent of what goes over the wire.
    static let overheadPercent = 6
    /// Wanted beyond the wishes while packets are lost, percent: for repairs, and for what the estimate then gives away.
    static let lossReservePercent = 50
    /// Wanted beyond the wishes while somebody gets less, percent: the margin of the last step up, and a little.
    static let climbReservePercent = AllocationLimits.marginPercent + 3
}
