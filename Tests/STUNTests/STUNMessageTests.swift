import Basics
import Testing

@testable import STUN

/// Bytes from hexadecimal text; spaces and line ends do not count.
func bytes(_ hex: String) -> [UInt8] {
    let digits = hex.filter { !$0.isWhitespace }
    var result: [UInt8] = []
    var index = digits.startIndex
    while index < digits.endIndex {
        let next = digits.index(index, offsetBy: 2)
        result.append(UInt8(digits[index..<next], radix: 16)!)
        index = next
    }
    return result
}

// The macros of Testing take no spans.
extension STUNMessage {
    func isAuthentic(under key: [UInt8], in datagram: [UInt8]) -> Bool {
        hasValidIntegrity(key: key.span, in: datagram.span)
    }
    func fingerprint(in datagram: [UInt8]) -> Bool? { fingerprintIsValid(in: datagram.span) }
}

/// The test vectors of RFC 5769 section 2.
enum RFC5769 {
    static let password = Array("VOkJxbRl1RmTxUk/WvJxBt".utf8)
    static let transactionID = STUNTransactionID(high: 0xb7e7_a701, low: 0xbc34_d686_fa87_dfae)

    static let request = bytes(
        """
        00010058 2112a442 b7e7a701 bc34d686 fa87dfae
        80220010 5354554e 20746573 7420636c 69656e74
        00240004 6e0001ff
        80290008 932ff9b1 51263b36
        00060009 6576746a 3a683676 59202020
        00080014 9aeaa70c bfd8cb56 781ef2b5 b2d3f249 c1b571a2
        80280004 e57a3bcf
        """)
    static let responseIPv4 = bytes(
        """
        0101003c 2112a442 b7e7a701 bc34d686 fa87dfae
        8022000b 74657374 20766563 746f7220
        00200008 0001a147 e112a643
        00080014 2b91f599 fd9e90c3 8c7489f9 2af9ba53 f06be7d7
        80280004 c07d4c96
        """)
    static let responseIPv6 = bytes(
        """
        01010048 2112a442 b7e7a701 bc34d686 fa87dfae
        8022000b 74657374 20766563 746f7220
        00200014 0002a147 0113a9fa a5d3f179 bc25f4b5 bed2b9d9
        00080014 a382954e 4be67bf1 1784c97c 8292c275 bfe3ed41
        80280004 c8fb0b4c
        """)
}

@Suite struct STUNMessageTests {
    @Test func readsTheSampleRequest() throws {
        let datagram = RFC5769.request
        let message = try STUNMessage(parsing: datagram.span)
        #expect(message.messageClass == .request)
        #expect(message.method == STUNMethod.binding)
        #expect(message.transactionID == RFC5769.transactionID)
        #expect(message.username.map { Array(datagram[$0]) } == Array("evtj:h6vY".utf8))
        #expect(message.software.map { Array(datagram[$0]) } == Array("STUN test client".utf8))
        #expect(message.priority == 0x6e00_01ff)
        #expect(message.role == .controlled(tieBreaker: 0x932f_f9b1_5126_3b36))
        #expect(message.unknownAttributes.count == 0)
        #expect(message.fingerprint(in: datagram) == true)
        #expect(message.isAuthentic(under: RFC5769.password, in: datagram))
    }

    @Test(arguments: [
        (RFC5769.responseIPv4, SocketAddress(host: "192.0.2.1", port: 32853)!),
        (RFC5769.responseIPv6, SocketAddress(host: "2001:db8:1234:5678:11:2233:4455:6677", port: 32853)!),
    ]) func readsTheSampleResponses(datagram: [UInt8], address: SocketAddress) throws {
        let message = try STUNMessage(parsing: datagram.span)
        #expect(message.messageClass == .success)
        #expect(message.mappedAddress == address)
        #expect(message.software.map { Array(datagram[$0]) } == Array("test vector".utf8))
        #expect(message.fingerprint(in: datagram) == true)
        #expect(message.isAuthentic(under: RFC5769.password, in: datagram))
    }

    /// What MESSAGE-INTEGRITY covers may not change by a single bit; the wrong key does not pass either.
    @Test func everyFlippedBitBreaksTheIntegrity() throws {
        let original = RFC5769.request
        let end = try #require(try STUNMessage(parsing: original.span).integrityOffset) + 24
        for index in 0..<end {
            for bit in 0..<8 {
                var changed = original
                changed[index] ^= 1 << bit
                guard let message = try? STUNMessage(parsing: changed.span) else { continue }
                #expect(message.fingerprint(in: changed) != true)
                let valid = message.isAuthentic(under: RFC5769.password, in: changed)
                #expect(!valid, "byte \(index) bit \(bit)")
            }
        }
        let message = try STUNMessage(parsing: original.span)
        let wrongKey = Array("VOkJxbRl1RmTxUk/WvJxBT".utf8)
        #expect(!message.isAuthentic(under: wrongKey, in: original))
        #expect(!message.isAuthentic(under: [UInt8](), in: original))
    }

    @Test func attributesAfterTheIntegrityAreIgnored() throws {
        // USE-CANDIDATE is put between MESSAGE-INTEGRITY and FINGERPRINT.
        var datagram = RFC5769.request
        datagram.insert(contentsOf: bytes("00250000"), at: datagram.count - 8)
        datagram[3] += 4
        let message = try STUNMessage(parsing: datagram.span)
        #expect(!message.usesCandidate)
        #expect(message.isAuthentic(under: RFC5769.password, in: datagram))
        #expect(message.fingerprint(in: datagram) == false)
    }

    @Test func listsUnknownRequiredAttributesUpToItsBound() throws {
        var attributes: [UInt8] = []
        for type in 0..<12 { attributes += [0x7f, UInt8(type), 0, 0] }
        attributes += bytes("c0570004 00000000")
        let header = bytes("0001") + [0, UInt8(attributes.count)] + bytes("2112a442 000000000000000000000001")
        let message = try STUNMessage(parsing: (header + attributes).span)
        #expect(message.unknownAttributes.count == 8)
        #expect((0..<8).map { message.unknownAttributes[$0] } == (0..<8).map { 0x7f00 + $0 })
    }

    @Test(arguments: [
        ("00010000 2112a443 000000000000000000000001", STUNError.notSTUN),
        ("80010000 2112a442 000000000000000000000001", .notSTUN),
        ("00010004 2112a442 000000000000000000000001", .badLength),
        ("00010003 2112a442 000000000000000000000001 000000", .badLength),
        ("00010004 2112a442 000000000000000000000001 00240004", .truncated),
        ("00010008 2112a442 000000000000000000000001 0024000300000000", .badAttribute),
        ("00010008 2112a442 000000000000000000000001 0020000400010000", .badAttribute),
        ("0001000c 2112a442 000000000000000000000001 8028000400000000 00250000", .badAttribute),
        ("0111000c 2112a442 000000000000000000000001 0009000400000763 00250000", .badAttribute),
        ("0001", .truncated),
    ]) func refuses(hex: String, error: STUNError) {
        let datagram = bytes(hex)
        #expect(throws: error) { try STUNMessage(parsing: datagram.span) }
    }

    @Test func everyTruncationIsRefused() {
        for sample in [RFC5769.request, RFC5769.responseIPv4, RFC5769.responseIPv6] {
            for count in 0..<sample.count {
                let cut = Array(sample[..<count])
                #expect(throws: STUNError.self) { try STUNMessage(parsing: cut.span) }
                // The same with a length field that agrees with the cut: nothing of it verifies.
                guard count >= 20 else { continue }
                var lying = cut
                lying[2] = 0
                lying[3] = UInt8(count - 20)
                guard let message = try? STUNMessage(parsing: lying.span) else { continue }
                #expect(message.fingerprint(in: lying) != true)
            }
        }
    }

    @Test func randomInputIsHarmless() {
        var random = SeededRandom(seed: 5769)
        var parsed = 0
        for round in 0..<100_000 {
            var datagram = round % 4 == 0 ? [UInt8](repeating: 0, count: Int(random.next() % 160)) : RFC5769.request
            if round % 4 == 0 {
                for index in datagram.indices { datagram[index] = UInt8(truncatingIfNeeded: random.next()) }
            } else {
                for _ in 0...Int(random.next() % 4) {
                    datagram[Int(random.next() % UInt64(datagram.count))] = UInt8(truncatingIfNeeded: random.next())
                }
            }
            guard let message = try? STUNMessage(parsing: datagram.span) else { continue }
            parsed += 1
            for range in [message.username, message.software] { #expect((range?.upperBound ?? 0) <= datagram.count) }
            if round % 64 == 1 {
                _ = message.isAuthentic(under: RFC5769.password, in: datagram)
                _ = message.fingerprint(in: datagram)
            }
        }
        #expect(parsed > 10_000)
    }
}
