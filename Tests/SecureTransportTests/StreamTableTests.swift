// The table of streams against a dictionary.

import Basics
import Testing

@testable import SecureTransport

@Suite struct StreamTableTests {
    @Test(arguments: 1...8 as ClosedRange<UInt64>) func behavesLikeADictionary(_ seed: UInt64) {
        var random = SeededRandom(seed: seed)
        var table = StreamTable(limit: 300)
        var model: [UInt32: UInt64?] = [:]
        for step in 0..<20_000 {
            // Few distinct values, half of them neighbours, so that probes collide.
            let ssrc = UInt32(random.number(0...400)) &* (random.chance(0.5) ? 1 : 0x0100_0000)
            switch random.number(0...9) {
            case 0:
                table.forget(ssrc)
                model[ssrc] = nil
            case 1:
                table.retire(ssrc)
                if model[ssrc] != nil { model.updateValue(nil, forKey: ssrc) }
            default:
                switch table.find(ssrc) {
                case .live(let slot):
                    #expect(table[slot].highest == model[ssrc] ?? nil)
                    table[slot].note(table[slot].highest + 1)
                    model.updateValue(table[slot].highest, forKey: ssrc)
                case .retired:
                    #expect(model[ssrc] == .some(nil))
                case .unknown:
                    #expect(model[ssrc] == nil)
                    let full = model.count == 300
                    #expect(table.isFull == full)
                    if let slot = table.insert(ssrc) {
                        #expect(!full)
                        #expect(!table[slot].started)
                        table[slot].note(UInt64(step))
                        model.updateValue(UInt64(step), forKey: ssrc)
                    } else {
                        #expect(full)
                    }
                }
            }
            #expect(table.count == model.count)
        }
    }
}
