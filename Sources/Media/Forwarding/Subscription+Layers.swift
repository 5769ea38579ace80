// Which layer of a track a subscriber gets, and how it begins.

public import Basics
public import MediaInterface

extension Subscription {
    /// What the bandwidth allows now; the layer that goes is within this and within the settings. Nothing pauses the
    /// subscription: it starts again with a keyframe.
    ///
    /// - Parameter isUrgent: less must go at once. Where a lower encoding has to be waited for, the current one goes
    ///   without its higher temporal layers meanwhile.
    public mutating func allow(_ target: LayerTarget, isUrgent: Bool = false) {
        selector.allow(target, isUrgent: isUrgent)
    }

    /// Sends nothing of the current encoding any more while a lower one is waited for, no repairs either.
    public mutating func stopForSwitch() {
        selector.stopForSwitch()
        firstRepairable = newestOutgoing + 1
    }

    /// What `allow` was told last.
    public var allowance: LayerTarget { selector.allowance }
    /// What the subscriber wishes.
    public var settings: SubscriptionSettings { selector.settings }

    /// The layer that goes now; nothing before the start and in pauses. Temporal layers count as far as they may go, also
    /// where the track has fewer.
    public var currentLayer: LayerTarget { selector.layer }
    /// Whether lost packets of pictures are worth to go again: not while nothing can be shown, for a keyframe will come.
    public var wantsRepairs: Bool { kind == .audio || !selector.layer.isNothing }
    /// Nothing goes because the bandwidth does not allow it.
    public var isPaused: Bool { selector.isPaused }

    /// The packets since the newest keyframe, for a subscription that waits for its start: `plan` takes the head, then
    /// what `PublishedTrack.nextStored(after:)` gives. Of the wanted encoding, else of a lower one.
    ///
    /// - Returns: nil when the subscription goes, wants nothing, or there is no short group: then `wantedKeyframe` tells
    ///   what to ask for
    public mutating func groupToStart(of track: borrowing PublishedTrack, at now: MonotonicTime) -> AcceptedPacket? {
        guard let wanted = selector.encodingToStart(track.flows, at: now) else { return nil }
        var found: AcceptedPacket?
        for encoding in 0..<track.encodingCount {
            guard track.flows.spatialLayer(encoding) <= track.flows.spatialLayer(wanted),
                track.flows.isFlowing(encoding, at: now),
                let head = track.decodableGroup(encoding: encoding, at: now), isAfterAll(head)
            else { continue }
            if let found, track.flows.spatialLayer(Int(found.encoding)) > track.flows.spatialLayer(encoding) {
                continue
            }
            found = head
        }
        if found != nil { selector.noteReplay(at: now) }
        return found
    }
}
