import Basics
import RTP

/// Bytes from hexadecimal text; spaces and line ends do not count.
func bytes(_ hex: String) -> [UInt8] {
    let digits = Array(hex.utf8.filter { $0 > 32 })
    return stride(from: 0, to: digits.count, by: 2).map { index in
        UInt8(String(decoding: digits[index..<index + 2], as: UTF8.self), radix: 16)!
    }
}

/// What `body` writes into a buffer of `size` bytes full of ones; nil when it returns nil.
func written(_ size: Int = 1_500, _ body: (inout MutableSpan<UInt8>) -> Int?) -> [UInt8]? {
    var buffer = [UInt8](repeating: 0xff, count: size)
    var span = buffer.mutableSpan
    guard let count = body(&span) else { return nil }
    return Array(buffer[..<count])
}

/// The messages of a compound; nil when it is malformed somewhere.
func messages(_ datagram: [UInt8]) -> [RTCPMessage]? {
    var cursor = RTCPCursor()
    var result: [RTCPMessage] = []
    while let packet = cursor.next(in: datagram.span) { result.append(packet.message(in: datagram.span)) }
    return cursor.isMalformed ? nil : result
}

/// 100,000 inputs from one seed: changed, cut and lengthened samples, and random bytes.
func fuzz(seed: UInt64, _ samples: [[UInt8]], rounds: Int = 100_000, _ body: (borrowing [UInt8]) -> Void) {
    var random = SeededRandom(seed: seed)
    for round in 0..<rounds {
        var input = samples[round % samples.count]
        switch round / samples.count % 4 {
        case 0:
            let count = Int(random.next() % 64)
            input = (0..<count).map { _ in UInt8(truncatingIfNeeded: random.next()) }
        case 1:
            input = Array(input.prefix(Int(random.next() % UInt64(input.count + 1))))
        default: break
        }
        if !input.isEmpty {
            for _ in 0...Int(random.next() % 3) {
                input[Int(random.next() % UInt64(input.count))] = UInt8(truncatingIfNeeded: random.next())
            }
        }
        body(input)
    }
}

/// Packets made by aiortc 1.16.0.
enum Vector {
    static let senderReport = bytes(
        """
        82c800120012d687e1c2b3a495867788deadbeef000003e80012d687112233440cfffffb0001fffe0000004d89abcdef
        0001000055667788ff7fffffffffffffffffffff0000000100000002
        """)
    static let receiverReport = bytes(
        """
        82c9000d0000002a55667788ff7fffffffffffffffffffff0000000100000002112233440cfffffb0001fffe0000004d
        89abcdef00010000
        """)
    static let emptyReceiverReport = bytes("80c900010000002a")
    static let sourceDescription = bytes(
        """
        81ca000c6d2453ea01267b36336634353965612d343166652d343437342d396433332d3937303763396565373964317d
        00000000
        """)
    static let goodbye = bytes("82cb000201020304fffefdfc")
    static let nack = bytes("81cd00080000000199887766000580110016000003e8800003f9000075300000ffff0000")
    static let pictureLoss = bytes("81ce00025450626523013fb9")
    static let fullIntra = bytes("84ce000400000001000000000badcafe2a000000")
    static let bitrate0 = bytes("8fce0005000000010000000052454d420113f7a096be96cf")
    static let bitrate1 = bytes("8fce0004000000010000000052454d42000003e8")
    static let bitrate2 = bytes("8fce0006000000010000000052454d420203ffff0000000100000002")
    static let bitrate3 = bytes("8fce0007000000010000000052454d4203060000000000010000000200000003")
    static let bitrate4 = bytes("8fce0005000000010000000052454d420142dfdc00000007")
    static let oneByteExtensions = bytes(
        "90e0fffffffffff00a0b0c0dbede00044037a168692212345610a531beef00007061796c6f6164")
    static let twoByteExtensions = bytes(
        "90e0fffffffffff00a0b0c0d100000056801376e02686966031234566501a56702beef007061796c6f6164")
    static let csrcAndPadding = bytes(
        """
        b3e0fffffffffff00a0b0c0d000000010000000200000003bede00054f6162636465666768696a6b6c6d6e6f70000000
        7061796c6f61649ddcdbc0f02d310809
        """)
    static let plain = bytes("8060fffffffffff00a0b0c0d7061796c6f6164")
    static let original = bytes("90e01234fffffff00a0b0c0dbede00014030a0717061796c6f6164")
    static let retransmission = bytes("90e10009fffffff001010101bede00014030a07112347061796c6f6164")
    static let vp8Descriptor0 = bytes("10")
    static let vp8Descriptor1 = bytes("85808011")
    static let vp8Descriptor2 = bytes("90809267")
    static let vp8Descriptor3 = bytes("90c0807fc8")
    static let vp8Descriptor4 = bytes("90f08080ffbf")
    static let vp8Descriptor5 = bytes("802040")
    static let vp8Descriptor6 = bytes("91500309")

    /// aiortc aligns only the whole packet: this one is laid out by hand (RFC 3550 section 6.5).
    static let sourceDescriptionOfThree = bytes(
        """
        83ca000a 00000001 02046e616d65 010161 000000 00000002 00000000
        00000003 01056162636465 0700 000000
        """)
}
