// Associations that come and go, and several threads.

import Basics
import Glibc
import Synchronization
import Testing

@testable import DataChannels

/// Resident bytes of this process.
private func residentBytes() -> Int {
    guard let file = unsafe fopen("/proc/self/statm", "r") else { return 0 }
    defer { unsafe fclose(file) }
    var text = [CChar](repeating: 0, count: 256)
    guard unsafe fgets(&text, 256, file) != nil else { return 0 }
    let words = String(decoding: text.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self).split(
        separator: " ")
    return words.count > 1 ? (Int(words[1]) ?? 0) * 4_096 : 0
}

extension SCTPTests {
    @Suite(.serialized) struct SCTPLifetimeTests {
        /// In a process of its own, so that nothing else changes its memory.
        @Test func aThousandAssociationsLeaveNothingBehind() async {
            await #expect(processExitsWith: .success) {
                func cycle(_ number: Int) throws {
                    let pair = AssociationPair()
                    // A third ends in the middle of the handshake.
                    if number % 3 == 0 {
                        pair.run(seconds: 0)
                        return
                    }
                    precondition(pair.start())
                    let id = try pair.a.open(DataChannelParameters(label: "data"))
                    try pair.a.send([UInt8](repeating: 1, count: 20_000), on: id)
                    precondition(pair.run { $0.b.messages(on: id).count == 1 })
                    // A third with an ABORT that arrives, a third just gone with data under way.
                    if number % 3 == 1 {
                        pair.a.association.close()
                        pair.run(seconds: 1)
                    } else {
                        try pair.a.send([UInt8](repeating: 1, count: 20_000), on: id)
                        pair.run(seconds: 0)
                    }
                }
                for number in 0..<300 { try cycle(number) }
                let before = residentBytes()
                for number in 0..<1_000 { try cycle(number) }
                let growth = residentBytes() - before
                print("growth over 1,000 pairs of associations: \(growth / 1_024) KiB")
                precondition(before > 0 && growth < 1_500_000, "grown by \(growth) bytes")
                precondition(SCTPStack.shared.registeredCount == 0)
            }
        }

        @Test func aCallbackThatComesLateFindsNothing() throws {
            let timers = SCTPTimers()
            var pair: AssociationPair? = AssociationPair(timers: timers)
            pair?.start()
            let id = try #require(try pair?.a.open(DataChannelParameters(label: "data")))
            try pair?.a.send([UInt8](repeating: 1, count: 20_000), on: id)
            var now = try #require(pair?.now)
            pair = nil
            for _ in 0..<200 {
                now += .milliseconds(100)
                timers.advance(to: now)
            }
        }

        /// Four threads with an association pair each, one clock, timers run by whoever comes first.
        @Test func severalThreadsShareTheTimers() async {
            let timers = SCTPTimers()
            let clock = SharedClock()
            let delivered = await withTaskGroup(of: Int.self) { group in
                for seed in 1...4 as ClosedRange<UInt64> {
                    group.addTask { exchangeMessages(seed: seed, timers, clock) }
                }
                return await group.reduce(into: []) { $0.append($1) }
            }
            #expect(delivered == [50, 50, 50, 50])
        }
    }
}

/// A clock that whoever asks moves on.
private final class SharedClock: Sendable {
    private let nanoseconds = Atomic<Int64>(0)

    func next() -> MonotonicTime {
        MonotonicTime(nanoseconds: nanoseconds.wrappingAdd(5_000_000, ordering: .relaxed).newValue)
    }
}

/// Sends 50 messages over a link that loses; answers how many arrived.
private func exchangeMessages(seed: UInt64, _ timers: SCTPTimers, _ clock: SharedClock) -> Int {
    var loss = SeededRandom(seed: seed)
    var content = SeededRandom(seed: seed)
    let pair = AssociationPair(timers: timers)
    pair.isLost = { _ in loss.chance(0.1) }
    guard let id = try? pair.a.open(DataChannelParameters(label: "data")) else { return 0 }
    var sent = 0
    for _ in 0..<20_000 where pair.b.messages(on: id).count < 50 {
        if sent < 50, (try? pair.a.send(content.bytes(2_000), on: id)) != nil { sent += 1 }
        pair.now = clock.next()
        timers.advance(to: pair.now)
        pair.collect()
        let arrived = pair.inFlight
        pair.inFlight = []
        for packet in arrived {
            if packet.toB { pair.b.receive(packet.bytes) } else { pair.a.receive(packet.bytes) }
        }
        pair.collect()
    }
    return pair.b.messages(on: id).count
}
