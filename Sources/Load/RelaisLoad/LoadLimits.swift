// Bounds and waiting times of a run, each with its reason.

import Basics

enum LoadLimits {
    /// More participants than any server of one machine carries; also keeps mistyped counts from eating the machine.
    static let participants = 20_000
    /// Sections that one participant offers: as many tracks as SDP parsers of servers accept.
    static let sections = 1_000
    /// A signaling message: an answer with `sections` sections has about 1 MB.
    static let messageBytes = 4 << 20
    /// Body of a refusal that is shown.
    static let refusalBytes = 200
    /// Time for each step of a join. Browsers wait 5 s for the first message and 15 s for media.
    static let connectSeconds = 5
    static let joinSeconds = 10
    static let answerSeconds = 15
    static let mediaSeconds = 15
    static let publishSeconds = 15
    /// As clients of the protocol do when the server names no interval.
    static let pingInterval = Interval.seconds(5)
    /// From the last join to the measurement: keyframes, renegotiation and first packets are over by then.
    static let settleSeconds = 2
    /// Descriptors beyond those of the participants: standard streams, event loops, wake-ups, /proc.
    static let spareDescriptors = 64
    /// One for signaling, one for media.
    static let descriptorsPerParticipant = 2
    /// Streams that a media peer keeps, retired ones included.
    static let streamsPerPeer = 4_096
    /// Datagrams of one recvmmsg or sendmmsg call.
    static let batch = 64
    static let datagramBytes = 2_048
    /// Asked of the kernel for each participant: a keyframe of each of 25 tiles.
    static let socketBufferBytes = 1 << 20
    /// Fault descriptions that a report lists.
    static let reportedFaults = 20
}
