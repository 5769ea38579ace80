// Bounds and time constants of forwarding, each with its reason.

public import Basics

public enum ForwardingLimits {
    // MARK: Receiving

    /// Sequence numbers remembered behind the newest one: 2 s of an 8 Mbit/s stream. Older packets are of no use.
    public static let receiveWindow = 2_048
    /// A jump forward by more is a new stream, not loss (RFC 3550 appendix A.1, MAX_DROPOUT).
    public static let maximumDropout: Int64 = 3_000

    /// Missing packets followed per encoding. More than this is an outage that only a keyframe repairs.
    public static let missingPackets = 512
    /// Networks reorder within a few milliseconds: asking sooner would ask for what is already on its way.
    public static let reorderingTolerance = Interval.milliseconds(8)
    /// Shortest time between two requests for one packet, for transports whose round trip is not known or tiny.
    public static let minimumNACKInterval = Interval.milliseconds(20)
    /// Until the round trip is known.
    static let assumedRoundTrip = Interval.milliseconds(100)
    /// A repair that came later than this was held up on its way.
    static let longestAnswerTime = Interval.milliseconds(300)
    /// At 20 % loss in both directions one request in three fails; ten leave one packet in 25,000.
    public static let maximumNACKTries: UInt8 = 10
    /// Beyond the jitter buffers of the receivers: a repair would come too late to be played.
    public static let videoRepairAge = Interval.milliseconds(1_500)
    public static let audioRepairAge = Interval.milliseconds(500)

    /// One chunk of a retransmission cache; the largest packet fits, the unused end is small.
    static let videoChunkBytes = 32_768
    static let audioChunkBytes = 8_192
    /// 512 kB hold 1.6 s of 2.5 Mbit/s; slower streams stay far below.
    static let videoChunks = 16
    /// 32 kB hold 4 s of Opus at 64 kbit/s.
    static let audioChunks = 4
    /// Packets younger than this are kept by growing, as far as the bounds allow.
    static let retention = Interval.milliseconds(1_200)
    /// As long, and as long again as the packets of a replayed group may wait in a pacer.
    static let cacheRetention = Interval.milliseconds(1_600)
    /// Packets that a cache can name: 512 kB of packets of 500 bytes.
    static let cachedPackets = 1_024

    /// Largest packet that is stored: what fits a datagram on any network path.
    public static let packetBytes = 1_536
    /// Header extension values kept of one packet. A dependency descriptor with its structure is the long one.
    static let extensionBytes = 320

    // MARK: Feedback to the publisher

    /// Least time between keyframe requests for one encoding, if the round trip is not longer. An encoder needs this
    /// long to answer, and keyframes more often than this starve the picture of bits.
    public static let keyframeRequestInterval = Interval.milliseconds(300)
    /// Least time between a request and the next one when a keyframe has come in between. Who comes meanwhile gets the
    /// packets since that keyframe, or waits: keyframes take bits from everybody.
    public static let keyframeInterval = Interval.seconds(1)
    /// Longest pause of the repetitions.
    static let keyframeRequestLongestInterval = Interval.seconds(3)
    /// Unanswered requests before a demand is forgotten; a subscriber who still waits asks again.
    static let keyframeRequestTries: UInt8 = 10
    /// Full intra requests (RFC 5104) are tried after so many picture loss indications without effect.
    static let fullIntraRequestAfter: UInt8 = 3
    /// RFC 3550 allows 5 s; congestion control and round trip measurement want it more often.
    public static let receiverReportInterval = Interval.seconds(1)
    /// The first report stops the mid and rid extensions of the publisher, so it comes soon.
    static let firstReceiverReportDelay = Interval.milliseconds(100)

    // MARK: Layers

    /// An encoding without a packet for so long has stopped, if the others went on. Longer than two frames at 5 frames
    /// per second.
    public static let encodingSilence = Interval.milliseconds(500)
    /// Pictures of the others that show that they went on: more than one picture of each of three others.
    static let missedPictures: UInt8 = 5

    /// The choice changes by silence, which is noticed in this time.
    static let evaluationInterval = Interval.milliseconds(50)
    /// A picture loss that is reported so soon after a keyframe was on its way before it.
    static let keyframeAnswerTime = Interval.milliseconds(150)

    /// Rates of layers are measured over this time: some groups of temporal layers.
    static let rateWindow = Interval.seconds(1)
    /// A layer that has just begun is measured over this time at least.
    static let rateStart = Interval.milliseconds(500)
    /// Headers and tag of a packet: RTP with its extensions, SRTP, UDP, IP.
    static let rateOverheadBytes = 68
    /// A layer that has been silent for so long while others of the encoding went on has stopped.
    static let spatialLayerSilence = Interval.seconds(1)
    static let temporalLayerSilence = Interval.seconds(2)

    /// What a new subscriber may get at once since the last keyframe: more would hold up everything else on its path,
    /// and wait for too long in a pacer that does not know the path yet.
    static let groupBytes = 128_000
    static let groupPackets: Int64 = 256
    /// A decoder has to catch up with all of it before it shows the present. Who comes later asks for a keyframe, which
    /// `keyframeInterval` allows by then; and the packets must stay stored while they wait to be sent.
    static let groupAge = keyframeInterval

    // MARK: Sending

    /// A timestamp that contradicts the time of arrival by more is not of the same timeline.
    static let timestampTolerance = Interval.seconds(3)

    /// Sent packets that a subscriber can ask for again: 1 s of an 8 Mbit/s stream.
    static let sentVideoPackets = 1_024
    /// 2.5 s of 20 ms packets.
    static let sentAudioPackets = 128
    /// Dropped sequence numbers remembered behind the newest one, so that late packets are numbered right.
    static let mappingWindow: Int64 = 512
    /// Least time between two retransmissions of a packet, for subscribers whose round trip is not known or tiny.
    public static let minimumRetransmissionInterval = Interval.milliseconds(10)
    /// Retransmissions may take this much on top of the packets' own share, so that a slow stream is repaired too.
    static let retransmissionFloorBytesPerSecond = 32_000
    /// A burst of losses of one keyframe can be repaired at once.
    static let retransmissionBurstBytes = 160_000
    /// What a packet costs beyond its payload: headers of RTP, UDP and IP, authentication tag.
    static let packetOverheadBytes = 80
    /// The mid goes with every packet until the receiver has reported, then once in this time.
    static let midInterval = Interval.seconds(5)
    /// A publisher without sender reports for this long does not send any: the server's clock is used instead.
    public static let senderReportPatience = Interval.seconds(6)
}
