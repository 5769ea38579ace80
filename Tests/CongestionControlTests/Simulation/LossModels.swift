// Ways to lose packets.

import Basics

enum LossModels {
    static func independent(_ world: World, _ probability: Double) -> () -> Bool {
        { world.random.chance(probability) }
    }

    /// Gilbert-Elliott: all is lost in the bad state.
    ///
    /// - Parameter burst: mean number of packets lost in a row
    static func bursts(_ world: World, _ probability: Double, burst: Double) -> () -> Bool {
        var isBad = false
        let leave = 1 / burst
        let enter = leave * probability / (1 - probability)
        return {
            isBad = world.random.chance(isBad ? 1 - leave : enter)
            return isBad
        }
    }
}
