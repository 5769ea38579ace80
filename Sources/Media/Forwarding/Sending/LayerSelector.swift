// Chooses the encoding that a subscriber receives. Pure: packets, flows and settings in, decisions out.

import Basics
import MediaInterface
import RTP

/// What happens to a packet of a track for one subscriber.
enum LayerDecision: Hashable {
    /// Goes, as a packet of the current encoding.
    case forward
    /// Goes, and is the first of a run: after the start, a switch or a pause.
    case start
    /// Goes, late, and explains the newer packets that waited for it: they are planned next.
    /// - Parameter overtakes: what waits for an earlier keyframe's head does not go any more
    case resume(overtakes: Bool)
    /// Goes, and ends such a wait without it: what waited does not go any more.
    case overtake
    /// Belongs to the current encoding, but is of a layer that is not wanted, or cannot be decoded.
    case drop
    /// Late: goes when a number was kept open for it.
    case late
    /// Late, and would have been dropped: if a number was kept open for it, that is filled.
    case lateDrop
    /// Of another encoding, or the subscriber waits for a keyframe or wants nothing.
    case ignore
}

/// The highest encoding that flows within what is wished and allowed, and within it the highest layers. Encodings change
/// on keyframes, layers where `FrameGate` finds them decodable.
struct LayerSelector {
    private(set) var settings: SubscriptionSettings
    private(set) var allowance = LayerTarget.highest
    private let kind: MediaKind
    /// The encoding that is forwarded.
    private(set) var current: UInt8?
    /// The encoding that should be.
    private(set) var target: UInt8?
    /// The current encoding is not decodable from here: after a pause.
    private var needsStart = true
    /// The subscriber has lost the picture.
    private(set) var isPictureLost = false
    /// What is both wished and allowed.
    private var wish: LayerTarget
    /// While a lower encoding is waited for, the current one sheds its temporal layers.
    private var isUrgent = false
    private var gate = FrameGate()
    /// That of the run before, for its late packets.
    private var gateBefore = FrameGate()
    private var encodingBefore: UInt8?
    /// Of the current encoding, when it is one of several.
    private var currentSpatialLayer: Int8?
    private var startedKeyframe: MonotonicTime?
    private var nextEvaluation = MonotonicTime.zero

    init(_ settings: SubscriptionSettings, kind: MediaKind) {
        self.settings = settings
        self.kind = kind
        wish = LayerTarget(settings)
    }

    mutating func configure(_ settings: SubscriptionSettings) {
        if !settings.isEnabled { pause() }
        self.settings = settings
        noteWish()
    }

    /// What the bandwidth allows.
    ///
    /// - Parameter isUrgent: less must go at once
    mutating func allow(_ target: LayerTarget, isUrgent: Bool) {
        if target.isNothing { pause() }
        allowance = target
        self.isUrgent = isUrgent
        noteWish()
    }

    private mutating func noteWish() {
        wish = LayerTarget(settings).limited(to: allowance)
        nextEvaluation = .zero
    }

    /// What comes next cannot be decoded without a keyframe, or does not continue the numbers.
    mutating func pause() { needsStart = true }

    /// As `pause`, when another encoding than the current one is to start.
    mutating func stopForSwitch() {
        if isSimulcast { pause() }
    }

    mutating func notePictureLoss(at now: MonotonicTime) {
        // A keyframe that has just gone is the answer; the request was on its way before it.
        if let startedKeyframe, now - startedKeyframe < ForwardingLimits.keyframeAnswerTime { return }
        isPictureLost = true
    }

    private var isSimulcast: Bool { currentSpatialLayer != nil }
    /// Something may go.
    private var isActive: Bool { settings.isEnabled && !allowance.isNothing }
    /// The bandwidth allows nothing.
    var isPaused: Bool { allowance.isNothing }

    /// The layer that goes; nothing before the start and in pauses.
    var layer: LayerTarget {
        guard isActive, !needsStart, current != nil else { return .nothing }
        return LayerTarget(spatial: currentSpatialLayer ?? gate.highestGoing, temporal: gate.temporal)
    }

    /// The encoding that a keyframe is needed of.
    var wantedKeyframe: Int? {
        guard isActive, kind == .video else { return nil }
        if let target, needsStart || target != current { return Int(target) }
        return isPictureLost || gate.needsKeyframe ? current.map(Int.init) : nil
    }

    /// The encoding that the subscription would like to start with, and cannot without a keyframe; nil when it goes.
    mutating func encodingToStart(_ flows: EncodingFlows, at now: MonotonicTime) -> Int? {
        guard isActive, kind == .video, needsStart else { return nil }
        evaluate(flows, at: now)
        return target.map(Int.init)
    }

    /// A keyframe of the past is about to be planned.
    mutating func noteReplay(at now: MonotonicTime) { startedKeyframe = now }

    /// Whether packets of this encoding are going.
    func isForwarding(_ encoding: UInt8) -> Bool { isActive && !needsStart && encoding == current }

    /// Whether the last packet of a frame is the last of its picture that goes.
    func endsPicture(_ packet: AcceptedPacket, isCurrentRun: Bool = true) -> Bool {
        packet.marker || (packet.traits.endsFrame && (isCurrentRun ? gate : gateBefore).endsPicture(packet.frame))
    }

    mutating func decide(
        _ packet: AcceptedPacket, _ flows: EncodingFlows, at now: MonotonicTime
    ) -> LayerDecision {
        guard isActive else { return .ignore }
        if kind == .audio { return packet.isLate ? .late : decideAudio(packet) }
        if packet.isLate { return decideLate(packet, flows, at: now) }
        let isStart = packet.startsKeyframe
        let isCurrent = packet.encoding == current && !needsStart
        if now >= nextEvaluation || needsStart || (isStart && !isCurrent) { evaluate(flows, at: now) }
        if isCurrent {
            if isStart { noteKeyframe(at: now) }
            if packet.frame.knowledge == .number { return waitForStructure(packet) }
            let wasBlind = gate.isBlind
            let goes = gate.admits(packet)
            // What waits is replayed with all that came since.
            if wasBlind { return gate.isBlind ? .ignore : .overtake }
            return goes ? .forward : .drop
        }
        guard isStart, mayStart(packet.encoding, flows, at: now) else { return .ignore }
        start(packet, flows, at: now)
        return .start
    }

    /// The head of a keyframe that came behind its tail, reordered or lost and repaired, is as good a start as any: the
    /// tail is in the cache, and the caller plans it next (`PublishedTrack.nextStored`).
    private mutating func decideLate(
        _ packet: AcceptedPacket, _ flows: EncodingFlows, at now: MonotonicTime
    ) -> LayerDecision {
        let isCurrent = packet.encoding == current && !needsStart
        if isCurrent, packet.frame.knowledge == .number, packet.frame.index > gate.newest {
            return waitForStructure(packet)
        }
        if isCurrent, packet.startsKeyframe, gate.isBlind {
            let overtakes = gate.blindStart < packet.frame.index
            if packet.frame.index > gate.newest, gate.admits(packet) {
                noteKeyframe(at: now)
                return .resume(overtakes: overtakes)
            }
        }
        if !isCurrent, packet.startsKeyframe {
            evaluate(flows, at: now)
            if mayStart(packet.encoding, flows, at: now) {
                start(packet, flows, at: now)
                return .start
            }
        }
        if packet.encoding == current { return gate.admits(packet) ? .late : .lateDrop }
        return packet.encoding == encodingBefore && gateBefore.admits(packet) ? .late : .lateDrop
    }

    /// What cannot be explained yet is neither forwarded nor dropped: the head of its keyframe is still to come.
    private mutating func waitForStructure(_ packet: AcceptedPacket) -> LayerDecision {
        gate.noteBlind(packet.frame)
        return .ignore
    }

    private mutating func start(_ packet: AcceptedPacket, _ flows: EncodingFlows, at now: MonotonicTime) {
        gateBefore = gate
        encodingBefore = current
        current = packet.encoding
        if target == nil { target = packet.encoding }
        currentSpatialLayer = flows.count > 1 ? Int8(flows.spatialLayer(Int(packet.encoding))) : nil
        needsStart = false
        setGate(flows)
        gate.start(packet)
        noteKeyframe(at: now)
    }

    private mutating func decideAudio(_ packet: AcceptedPacket) -> LayerDecision {
        if packet.encoding == current, !needsStart { return .forward }
        guard !packet.isPadding, current == nil || needsStart || packet.encoding == current else {
            return .ignore
        }
        current = packet.encoding
        needsStart = false
        return .start
    }

    private mutating func evaluate(_ flows: EncodingFlows, at now: MonotonicTime) {
        nextEvaluation = now + ForwardingLimits.evaluationInterval
        if let best = flows.best(maximumSpatialLayer: UInt8(max(0, wish.spatial)), at: now) { target = UInt8(best) }
        setGate(flows)
    }

    /// Tells the gate which layers of the current encoding are wanted.
    private mutating func setGate(_ flows: EncodingFlows) {
        guard let current, flows.count > 1 else { return gate.setTarget(wish) }
        // An encoding below the wished one may show all that it has.
        let layer = Int8(flows.spatialLayer(Int(current)))
        let isHigher = target.map { Int8(flows.spatialLayer(Int($0))) < layer } ?? false
        let temporal = layer < wish.spatial ? settings.maximumTemporalLayer : wish.temporal
        gate.setTarget(LayerTarget(spatial: .max, temporal: isHigher && isUrgent ? 0 : temporal))
    }

    /// The target may start; while there is nothing to show, any encoding within the settings may.
    private func mayStart(_ encoding: UInt8, _ flows: EncodingFlows, at now: MonotonicTime) -> Bool {
        if encoding == target { return true }
        guard Int8(clamping: Int(flows.spatialLayer(Int(encoding)))) <= wish.spatial else { return false }
        guard let current, !needsStart else { return true }
        return !flows.isFlowing(Int(current), at: now)
    }

    private mutating func noteKeyframe(at now: MonotonicTime) {
        startedKeyframe = max(startedKeyframe ?? now, now)
        isPictureLost = false
    }
}

extension LayerTarget {
    /// The highest layer that is wished.
    init(_ settings: SubscriptionSettings) {
        self.init(
            spatial: Int8(min(settings.maximumSpatialLayer, 127)), temporal: settings.maximumTemporalLayer)
    }
}
