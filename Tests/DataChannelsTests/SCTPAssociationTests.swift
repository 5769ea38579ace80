// Channels and messages between two associations.

import Basics
import Testing

@testable import DataChannels

/// All that runs usrsctp: one after the other, for its timers are the same for all.
@Suite(.serialized, .timeLimit(.minutes(5))) struct SCTPTests {}

extension SCTPTests {
    @Suite(.serialized) struct SCTPAssociationTests {
        private let reliable = DataChannelParameters(label: "_reliable")
        private let lossy = DataChannelParameters(
            label: "_lossy", isOrdered: false, reliability: .maximumRetransmits(0))

        @Test func bothEndsStandAndOpenChannels() throws {
            let pair = AssociationPair()
            let early = try pair.a.open(reliable)
            #expect(early == 0)
            #expect(throws: DataChannelError.wouldBlock) { try pair.a.send("too early", on: early) }
            #expect(pair.start())
            let others = [
                lossy, DataChannelParameters(label: "", subprotocol: "chat"),
                DataChannelParameters(
                    label: "d\u{e9}j\u{e0} vu", isOrdered: true, reliability: .maximumLifetimeMilliseconds(1_500)),
            ]
            let ofB = try others.map { parameters in try pair.b.open(parameters) }
            #expect(ofB == [1, 3, 5])
            #expect(try pair.a.open(lossy) == 2)
            #expect(pair.run { $0.a.opened(5) != nil && $0.b.opened(5) != nil && $0.b.opened(2) != nil })
            #expect(pair.a.events.first == .associationUp && pair.b.events.first == .associationUp)
            for (id, parameters) in zip(ofB, others) {
                #expect(pair.a.events.contains(.channelOpened(id: id, parameters, byPeer: true)))
                #expect(pair.b.events.contains(.channelOpened(id: id, parameters, byPeer: false)))
            }
            #expect(pair.b.events.contains(.channelOpened(id: 0, reliable, byPeer: true)))
            #expect(pair.a.events.contains(.channelOpened(id: 0, reliable, byPeer: false)))
            #expect(pair.largestPacket <= Int(DataChannelLimits.packetBytes))
        }

        @Test func messagesOfAllKindsAndSizes() throws {
            let pair = AssociationPair()
            pair.start()
            let id = try pair.a.open(reliable)
            var random = SeededRandom(seed: 1)
            let large = random.bytes(60_000)
            let largest = random.bytes(DataChannelLimits.messageBytes)
            // Data may follow the OPEN at once.
            try pair.a.send("bonjour", on: id)
            try pair.a.send("", on: id)
            try pair.a.send([], on: id)
            try pair.a.send([0], on: id)
            try pair.a.send(large, on: id)
            try pair.a.send(largest, on: id)
            #expect(throws: DataChannelError.messageTooLarge) { try pair.a.send(largest + [0], on: id) }
            #expect(throws: DataChannelError.noSuchChannel) { try pair.a.send([1], on: 8) }
            #expect(pair.run { $0.b.messages(on: id).count == 6 })
            let received = pair.b.events.filter { if case .message = $0 { true } else { false } }
            #expect(
                received == [
                    .message(id: id, .string, Array("bonjour".utf8)), .message(id: id, .string, []),
                    .message(id: id, .binary, []), .message(id: id, .binary, [0]), .message(id: id, .binary, large),
                    .message(id: id, .binary, largest),
                ])
            try pair.b.send("salut", on: id)
            #expect(pair.run { $0.a.messages(on: id) == [Array("salut".utf8)] })
            #expect(pair.largestPacket <= Int(DataChannelLimits.packetBytes))
        }

        /// Every message arrives once and in order, whatever the network does.
        @Test(arguments: 1...12 as ClosedRange<UInt64>) func reliableChannelsSurviveLoss(_ seed: UInt64) throws {
            var random = SeededRandom(seed: seed)
            let pair = AssociationPair()
            pair.isLost = { _ in random.chance(0.15) }
            pair.delay = { .milliseconds(random.number(20...60)) }
            #expect(pair.start())
            let id = try pair.a.open(reliable)
            var messages: [[UInt8]] = []
            var generator = SeededRandom(seed: seed &+ 1_000)
            for _ in 0..<40 {
                let message = generator.bytes(generator.number(1...6_000))
                try pair.a.send(message, on: id)
                messages.append(message)
                pair.run(seconds: 0)
            }
            #expect(pair.run(seconds: 120) { $0.b.messages(on: id).count == 40 }, "seed \(seed)")
            #expect(pair.b.messages(on: id) == messages)
        }

        /// Without retransmissions what is lost stays lost; nothing arrives twice, and later messages do not wait.
        @Test func lossyChannelsLoseAndDoNotWait() throws {
            var random = SeededRandom(seed: 5)
            let pair = AssociationPair()
            let id = try pair.a.open(lossy)
            pair.start()
            #expect(pair.run { $0.a.opened(id) != nil })
            pair.isLost = { $0.toB && random.chance(0.2) }
            for number in 0..<500 as Range<UInt16> {
                try pair.a.send([UInt8(number >> 8), UInt8(number & 255)], on: id)
                pair.now += .milliseconds(10)
                pair.timers.advance(to: pair.now)
                pair.collect()
                pair.run(seconds: 0)
                for packet in pair.inFlight where packet.toB { pair.b.receive(packet.bytes) }
                for packet in pair.inFlight where !packet.toB { pair.a.receive(packet.bytes) }
                pair.inFlight = []
                pair.collect()
            }
            pair.run(seconds: 5)
            let numbers = pair.b.messages(on: id).map { UInt16($0[0]) << 8 | UInt16($0[1]) }
            #expect(numbers.count > 300 && numbers.count < 490)
            #expect(Set(numbers).count == numbers.count)
        }

        @Test(arguments: [true, false]) func channelsCloseFromEitherSide(_ byOpener: Bool) throws {
            let pair = AssociationPair()
            pair.start()
            let id = try pair.a.open(reliable)
            #expect(pair.run { $0.a.opened(id) != nil })
            try pair.a.send("last words", on: id)
            (byOpener ? pair.a : pair.b).close(id)
            #expect(throws: DataChannelError.noSuchChannel) { try (byOpener ? pair.a : pair.b).send([1], on: id) }
            let closed = DataChannelEvent.channelClosed(id: id)
            #expect(pair.run { $0.a.events.contains(closed) && $0.b.events.contains(closed) })
            pair.run(seconds: 3)
            #expect(pair.a.events.filter { $0 == closed }.count == 1)
            #expect(pair.b.events.filter { $0 == closed }.count == 1)
            #expect(pair.b.messages(on: id) == [Array("last words".utf8)])
            // The identifier is free again, and the new channel works.
            let again = try pair.a.open(lossy)
            #expect(again == id)
            #expect(
                pair.run {
                    $0.b.opened(id) != nil && $0.a.events.contains(.channelOpened(id: id, lossy, byPeer: false))
                })
            try pair.b.send("new", on: again)
            #expect(pair.run { $0.a.messages(on: again) == [Array("new".utf8)] })
        }

        @Test func manyChannelsOpenAndCloseTogether() throws {
            let pair = AssociationPair()
            pair.start()
            let ids = try (0..<20).map { number in try pair.a.open(DataChannelParameters(label: "\(number)")) }
            #expect(pair.run { pair in ids.allSatisfy { pair.a.opened($0) != nil } })
            for id in ids { pair.a.close(id) }
            #expect(
                pair.run { pair in
                    ids.allSatisfy {
                        pair.a.events.contains(.channelClosed(id: $0)) && pair.b.events.contains(.channelClosed(id: $0))
                    }
                })
        }

        @Test func channelsAreBounded() throws {
            let pair = AssociationPair()
            pair.start()
            for number in 0..<DataChannelLimits.channels {
                _ = try pair.a.open(DataChannelParameters(label: "\(number)"))
            }
            #expect(throws: DataChannelError.tooManyChannels) { try pair.a.open(reliable) }
            #expect(throws: DataChannelError.invalidLabel) {
                try pair.b.open(DataChannelParameters(label: String(repeating: "x", count: 2_000)))
            }
            #expect(pair.run { $0.b.opened(126) != nil && $0.a.opened(126) != nil })
            #expect(throws: DataChannelError.tooManyChannels) { try pair.b.open(reliable) }
        }

        /// Both sides fill the table at once: what is too much is refused and closed, what fits works.
        @Test func channelsThatCrossAreRefused() throws {
            let pair = AssociationPair()
            pair.start()
            for _ in 0..<40 {
                _ = try pair.a.open(reliable)
                _ = try pair.b.open(reliable)
            }
            pair.run(seconds: 10)
            let refusedByA = pair.a.drops.refusedChannels
            let refusedByB = pair.b.drops.refusedChannels
            #expect(refusedByA == 16 && refusedByB == 16)
            #expect(pair.a.events.filter { if case .channelClosed = $0 { true } else { false } }.count == refusedByB)
            try pair.a.send("still here", on: 0)
            #expect(pair.run { $0.b.messages(on: 0).count == 1 })
        }

        @Test func aFullBufferRefusesReliableMessages() throws {
            let pair = AssociationPair()
            pair.start()
            let id = try pair.a.open(reliable)
            #expect(pair.run { $0.a.opened(id) != nil })
            let message = [UInt8](repeating: 1, count: 10_000)
            var sent = 0
            var refusal: DataChannelError?
            while refusal == nil, sent < 1_000 {
                do throws(DataChannelError) {
                    try pair.a.send(message, on: id)
                    sent += 1
                } catch {
                    refusal = error
                }
            }
            #expect(refusal == .wouldBlock)
            #expect((10...30).contains(sent))
            #expect(pair.run { $0.a.events.contains(.writable) })
            try pair.a.send(message, on: id)
            #expect(pair.run { $0.b.messages(on: id).count == sent + 1 })
            #expect(pair.a.events.filter { $0 == .writable }.count == 1)
        }

        @Test func aFullBufferDropsLossyMessages() throws {
            let pair = AssociationPair()
            pair.start()
            let id = try pair.a.open(lossy)
            #expect(pair.run { $0.a.opened(id) != nil })
            for _ in 0..<1_000 { try pair.a.send([UInt8](repeating: 1, count: 1_000), on: id) }
            let dropped = pair.a.drops.lossyMessages
            #expect((900..<950).contains(dropped))
            #expect((60_000...70_000).contains(pair.a.bufferedBytes))
            pair.run(seconds: 5)
            #expect(pair.a.bufferedBytes == 0)
            #expect(pair.b.messages(on: id).count == 1_000 - dropped)
        }

        @Test func aPeerThatTakesLess() throws {
            let pair = AssociationPair(maximumMessageBytes: 1_000)
            pair.start()
            let id = try pair.a.open(reliable)
            try pair.a.send([UInt8](repeating: 1, count: 1_000), on: id)
            #expect(throws: DataChannelError.messageTooLarge) {
                try pair.a.send([UInt8](repeating: 1, count: 1_001), on: id)
            }
        }

        @Test func anAbortEndsBoth() throws {
            let pair = AssociationPair()
            pair.start()
            let id = try pair.a.open(reliable)
            #expect(pair.run { $0.b.opened(id) != nil })
            pair.b.association.close()
            #expect(pair.run { $0.a.events.last == .associationDown })
            pair.b.collect()
            for end in [pair.a, pair.b] {
                #expect(end.events.suffix(2) == [.channelClosed(id: id), .associationDown])
                #expect(!end.isUp)
                #expect(throws: DataChannelError.associationDown) { try end.send([1], on: id) }
                #expect(throws: DataChannelError.associationDown) { try end.open(reliable) }
            }
            // Nothing that comes later has an effect.
            pair.b.receive([UInt8](repeating: 0, count: 40))
            pair.b.close(id)
            #expect(pair.b.packets().isEmpty)
        }

        @Test func theHandshakeSurvivesLoss() {
            for seed in 1...20 as ClosedRange<UInt64> {
                var random = SeededRandom(seed: seed)
                let pair = AssociationPair()
                pair.isLost = { _ in random.chance(0.4) }
                #expect(pair.start(), "seed \(seed)")
            }
        }
    }
}
