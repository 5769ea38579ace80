import Basics
import Testing

@testable import MediaCore

@Suite struct AddressTableTests {
    /// Against a dictionary, with random binds and unbinds: clusters, moves and growth must never lose an entry.
    @Test func agreesWithADictionary() throws {
        var random = SeededRandom(seed: 1)
        var slots = SlotMap<Int>(limit: 200)
        var peers: [SlotHandle] = []
        for number in 0..<200 {
            let inserted = slots.insert(number)
            peers.append(try #require(inserted))
        }
        var table = AddressTable(limit: 10_000)
        var model: [SocketAddress: SlotHandle] = [:]
        for _ in 0..<50_000 {
            let address = SocketAddress(
                ipv4: UInt32.random(in: 0..<40, using: &random), port: UInt16.random(in: 0..<20, using: &random))
            let peer = peers[Int.random(in: 0..<200, using: &random)]
            if Bool.random(using: &random) {
                let bound = table.bind(address, to: peer)
                #expect(bound)
                model[address] = peer
            } else if let owner = model[address] {
                table.unbind(address, from: Bool.random(using: &random) ? owner : peer)
                if table.peer(at: address) == nil { model[address] = nil }
            }
        }
        #expect(table.count == model.count)
        for (address, peer) in model { #expect(table.peer(at: address) == peer) }
    }

    @Test func refusesBeyondItsLimit() throws {
        var slots = SlotMap<Int>(limit: 1)
        let inserted = slots.insert(1)
        let peer = try #require(inserted)
        var table = AddressTable(limit: 3)
        let results = (0..<5 as Range<UInt32>).map { table.bind(SocketAddress(ipv4: $0, port: 1), to: peer) }
        #expect(results == [true, true, true, false, false])
    }

    @Test func usernamesOfThirtyTwoBytesFitAndLongerOnesDoNot() {
        let fits = [UInt8](repeating: 65, count: 32)
        let tooLong = [UInt8](repeating: 65, count: 33)
        let empty: [UInt8] = []
        #expect(UsernameKey(fits.span) != nil)
        #expect(UsernameKey(tooLong.span) == nil && UsernameKey(empty.span) == nil)
        let other = [UInt8](repeating: 65, count: 31)
        #expect(UsernameKey(fits.span) != UsernameKey(other.span))
    }
}
