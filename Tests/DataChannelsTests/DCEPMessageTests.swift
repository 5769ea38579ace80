import Basics
import Testing

@testable import DataChannels

@Suite struct DCEPMessageTests {
    private func parse(_ bytes: [UInt8]) -> DCEPMessage? { DCEPMessage(bytes.span) }

    /// RFC 8832 section 5.1, written out by hand.
    @Test func anOpenMessage() {
        let bytes: [UInt8] =
            [3, 0x81, 0x01, 0x00, 0, 0, 0, 5, 0, 6, 0, 4] + Array("_lossy".utf8) + Array("chat".utf8)
        let message = DCEPMessage.open(
            DataChannelParameters(
                label: "_lossy", subprotocol: "chat", isOrdered: false, reliability: .maximumRetransmits(5)))
        #expect(parse(bytes) == message)
        #expect(message.serialized() == bytes)
    }

    @Test func anAcknowledgement() {
        #expect(parse([2]) == .acknowledge)
        #expect(DCEPMessage.acknowledge.serialized() == [2])
        #expect(parse([2, 0]) == nil && parse([]) == nil && parse([7]) == nil)
    }

    @Test(
        arguments: [
            DataChannelReliability.reliable, .maximumRetransmits(0), .maximumRetransmits(65_535),
            .maximumLifetimeMilliseconds(3_000),
        ], [true, false])
    func readsWhatItWrites(_ reliability: DataChannelReliability, _ isOrdered: Bool) throws {
        let message = DCEPMessage.open(
            DataChannelParameters(label: "caf\u{e9} \u{1f600}", isOrdered: isOrdered, reliability: reliability))
        #expect(parse(try #require(message.serialized())) == message)
    }

    @Test func badOpenMessages() throws {
        let good = try #require(
            DCEPMessage.open(DataChannelParameters(label: "label", subprotocol: "protocol")).serialized())
        for length in 0..<good.count { #expect(parse(Array(good.prefix(length))) == nil) }
        #expect(parse(good + [0]) == nil)
        var unknown = good
        unknown[1] = 3
        #expect(parse(unknown) == nil)
        var notText = good
        notText[12] = 0xff
        #expect(parse(notText) == nil)
        var lying = good
        lying[8] = 0xff
        #expect(parse(lying) == nil)
        let long = DataChannelParameters(label: String(repeating: "x", count: 1_025))
        #expect(DCEPMessage.open(long).serialized() == nil)
    }

    @Test func limitsOfMoreThanSixteenBits() {
        let bytes: [UInt8] = [3, 0x02, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0]
        #expect(
            parse(bytes) == .open(DataChannelParameters(label: "", reliability: .maximumLifetimeMilliseconds(65_535))))
    }

    @Test func randomBytesNeverTrap() {
        var random = SeededRandom(seed: 3)
        for _ in 0..<50_000 {
            var bytes = random.bytes(random.number(0...40))
            if !bytes.isEmpty { bytes[0] = 3 }
            if bytes.count > 11, random.chance(0.5) {
                bytes.replaceSubrange(8..<12, with: [0, UInt8(bytes.count - 12), 0, 0])
            }
            _ = parse(bytes)
        }
    }
}
