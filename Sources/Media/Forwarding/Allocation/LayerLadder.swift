// The layers of one picture as steps of rising rate. Owned by `BitrateAllocator`.

/// Trivial. Within the lowest spatial layer every temporal layer is a step; above it only those that keep at least half
/// of the frames, for a larger picture that stutters is no gain.
struct LayerLadder {
    private struct Step {
        var target = LayerTarget.nothing
        var bitsPerSecond = 0
    }
    private var steps = InlineArray<12, Step>(repeating: Step())
    private(set) var count = 0
    /// Index of the step that is given, -1 for none.
    var chosen = -1
    /// Index of the step that the last allocation gave, -1 for none. A new picture needs no margin.
    private var current = -1
    /// Percent of a step's rate that must be left when it leads to a larger picture than the current one.
    private let marginPercent: Int

    init(_ wish: PictureWish, marginPercent: Int) {
        self.marginPercent = marginPercent
        let lowest = wish.rates.lowestSpatial
        guard let lowest, wish.maximum.spatial >= 0 else { return }
        // When even the lowest layer that flows is above the wish, it is all there is.
        for spatial in lowest...max(lowest, min(Int(wish.maximum.spatial), LayerRates.spatialLayers - 1)) {
            add(spatial, of: wish, isLowest: spatial == lowest)
        }
        guard let given = wish.current else {
            current = count
            return
        }
        for index in 0..<count where !(given < steps[index].target) { current = index }
    }

    private mutating func add(_ spatial: Int, of wish: PictureWish, isLowest: Bool) {
        let top = wish.rates.highestTemporal(spatial: spatial, within: Int(wish.maximum.temporal))
        for temporal in (isLowest ? 0 : max(0, top - 1))..<(top + 1) {
            let rate = wish.rates[spatial, temporal]
            guard rate > (count > 0 ? steps[count - 1].bitsPerSecond : 0), count < 12 else { continue }
            steps[count] = Step(
                target: LayerTarget(spatial: Int8(spatial), temporal: UInt8(temporal)), bitsPerSecond: rate)
            count += 1
        }
    }

    /// The last allocation gave something.
    var isGiven: Bool { current >= 0 }

    var topBitsPerSecond: Int { count > 0 ? steps[count - 1].bitsPerSecond : 0 }
    var chosenBitsPerSecond: Int { chosen >= 0 ? steps[chosen].bitsPerSecond : 0 }
    var chosenTarget: LayerTarget { chosen >= 0 ? steps[chosen].target : .nothing }

    /// What one more step takes of the budget; nil at the top.
    var costOfNextStep: Int? { chosen + 1 < count ? charge(chosen + 1) - charge(chosen) : nil }

    private func charge(_ step: Int) -> Int {
        guard step >= 0 else { return 0 }
        let rate = steps[step].bitsPerSecond
        guard step > current else { return rate }
        // More frames cost no keyframe: a try that fails is hardly seen.
        let isLarger = current < 0 || steps[step].target.spatial > steps[min(current, count - 1)].target.spatial
        return rate + rate / 100 * (isLarger ? marginPercent : AllocationLimits.frameRateMarginPercent)
    }
}
