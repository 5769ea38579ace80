// A sender with the estimator under test and a receiver with the real feedback recorder.

import Basics
import CongestionControl
import RTP

/// Sends frames, 30 a second, at the rate its source chooses; paces, probes with padding, takes feedback.
final class MediaFlow {
    struct Sample {
        var second: Double
        var target: Double
        /// Bits per second that arrived in the last 100 ms.
        var received: Double
        var sending: Double
        var isOverusing: Bool
        var loss: Double
        var isBesideDownload: Bool
    }

    private struct Packet {
        var byteCount: Int
        var kind: SentPacketKind
    }

    let world: World
    private let forward: Link
    private let forwardPath: Path
    private let backward: Link?
    private let backwardPath: Path
    private let feedbackLoss: () -> Bool
    /// What to encode, in bits per second, given the target.
    private let source: (_ target: Double, _ second: Double) -> Double
    private var estimator: SendSideEstimator
    private var pacer: PacingBudget
    private var queue: [Packet] = []
    private var queueHead = 0
    private var timer = MonotonicTime.distantFuture
    private var recorder = TransportFeedbackRecorder()
    private var feedbackTimer = MonotonicTime.distantFuture
    private var isPaused = false

    private var sentBytes = 0
    private var receivedBytes = 0
    private(set) var samples: [Sample] = []
    private(set) var queueDelays: [(second: Double, milliseconds: Double)] = []
    private(set) var sentPackets = 0
    private(set) var receivedPackets = 0
    private(set) var paddingBytes = 0
    private(set) var allBytes = 0
    var desired: Double { didSet { estimator.desiredBitrateBitsPerSecond = Int64(desired) } }
    /// The smallest size of a packet of the flow's padding.
    private let audioBitsPerSecond: Double

    init(
        _ world: World, forward: Link, forwardPath: Path, backward: Link? = nil, backwardPath: Path,
        feedbackLoss: @escaping () -> Bool = { false }, startBitrate: Int64 = 1_000_000, desired: Double = 10_000_000,
        audioBitsPerSecond: Double = 40_000, startSecond: Double = 0,
        source: @escaping (_ target: Double, _ second: Double) -> Double
    ) {
        self.world = world
        self.forward = forward
        self.forwardPath = forwardPath
        self.backward = backward
        self.backwardPath = backwardPath
        self.feedbackLoss = feedbackLoss
        self.source = source
        self.desired = desired
        self.audioBitsPerSecond = audioBitsPerSecond
        var configuration = SendSideConfiguration()
        configuration.startBitrateBitsPerSecond = startBitrate
        let start = MonotonicTime.zero + .seconds(startSecond)
        estimator = SendSideEstimator(configuration: configuration, at: start)
        estimator.desiredBitrateBitsPerSecond = Int64(desired)
        pacer = PacingBudget(bitrateBitsPerSecond: startBitrate * 5 / 2, at: start)
        // Flows do not tick in step.
        let phase = Interval.seconds(world.uniform() * 0.033)
        world.schedule(at: start + phase) { [unowned self] in frame() }
        world.schedule(at: start + phase) { [unowned self] in audio() }
        world.schedule(at: start) { [unowned self] in sample() }
    }

    var target: Double { Double(estimator.targetBitrateBitsPerSecond) }
    var statistics: SendSideStatistics { estimator.statistics }
    var roundTrip: Interval? { estimator.roundTrip }

    func pause() { isPaused = true }
    func resume() { isPaused = false }

    // MARK: Sending

    private func frame() {
        if !isPaused {
            let noise = 1 + world.normal(deviation: 0.1)
            let rate = max(0, source(target, world.seconds) - audioBitsPerSecond)
            var bytes = Int(rate / 8 / 30 * noise)
            while bytes > 0 {
                queue.append(Packet(byteCount: min(1_200, max(bytes, 60)), kind: .media))
                bytes -= 1_200
            }
        }
        drain()
        world.schedule(after: .microseconds(33_333)) { [unowned self] in frame() }
    }

    private func audio() {
        if audioBitsPerSecond > 0, !isPaused {
            pass(Packet(byteCount: Int(audioBitsPerSecond / 8 / 50), kind: .audio))
        }
        world.schedule(after: .milliseconds(20)) { [unowned self] in audio() }
    }

    private func pass(_ packet: Packet) {
        pacer.charge(byteCount: packet.byteCount, at: world.now)
        let number = estimator.packetSent(byteCount: packet.byteCount, kind: packet.kind, at: world.now)
        sentPackets += 1
        sentBytes += packet.byteCount
        allBytes += packet.byteCount
        if packet.kind == .padding { paddingBytes += packet.byteCount }
        forward.send(byteCount: packet.byteCount) { [unowned self] waited in
            queueDelays.append((world.seconds, waited))
            forwardPath.carry { [unowned self] in arrive(number, packet.byteCount) }
        }
    }

    /// Everything that may leave now leaves, then the next look at the clock is scheduled.
    private func drain() {
        estimator.advance(to: world.now)
        if !isPaused, estimator.nextProbe(at: world.now) != nil {
            while estimator.probeByteCountDue(at: world.now) > 0 {
                if queueHead < queue.count {
                    passFirst()
                } else {
                    pass(
                        Packet(
                            byteCount: min(1_200, max(250, estimator.probeByteCountDue(at: world.now))), kind: .padding)
                    )
                }
            }
        }
        while queueHead < queue.count, pacer.canSend(at: world.now) { passFirst() }
        if queueHead == queue.count {
            queue.removeAll(keepingCapacity: true)
            queueHead = 0
        }
        var next = estimator.nextDeadline
        if queueHead < queue.count { next = min(next, pacer.nextSendTime) }
        wake(at: max(next, world.now + .microseconds(500)))
    }

    private func passFirst() {
        queueHead += 1
        pass(queue[queueHead - 1])
    }

    private func wake(at time: MonotonicTime) {
        guard time < .distantFuture else { return }
        timer = time
        world.schedule(at: time) { [unowned self] in
            guard timer == time else { return }
            drain()
        }
    }

    // MARK: Receiving

    private func arrive(_ number: UInt16, _ byteCount: Int) {
        receivedPackets += 1
        receivedBytes += byteCount
        recorder.note(sequenceNumber: number, byteCount: byteCount, at: world.now)
        scheduleFeedback()
    }

    private func scheduleFeedback() {
        guard let due = recorder.nextDeadline else { return }
        let time = max(due, world.now)
        guard feedbackTimer == .distantFuture || time < feedbackTimer else { return }
        feedbackTimer = time
        world.schedule(at: time) { [unowned self] in
            guard feedbackTimer == time else { return }
            feedbackTimer = .distantFuture
            writeFeedback()
            scheduleFeedback()
        }
    }

    private func writeFeedback() {
        var buffer = [UInt8](repeating: 0, count: 1_180)
        var span = buffer.mutableSpan
        var writer = RTCPWriter()
        guard recorder.write(from: 1, about: 2, at: world.now, to: &writer, into: &span) else { return }
        let datagram = Array(buffer[..<writer.count])
        guard !feedbackLoss() else { return }
        let back: (Double) -> Void = { [unowned self] _ in
            backwardPath.carry { [unowned self] in takeFeedback(datagram) }
        }
        if let backward {
            backward.send(byteCount: datagram.count + 40, deliver: back)
        } else {
            back(0)
        }
    }

    private func takeFeedback(_ datagram: [UInt8]) {
        var cursor = RTCPCursor()
        guard let packet = cursor.next(in: datagram.span),
            case .transportFeedback(let feedback) = packet.message(in: datagram.span)
        else { return }
        estimator.receive(feedback, in: datagram.span, at: world.now)
        pacer.setBitrate(Int64(target * PacingBudget.usualFactor), at: world.now)
        drain()
    }

    private func sample() {
        samples.append(
            Sample(
                second: world.seconds, target: target, received: Double(receivedBytes * 8) * 10,
                sending: Double(sentBytes * 8) * 10, isOverusing: estimator.isOverusing, loss: estimator.lossFraction,
                isBesideDownload: estimator.isBesideDownload))
        sentBytes = 0
        receivedBytes = 0
        world.schedule(after: .milliseconds(100)) { [unowned self] in sample() }
    }
}
