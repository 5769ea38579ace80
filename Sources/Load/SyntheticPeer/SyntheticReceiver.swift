// A subscriber's end of one stream: repairs loss as a browser does, and judges what it got.

public import Basics
internal import RTP

/// Receives one SSRC with its retransmissions, asks for what is missing, and checks that it could be decoded.
public struct SyntheticReceiver: Sendable {
    public let ssrc: UInt32
    public let retransmissionSSRC: UInt32
    private var unwrapper = SequenceUnwrapper()
    private var first: Int64?
    private var newest: Int64 = -1
    /// Missing number → when to ask next, and how often it was asked.
    private var missing: [Int64: (due: MonotonicTime, tries: Int, since: MonotonicTime)] = [:]
    /// First number of the newest whole keyframe that waits.
    private var wholeKeyframe: Int64?
    private var waiting: [Int64: Arrived] = [:]
    private var nextToPlay: Int64 = 0
    private var playFrom = MonotonicTime.zero

    private struct Arrived: Sendable {
        var tag: SyntheticFrameTag
        var timestamp: UInt32
        var marker: Bool
        var pictureID: UInt16?
    }
    private var frame: [Arrived] = []
    private var lastPictureID: UInt16?
    private var lastTimestamp: UInt32?
    private var needsKeyframe = true
    private var keyframeAskedAt: MonotonicTime?

    /// Results.
    public private(set) var packetsReceived = 0
    public private(set) var duplicates = 0
    /// Came after a packet with a higher sequence number, without having been asked for.
    public private(set) var reordered = 0
    /// Came as retransmissions.
    public private(set) var repaired = 0
    /// Missing packets that a later keyframe made needless.
    public private(set) var packetsSkipped = 0
    /// Packets given up.
    public private(set) var packetsLost = 0
    public private(set) var framesDecoded = 0
    public private(set) var framesUndecodable = 0
    public private(set) var firstFrameAt: MonotonicTime?
    public private(set) var lastFrameAt: MonotonicTime?
    public private(set) var longestGap = Interval.zero
    public private(set) var lastLayer: UInt8?
    /// When the first frame of `lastLayer` came.
    public private(set) var lastLayerSince: MonotonicTime?
    /// What was wrong with the stream itself: any entry is a fault of the server. The first hundred.
    public private(set) var faults: [String] = []

    public init(ssrc: UInt32, retransmissionSSRC: UInt32) {
        self.ssrc = ssrc
        self.retransmissionSSRC = retransmissionSSRC
    }

    private static let mostFaults = 100

    private mutating func fault(_ what: @autoclosure () -> String) {
        if faults.count < Self.mostFaults { faults.append(what()) }
    }

    /// As a jitter buffer does, it waits a moment before it takes the first arrival for the beginning.
    private static let startDelay = Interval.milliseconds(25)
    private static let giveUpAfter = Interval.milliseconds(900)
    /// So long a picture waits for its repair before a later keyframe is shown.
    private static let playoutDelay = Interval.milliseconds(150)
    private static let firstAsk = Interval.milliseconds(10)

    /// Takes a decrypted packet of either SSRC.
    public mutating func receive(_ packet: Span<UInt8>, at now: MonotonicTime) {
        guard let header = try? RTPHeader(parsing: packet) else {
            fault("unparsable RTP")
            return
        }
        var sequence = header.sequenceNumber
        var payload = packet.extracting(header.payload)
        if header.ssrc == retransmissionSSRC {
            guard payload.count >= 2 else { return }
            sequence = payload.uint16(at: 0)
            payload = payload.extracting(2..<payload.count)
        }
        guard let tag = SyntheticFrameTag(payload: payload) else {
            fault("payload damaged at \(sequence)")
            return
        }
        let arrived = Arrived(
            tag: tag, timestamp: header.timestamp, marker: header.marker,
            pictureID: VP8Descriptor(parsing: payload)?.pictureID)
        note(unwrapper.unwrap(sequence), arrived, isRepair: header.ssrc == retransmissionSSRC, at: now)
        play(at: now)
    }

    private mutating func note(_ number: Int64, _ arrived: Arrived, isRepair: Bool, at now: MonotonicTime) {
        if first == nil {
            first = number
            playFrom = now + Self.startDelay
            newest = number - 1
            nextToPlay = number
        }
        if let first, number < first, now < playFrom {
            noteEarlier(number, than: first, at: now)
        }
        if number > newest {
            for skipped in (newest + 1)..<number where number - newest < 2_000 {
                missing[skipped] = (now + Self.firstAsk, 0, now)
            }
            newest = number
        } else if missing.removeValue(forKey: number) == nil {
            duplicates += 1
            return
        } else if !isRepair {
            reordered += 1
        }
        if isRepair { repaired += 1 }
        packetsReceived += 1
        waiting[number] = arrived
        noteKeyframe(ending: number)
    }

    /// The stream begins earlier than the first arrival said: all up to that is to come.
    private mutating func noteEarlier(_ number: Int64, than begin: Int64, at now: MonotonicTime) {
        guard begin - number < 100 else { return }
        for skipped in number..<begin { missing[skipped] = (now + Self.firstAsk, 0, now) }
        first = number
        nextToPlay = number
    }

    /// Numbers to ask for now. Old ones are given up, which costs the picture.
    public mutating func dueNACKs(roundTrip: Interval, at now: MonotonicTime) -> [UInt16] {
        var due: [UInt16] = []
        for (number, state) in missing {
            if now - state.since > Self.giveUpAfter {
                missing[number] = nil
                packetsLost += 1
            } else if state.due <= now {
                due.append(UInt16(truncatingIfNeeded: number))
                missing[number] = (now + max(roundTrip, .milliseconds(30)), state.tries + 1, state.since)
            }
        }
        play(at: now)
        return due.sorted()
    }

    public var nextDeadline: MonotonicTime? { missing.values.map(\.due).min() }

    /// True when a picture loss indication should go out.
    public mutating func wantsKeyframe(at now: MonotonicTime) -> Bool {
        guard needsKeyframe, first != nil else { return false }
        if let asked = keyframeAskedAt, now - asked < .milliseconds(500) { return false }
        keyframeAskedAt = now
        return true
    }

    /// Remembers a keyframe that has become whole with this packet.
    private mutating func noteKeyframe(ending number: Int64) {
        guard let last = waiting[number] else { return }
        let start = number - Int64(last.tag.index)
        // Only its first packet says so.
        guard start > nextToPlay, waiting[start]?.tag.isKeyframe == true else { return }
        let end = start + Int64(last.tag.count)
        if (start..<end).allSatisfy({ waiting[$0]?.tag.frame == last.tag.frame }) { wholeKeyframe = start }
    }

    /// A whole keyframe makes what is missing before it needless: decoders go on with it when its time has come.
    private mutating func skipToKeyframe(at now: MonotonicTime) -> Bool {
        guard let start = wholeKeyframe, start > nextToPlay, let gap = missing[nextToPlay],
            now - gap.since >= Self.playoutDelay
        else { return false }
        for skipped in nextToPlay..<start {
            if missing.removeValue(forKey: skipped) != nil { packetsSkipped += 1 }
            waiting[skipped] = nil
        }
        frame = []
        nextToPlay = start
        wholeKeyframe = nil
        return true
    }

    private mutating func play(at now: MonotonicTime) {
        guard now >= playFrom else { return }
        while true {
            if let arrived = waiting.removeValue(forKey: nextToPlay) {
                nextToPlay += 1
                take(arrived, at: now)
            } else if nextToPlay <= newest, missing[nextToPlay] == nil {
                // Given up.
                nextToPlay += 1
                frame = []
                needsKeyframe = true
            } else if !skipToKeyframe(at: now) {
                return
            }
        }
    }

    private mutating func take(_ arrived: Arrived, at now: MonotonicTime) {
        if arrived.tag.index == 0 { frame = [] }
        if let start = frame.first, start.timestamp != arrived.timestamp || start.tag.layer != arrived.tag.layer {
            fault("frame \(arrived.tag.frame) mixes timestamps or layers")
        }
        frame.append(arrived)
        guard arrived.tag.index == arrived.tag.count - 1 else { return }
        if !arrived.marker { fault("frame \(arrived.tag.frame) ends without marker") }
        finishFrame(arrived, at: now)
        frame = []
    }

    private mutating func finishFrame(_ last: Arrived, at now: MonotonicTime) {
        let isComplete = frame.count == last.tag.count && frame.enumerated().allSatisfy { $0 == $1.tag.index }
        let isKeyframe = frame.first?.tag.isKeyframe ?? false
        guard isComplete, isKeyframe || !needsKeyframe else {
            framesUndecodable += 1
            needsKeyframe = true
            return
        }
        // A delta frame builds on the frame before of its own layer.
        if !isKeyframe, let lastLayer, lastLayer != last.tag.layer {
            fault("delta frame of layer \(last.tag.layer) after layer \(lastLayer)")
        }
        if let previous = lastPictureID, let current = last.pictureID, !isKeyframe, current != (previous + 1) & 0x7fff {
            fault("picture id \(current) after \(previous)")
        }
        if let lastTimestamp, !last.timestamp.isNewer(than: lastTimestamp) {
            fault("timestamp \(last.timestamp) after \(lastTimestamp)")
        }
        needsKeyframe = false
        keyframeAskedAt = nil
        lastPictureID = last.pictureID
        lastTimestamp = last.timestamp
        if lastLayer != last.tag.layer { lastLayerSince = now }
        lastLayer = last.tag.layer
        framesDecoded += 1
        if firstFrameAt == nil { firstFrameAt = now }
        if let lastFrameAt { longestGap = max(longestGap, now - lastFrameAt) }
        lastFrameAt = now
    }
}
