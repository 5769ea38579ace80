import Basics
import Testing

@Suite struct SerialNumberTests {
    @Test func newerCrossesTheWrap() {
        #expect(UInt16(3).isNewer(than: 65_530))
        #expect(!UInt16(65_530).isNewer(than: 3))
        #expect(!UInt16(5).isNewer(than: 5))
        #expect(UInt32(1).isNewer(than: .max))
    }

    @Test func unwrapperFollowsWrapsAndReordering() {
        var unwrapper = SequenceUnwrapper()
        let extended = [65_534, 1, 65_535].map { unwrapper.unwrap($0) }
        #expect(extended == [65_534, 65_537, 65_535])
        #expect(unwrapper.newest == 65_537)
        for step in 0..<200_000 { _ = unwrapper.unwrap(UInt16(truncatingIfNeeded: 1 + step)) }
        #expect(unwrapper.newest == Int64(265_536))
    }
}

@Suite struct SlotMapTests {
    struct Counted: ~Copyable {
        let log: Log
        deinit { log.freed += 1 }
    }
    final class Log { var freed = 0 }

    @Test func staleHandleFindsNothing() throws {
        var map = SlotMap<Int>(limit: 100)
        let inserted = map.insert(1)
        let first = try #require(inserted)
        let removed = map.remove(first)
        #expect(removed == 1)
        let recycled = map.insert(2)
        let second = try #require(recycled)
        #expect(second.index == first.index)
        let stale = map.contains(first)
        #expect(!stale)
        let again = map.remove(first)
        #expect(again == nil)
        let value = map[second]
        #expect(value == 2)
    }

    @Test func refusesBeyondItsLimitAndFreesAll() throws {
        let log = Log()
        do {
            var map = SlotMap<Counted>(limit: 20)
            var handles: [SlotHandle] = []
            for _ in 0..<20 {
                let handle = map.insert(Counted(log: log))
                handles.append(try #require(handle))
            }
            let refused = map.insert(Counted(log: log))
            #expect(refused == nil)
            #expect(log.freed == 1)
            _ = map.remove(handles[3])
            #expect(log.freed == 2)
            let live = map.count
            #expect(live == 19)
        }
        #expect(log.freed == 21)
    }
}

@Suite struct SocketAddressTests {
    @Test(arguments: [
        ("::1", "::1"), ("2001:db8:0:0:1:0:0:1", "2001:db8::1:0:0:1"), ("fe80::1", "fe80::1"), ("::", "::"),
        ("1:2:3:4:5:6:7:8", "1:2:3:4:5:6:7:8"), ("::ffff:10.1.2.3", "10.1.2.3"), ("192.168.0.1", "192.168.0.1"),
        ("1::", "1::"),
    ])
    func parsesAndPrints(text: String, printed: String) throws {
        #expect(try #require(SocketAddress(host: text, port: 9)).host == printed)
    }

    @Test(arguments: [
        "", "1.2.3", "1.2.3.256", "1.2.3.4.5", ":::", "1:2", "g::1", "1:2:3:4:5:6:7:8:9", "::+1", "a.local", "1.2.3.-4",
    ])
    func refuses(text: String) { #expect(SocketAddress(host: text, port: 9) == nil) }
}

@Suite struct DigestTests {
    /// RFC 2202 section 3, case 2, and RFC 4231 section 4.3.
    @Test func hmacVectors() {
        let key = Array("Jefe".utf8)
        let message = Array("what do ya want for nothing?".utf8)
        let sha1 = HMAC.sha1(key: key.span, message: message.span)
        #expect(sha1[0] == 0xef && sha1[1] == 0xfc && sha1[19] == 0x79)
        let sha256 = HMAC.sha256(key: key.span, message: message.span)
        #expect(sha256.prefix(4) == [0x5b, 0xdc, 0xc1, 0x46] && sha256.last == 0x43)
        let empty = [UInt8]()
        #expect(HMAC.sha256(key: empty.span, message: empty.span).prefix(4) == [0xb6, 0x13, 0x67, 0x9a])
    }

    @Test func sha256Vector() {
        #expect(SHA256.digest(Array("abc".utf8).span).prefix(4) == [0xba, 0x78, 0x16, 0xbf])
    }
}

@Suite struct NTPTimeTests {
    @Test func epochAndFraction() {
        #expect(NTPTime(unixNanoseconds: 0).rawValue == 2_208_988_800 << 32)
        #expect(NTPTime(unixNanoseconds: 500_000_000).rawValue & 0xffff_ffff == 0x8000_0000)
        let a = NTPTime(unixNanoseconds: 1_700_000_000_250_000_000)
        let b = NTPTime(unixNanoseconds: 1_700_000_000_000_000_000)
        #expect(abs((a - b).milliseconds - 250) < 0.001)
    }
}
