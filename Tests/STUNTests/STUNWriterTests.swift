import Basics
import Testing

@testable import STUN

@Suite struct STUNWriterTests {
    @Test(arguments: [
        (RFC5769.responseIPv4, SocketAddress(host: "192.0.2.1", port: 32853)!),
        (RFC5769.responseIPv6, SocketAddress(host: "2001:db8:1234:5678:11:2233:4455:6677", port: 32853)!),
    ]) func writesTheMappedAddressOfTheVectors(vector: [UInt8], address: SocketAddress) throws {
        var buffer = [UInt8](repeating: 0xff, count: 200)
        var span = buffer.mutableSpan
        var writer = STUNWriter(.success, transactionID: RFC5769.transactionID, into: &span)
        // The vector's SOFTWARE is padded by a space: written as a longer value, then its length is put right.
        let key = RFC5769.password
        let software = Array("test vector ".utf8)
        writer.append(STUNAttribute.software, software.span, into: &span)
        span.put(UInt16(11), at: 22)
        writer.appendMappedAddress(address, into: &span)
        writer.appendIntegrity(key: key.span, into: &span)
        writer.appendFingerprint(into: &span)
        let count = try #require(writer.finish())
        #expect(Array(buffer[..<count]) == vector)
    }

    @Test func requestComesBackFromTheParser() throws {
        var random = SeededRandom(seed: 3)
        for round in 0..<200 {
            let receiver = (0..<4 + round % 20).map { _ in UInt8(97 + random.next() % 26) }
            let sender = (0..<4 + round % 7).map { _ in UInt8(97 + random.next() % 26) }
            let key = Array("a password of 24 letters".utf8)
            let id = STUNTransactionID(using: &random)
            var buffer = [UInt8](repeating: 0xff, count: 300)
            var span = buffer.mutableSpan
            var writer = STUNWriter(.request, transactionID: id, into: &span)
            writer.appendUsername(receiver.span, sender.span, into: &span)
            writer.appendPriority(UInt32(round), into: &span)
            writer.appendRole(.controlling(tieBreaker: 77), into: &span)
            if round % 2 == 0 { writer.appendUseCandidate(into: &span) }
            writer.appendIntegrity(key: key.span, into: &span)
            writer.appendFingerprint(into: &span)
            let count = try #require(writer.finish())
            let datagram = Array(buffer[..<count])
            let message = try STUNMessage(parsing: datagram.span)
            #expect(message.messageClass == .request)
            #expect(message.transactionID == id)
            #expect(message.username.map { Array(datagram[$0]) } == receiver + [58] + sender)
            #expect(message.priority == UInt32(round))
            #expect(message.role == .controlling(tieBreaker: 77))
            #expect(message.usesCandidate == (round % 2 == 0))
            #expect(message.isAuthentic(under: key, in: datagram))
            #expect(message.fingerprint(in: datagram) == true)
        }
    }

    @Test func errorResponseNamesTheUnknownAttributes() throws {
        let request = bytes("00010008 2112a442 000000000000000000000009 7f010000 7f020000")
        let parsed = try STUNMessage(parsing: request.span)
        var buffer = [UInt8](repeating: 0, count: 64)
        var span = buffer.mutableSpan
        var writer = STUNWriter(.error, transactionID: parsed.transactionID, into: &span)
        writer.appendErrorCode(STUNErrorCode.unknownAttribute, into: &span)
        writer.appendUnknownAttributes(parsed.unknownAttributes, into: &span)
        let count = try #require(writer.finish())
        #expect(
            Array(buffer[..<count])
                == bytes("01110010 2112a442 000000000000000000000009 0009000400000414 000a0004 7f017f02"))
        let response = Array(buffer[..<count])
        let reparsed = try STUNMessage(parsing: response.span)
        #expect(reparsed.messageClass == .error)
        #expect(reparsed.errorCode == 420)
    }

    @Test func messageTypesHoldClassAndMethod() throws {
        for method in [UInt16(1), 0x003, 0x0fff, 0x0a5a, 0x080] {
            for messageClass in [STUNClass.request, .indication, .success, .error] {
                var buffer = [UInt8](repeating: 0, count: 20)
                var span = buffer.mutableSpan
                let id = STUNTransactionID(high: 1, low: 2)
                let writer = STUNWriter(messageClass, method: method, transactionID: id, into: &span)
                #expect(writer.finish() == 20)
                let message = try STUNMessage(parsing: buffer.span)
                #expect(message.messageClass == messageClass)
                #expect(message.method == method)
            }
        }
    }

    @Test func aSmallBufferGivesNil() {
        let part: [UInt8] = [1, 2, 3, 4]
        for size in 0...92 {
            var buffer = [UInt8](repeating: 0, count: size)
            var span = buffer.mutableSpan
            let id = STUNTransactionID(high: 1, low: 2)
            var writer = STUNWriter(.request, transactionID: id, into: &span)
            writer.appendUsername(part.span, part.span, into: &span)
            writer.appendPriority(1, into: &span)
            writer.appendRole(.controlled(tieBreaker: 1), into: &span)
            writer.appendUseCandidate(into: &span)
            writer.appendIntegrity(key: part.span, into: &span)
            writer.appendFingerprint(into: &span)
            #expect(writer.finish() == (size == 92 ? 92 : nil), "\(size)")
        }
    }
}
