import RTP
import Testing

@Suite struct DatagramClassTests {
    /// The whole first byte (RFC 7983 section 7).
    @Test func everyFirstByte() {
        for first in UInt8.min...255 {
            let datagram = [first, 111]
            let expected: DatagramClass =
                switch first {
                case 0...3: .stun
                case 20...63: .dtls
                case 64...79: .turnChannel
                case 128...191: .rtp
                default: .unknown
                }
            let found = DatagramClass(of: datagram.span)
            #expect(found == expected, "\(first)")
        }
    }

    /// Second bytes 192…223 are RTCP, whatever the count bits say (RFC 5761 section 4).
    @Test func tellsRTCPFromRTP() {
        for second in UInt8.min...255 {
            let datagram = [0x8f, second]
            let found = DatagramClass(of: datagram.span)
            #expect(found == (192...223 ~= second ? .rtcp : .rtp), "\(second)")
        }
        for short in [[], [0x80]] as [[UInt8]] {
            let found = DatagramClass(of: short.span)
            #expect(found == .unknown)
        }
    }
}
