import Basics
import Forwarding
import Testing

@Suite struct BitrateAllocatorTests {
    /// Three spatial layers of 150, 500 and 1,500 kbit/s, each with half of its rate in the lower temporal layer.
    static let camera: LayerRates = {
        var rates = LayerRates()
        for (spatial, rate) in [150_000, 500_000, 1_500_000].enumerated() {
            rates[spatial, 0] = rate * 6 / 10
            rates[spatial, 1] = rate
        }
        return rates
    }()

    private func wish(
        _ current: LayerTarget? = nil, rank: PictureRank = .ordinary, pixels: UInt32 = 0,
        maximum: LayerTarget = .highest
    ) -> PictureWish {
        PictureWish(rates: Self.camera, maximum: maximum, current: current, rank: rank, pixels: pixels)
    }

    private func allocate(_ wishes: [PictureWish], _ budget: Int) -> ([LayerTarget], AllocationSummary) {
        var allocator = BitrateAllocator()
        var targets: [LayerTarget] = []
        let summary = allocator.allocate(wishes, budgetBitsPerSecond: budget, into: &targets)
        return (targets, summary)
    }

    @Test func withoutALimitEverybodyGetsTheirWish() {
        let maximum = LayerTarget(spatial: 1, temporal: 3)
        let (targets, summary) = allocate([wish(), wish(maximum: maximum)], .max)
        #expect(targets == [.highest, maximum])
        #expect(summary.wishedBitsPerSecond == 2_000_000)
        #expect(summary.givenBitsPerSecond == 2_000_000)
        #expect(summary.reducedPictures == 0 && summary.pausedPictures == 0)
    }

    @Test(arguments: [
        (80_000, LayerTarget.nothing), (100_000, LayerTarget(spatial: 0, temporal: 0)),
        (200_000, LayerTarget(spatial: 0, temporal: 1)), (400_000, LayerTarget(spatial: 1, temporal: 0)),
        (700_000, LayerTarget(spatial: 1, temporal: 1)), (1_000_000, LayerTarget(spatial: 2, temporal: 0)),
        (1_500_000, .highest),
    ])
    func onePictureGetsTheBestThatFits(budget: Int, expected: LayerTarget) {
        let (targets, summary) = allocate([wish()], budget)
        #expect(targets == [expected])
        #expect(summary.givenBitsPerSecond <= budget)
        #expect(summary.pausedPictures == (expected == .nothing ? 1 : 0))
    }

    @Test func whoIsThereKeepsItsLayerWhereANewStepWouldNotFit() {
        let middle = LayerTarget(spatial: 1, temporal: 1)
        // 500 kbit/s just fit: kept, but not taken anew from below.
        #expect(allocate([wish(middle)], 500_000).0 == [middle])
        #expect(
            allocate([wish(LayerTarget(spatial: 0, temporal: 1))], 500_000).0 == [LayerTarget(spatial: 1, temporal: 0)])
        #expect(allocate([wish(LayerTarget(spatial: 0, temporal: 1))], 561_000).0 == [middle])
    }

    @Test func everybodyIsShownBeforeAnybodyIsShownWell() {
        let (targets, _) = allocate([wish(), wish(), wish(), wish()], 4 * 90_000)
        #expect(targets == [LayerTarget](repeating: LayerTarget(spatial: 0, temporal: 0), count: 4))
    }

    @Test func thoseOfRankClimbFirstAndLeaveAShare() {
        let (targets, _) = allocate([wish(), wish(), wish(rank: .screenShare)], 1_000_000)
        #expect(targets[2] == LayerTarget(spatial: 1, temporal: 1))
        #expect(targets[0] >= LayerTarget(spatial: 0, temporal: 1))
        #expect(targets[1] >= LayerTarget(spatial: 0, temporal: 1))
    }

    @Test func largerTilesAreServedFirst() {
        let (targets, summary) = allocate([wish(pixels: 10_000), wish(pixels: 900_000)], 120_000)
        #expect(targets == [.nothing, LayerTarget(spatial: 0, temporal: 0)])
        #expect(summary.pausedPictures == 1)
    }

    @Test func whatDoesNotFlowCostsNothing() {
        let silent = PictureWish(rates: LayerRates(), maximum: .highest)
        #expect(allocate([silent], 0).0 == [.highest])
    }

    @Test func theLowestLayerThatFlowsStandsInForASmallerWish() {
        var rates = LayerRates()
        rates[2, 0] = 1_000_000
        let wish = PictureWish(rates: rates, maximum: LayerTarget(spatial: 0, temporal: 3))
        #expect(allocate([wish], 500_000).0 == [.nothing])
        #expect(allocate([wish], 1_500_000).0 == [LayerTarget(spatial: 0, temporal: 3)])
    }

    @Test(arguments: 0..<200)
    func neverExceedsTheBudgetAndNeverGivesMoreThanWished(seed: UInt64) {
        var random = SeededRandom(seed: seed)
        let wishes = (0..<Int.random(in: 1...30, using: &random)).map { _ in
            var rates = LayerRates()
            for spatial in 0..<3 where Bool.random(using: &random) {
                var rate = 0
                for temporal in 0..<Int.random(in: 1...4, using: &random) {
                    rate += Int.random(in: 0...900_000, using: &random)
                    rates[spatial, temporal] = rate
                }
            }
            return PictureWish(
                rates: rates,
                maximum: LayerTarget(
                    spatial: .random(in: -1...2, using: &random), temporal: .random(in: 0...3, using: &random)),
                current: Bool.random(using: &random)
                    ? LayerTarget(
                        spatial: .random(in: -1...2, using: &random), temporal: .random(in: 0...3, using: &random))
                    : nil,
                rank: PictureRank(rawValue: .random(in: 0...2, using: &random))!,
                pixels: .random(in: 0...1_000_000, using: &random))
        }
        let budget = Int.random(in: 0...10_000_000, using: &random)
        let (targets, summary) = allocate(wishes, budget)
        #expect(targets.count == wishes.count)
        #expect(summary.givenBitsPerSecond <= budget)
        for (target, wish) in zip(targets, wishes) where wish.maximum.spatial >= Int8(wish.rates.lowestSpatial ?? 0) {
            #expect(target.spatial <= wish.maximum.spatial)
        }
    }
}
