// Which layers of a video track anybody wants (dynacast): more at once, less only when it stays so.

import Basics

struct SubscribedQualityTracker: Sendable {
    /// What the publisher was told; clients begin with everything. Nil is off.
    private(set) var announced: VideoQuality?
    private(set) var releaseAt: MonotonicTime?
    /// The highest that any subscriber asks for, nil while nobody does.
    private var wished: VideoQuality?

    init(announced: VideoQuality? = .high) { self.announced = announced }

    /// One subscriber's wish changed; nil stands for none. `all` gives the wishes as they are now, looked at only when
    /// the highest may have gone. True when the publisher must be told `announced`.
    mutating func change(
        from old: VideoQuality?, to new: VideoQuality?, all: () -> some Sequence<VideoQuality?>,
        at now: MonotonicTime
    ) -> Bool {
        if Self.rank(new) >= Self.rank(wished) {
            wished = new
        } else if old == wished {
            var highest: VideoQuality?
            for wish in all() where Self.rank(wish) > Self.rank(highest) {
                highest = wish
                if wish == wished { break }
            }
            wished = highest
        }
        return update(at: now)
    }

    /// Time passed. True when the publisher must be told `announced`.
    mutating func update(at now: MonotonicTime) -> Bool {
        if Self.rank(wished) >= Self.rank(announced) {
            releaseAt = nil
            guard wished != announced else { return false }
            announced = wished
            return true
        }
        guard let due = releaseAt else {
            releaseAt = now + ConferenceTimers.layerRelease
            return false
        }
        guard due <= now else { return false }
        releaseAt = nil
        announced = wished
        return true
    }

    /// Every quality with its flag: clients take what is not listed for unchanged.
    var flags: [VideoQuality: Bool] {
        Dictionary(uniqueKeysWithValues: VideoQuality.allCases.map { ($0, Self.rank($0) <= Self.rank(announced)) })
    }

    private static func rank(_ quality: VideoQuality?) -> Int { quality.map { Int($0.rawValue) } ?? -1 }
}
