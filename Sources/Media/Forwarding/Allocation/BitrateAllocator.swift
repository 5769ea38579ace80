// Shares what a subscriber's network carries over the pictures that they watch. Pure: budget and wishes in, layers out.

import Basics

/// Who is served first when bandwidth is short.
public enum PictureRank: UInt8, Comparable, Sendable {
    case ordinary
    case activeSpeaker
    case screenShare

    public static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }
}

/// One picture that competes for bandwidth. Trivial.
public struct PictureWish: Sendable {
    public var rates: LayerRates
    /// The highest layer that the subscriber wishes.
    public var maximum: LayerTarget
    /// What the last allocation gave; nil for a picture that is new.
    public var current: LayerTarget?
    public var rank: PictureRank
    /// Area in which it is shown; 0 where unknown.
    public var pixels: UInt32

    public init(
        rates: LayerRates, maximum: LayerTarget, current: LayerTarget? = nil, rank: PictureRank = .ordinary,
        pixels: UInt32 = 0
    ) {
        self.rates = rates
        self.maximum = maximum
        self.current = current
        self.rank = rank
        self.pixels = pixels
    }
}

/// What an allocation comes to.
public struct AllocationSummary: Hashable, Sendable {
    /// All wishes at their best, bits per second.
    public var wishedBitsPerSecond = 0
    /// What was given, bits per second.
    public var givenBitsPerSecond = 0
    /// What would have to be given so that the cheapest step more is possible; 0 when there is none.
    public var nextBitsPerSecond = 0
    /// Pictures in a lower layer than wished, and pictures that are stopped.
    public var reducedPictures = 0
    public var pausedPictures = 0

    public init() {}
}

/// Rounds of steps up each picture's ladder of layers.
///
/// First those of rank climb, up to a share of the budget, then everybody gets the lowest layer, in order of rank and
/// area, then all climb step by step. Who cannot have the lowest layer is paused. A step above the current layer must
/// leave a margin, a step that stands need not: so a choice does not flap.
public struct BitrateAllocator: ~Copyable {
    private var ladders: [LayerLadder] = []
    private var order: [Int] = []

    public init() {}

    /// Chooses a layer for every wish.
    ///
    /// - Parameters:
    ///   - budgetBitsPerSecond: for these pictures; `Int.max` when nothing limits
    ///   - lowestBudgetBitsPerSecond: for the lowest layers, where more than the budget may be risked for them
    ///   - marginPercent: of its rate, that a step to a larger picture must leave
    ///   - targets: replaced by one layer for every wish, in the same order
    public mutating func allocate(
        _ wishes: [PictureWish], budgetBitsPerSecond: Int, lowestBudgetBitsPerSecond: Int? = nil,
        marginPercent: Int = AllocationLimits.marginPercent,
        into targets: inout [LayerTarget]
    ) -> AllocationSummary {
        ladders.removeAll(keepingCapacity: true)
        order.removeAll(keepingCapacity: true)
        for index in wishes.indices {
            ladders.append(LayerLadder(wishes[index], marginPercent: marginPercent))
            order.append(index)
        }
        order.sort { Self.isBefore(wishes[$0], wishes[$1], $0, $1) }
        var left = budgetBitsPerSecond

        let reserved = budgetBitsPerSecond / 100 * AllocationLimits.rankSharePercent
        var leftOfReserved = reserved
        for index in order where wishes[index].rank > .ordinary { climbToTop(index, within: &leftOfReserved) }
        left -= reserved - leftOfReserved

        var extra = max(0, (lowestBudgetBitsPerSecond ?? 0) - budgetBitsPerSecond)
        for index in order where ladders[index].chosen < 0 && !climb(index, within: &left) {
            // Nothing is left for higher steps where even this one had to be risked.
            var both = left + extra
            guard ladders[index].isGiven, climb(index, within: &both) else { continue }
            extra = min(extra, both)
            left = 0
        }
        for index in order where wishes[index].rank > .ordinary { climbToTop(index, within: &left) }
        var climbs = true
        while climbs {
            climbs = false
            for index in order where ladders[index].chosen >= 0 && climb(index, within: &left) { climbs = true }
        }
        return conclude(wishes, into: &targets)
    }

    private static func isBefore(_ left: PictureWish, _ right: PictureWish, _ first: Int, _ second: Int) -> Bool {
        if left.rank != right.rank { return left.rank > right.rank }
        if left.pixels != right.pixels { return left.pixels > right.pixels }
        return first < second
    }

    /// One step up, when the budget allows.
    private mutating func climb(_ index: Int, within budget: inout Int) -> Bool {
        guard let cost = ladders[index].costOfNextStep, cost <= budget else { return false }
        budget -= cost
        ladders[index].chosen += 1
        return true
    }

    private mutating func climbToTop(_ index: Int, within budget: inout Int) {
        while climb(index, within: &budget) {}
    }

    private func conclude(_ wishes: [PictureWish], into targets: inout [LayerTarget]) -> AllocationSummary {
        var summary = AllocationSummary()
        var cheapest = Int.max
        targets.removeAll(keepingCapacity: true)
        for index in wishes.indices {
            let ladder = ladders[index]
            if let cost = ladder.costOfNextStep { cheapest = min(cheapest, cost) }
            summary.wishedBitsPerSecond += ladder.topBitsPerSecond
            guard ladder.count > 0 else {
                // Nothing flows that could be measured: the wish stands until it does.
                targets.append(wishes[index].maximum)
                continue
            }
            guard ladder.chosen >= 0 else {
                targets.append(.nothing)
                summary.pausedPictures += 1
                continue
            }
            summary.givenBitsPerSecond += ladder.chosenBitsPerSecond
            if ladder.chosen == ladder.count - 1 {
                // The best that flows now: what may flow soon is within the wish too.
                targets.append(wishes[index].maximum)
            } else {
                targets.append(ladder.chosenTarget)
                summary.reducedPictures += 1
            }
        }
        if cheapest < .max { summary.nextBitsPerSecond = summary.givenBitsPerSecond + cheapest }
        return summary
    }
}

public enum AllocationLimits {
    /// What screen shares and the active speaker may take before the others get their lowest layer.
    public static let rankSharePercent = 60
    /// Margin that more frames of the same size must leave, percent of their rate.
    public static let frameRateMarginPercent = 4
    /// Margin that a step above the current layer must leave, percent of its rate.
    public static let marginPercent = 12
}
