// Chooses the encoding that a subscriber receives. Pure: packets, flows and settings in, decisions out.

import Basics
import MediaInterface

/// What happens to a packet of a track for one subscriber.
enum LayerDecision: Hashable {
    /// Goes, as a packet of the current encoding.
    case forward
    /// Goes, and is the first of a run: after the start, a switch or a pause.
    case start
    /// Belongs to the current encoding, but is not wanted (a temporal layer above the choice).
    case drop
    /// Late: goes when a number was kept open for it.
    case late
    /// Of another encoding, or the subscriber waits for a keyframe or wants nothing.
    case ignore
}

/// The highest encoding that flows within the settings; changes on keyframes only.
struct LayerSelector {
    private(set) var settings: SubscriptionSettings
    private let kind: MediaKind
    /// The encoding that is forwarded.
    private(set) var current: UInt8?
    /// The encoding that should be.
    private(set) var target: UInt8?
    /// The current encoding is not decodable from here: after a pause.
    private var needsStart = true
    /// The subscriber has lost the picture.
    private var isPictureLost = false
    private var startedKeyframe: MonotonicTime?
    private var nextEvaluation = MonotonicTime.zero

    init(_ settings: SubscriptionSettings, kind: MediaKind) {
        self.settings = settings
        self.kind = kind
    }

    mutating func configure(_ settings: SubscriptionSettings) {
        if !settings.isEnabled { pause() }
        self.settings = settings
        nextEvaluation = .zero
    }

    /// What comes next cannot be decoded without a keyframe, or does not continue the numbers.
    mutating func pause() { needsStart = true }

    mutating func notePictureLoss(at now: MonotonicTime) {
        // A keyframe that has just gone is the answer; the request was on its way before it.
        if let startedKeyframe, now - startedKeyframe < ForwardingLimits.keyframeAnswerTime { return }
        isPictureLost = true
    }

    /// The encoding that a keyframe is needed of.
    var wantedKeyframe: Int? {
        guard settings.isEnabled, kind == .video else { return nil }
        if let target, needsStart || target != current { return Int(target) }
        return isPictureLost ? current.map(Int.init) : nil
    }

    /// Whether packets of this encoding are going.
    func isForwarding(_ encoding: UInt8) -> Bool { settings.isEnabled && !needsStart && encoding == current }

    mutating func decide(_ packet: AcceptedPacket, _ flows: EncodingFlows, at now: MonotonicTime) -> LayerDecision {
        guard settings.isEnabled else { return .ignore }
        if kind == .audio { return packet.isLate ? .late : decideAudio(packet) }
        if packet.isLate { return decideLate(packet, flows, at: now) }
        let isCurrent = packet.encoding == current
        if now >= nextEvaluation || !isCurrent { evaluate(flows, at: now) }
        let isStart = packet.startsKeyframe
        if isCurrent, !needsStart {
            if isStart { noteKeyframe(at: now) }
            return .forward
        }
        guard isStart, mayStart(packet.encoding, flows, at: now) else { return .ignore }
        start(packet.encoding, at: now)
        return .start
    }

    /// The head of a keyframe that came behind its tail, reordered or lost and repaired, is as good a start as any: the
    /// tail is in the cache, and the caller plans it next (`PublishedTrack.nextStored`).
    private mutating func decideLate(
        _ packet: AcceptedPacket, _ flows: EncodingFlows, at now: MonotonicTime
    ) -> LayerDecision {
        guard packet.startsKeyframe, needsStart || packet.encoding != current else { return .late }
        evaluate(flows, at: now)
        guard mayStart(packet.encoding, flows, at: now) else { return .late }
        start(packet.encoding, at: now)
        return .start
    }

    private mutating func start(_ encoding: UInt8, at now: MonotonicTime) {
        current = encoding
        if target == nil { target = encoding }
        needsStart = false
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
        guard let best = flows.best(maximumSpatialLayer: settings.maximumSpatialLayer, at: now) else { return }
        target = UInt8(best)
    }

    /// The target may start; while there is nothing to show, any encoding within the settings may.
    private func mayStart(_ encoding: UInt8, _ flows: EncodingFlows, at now: MonotonicTime) -> Bool {
        if encoding == target { return true }
        guard flows.spatialLayer(Int(encoding)) <= settings.maximumSpatialLayer else { return false }
        guard let current, !needsStart else { return true }
        return !flows.isFlowing(Int(current), at: now)
    }

    private mutating func noteKeyframe(at now: MonotonicTime) {
        startedKeyframe = now
        isPictureLost = false
    }
}
