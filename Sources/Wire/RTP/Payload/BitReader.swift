// Reads bits, most significant first (AV1 RTP specification appendix A.2; ns(n) as in the AV1 specification section 4.10.7).

internal import Basics

/// A position in a range of bytes. Reading over the end gives zeros and sets `isOverrun`, so that a parser checks once.
struct BitReader {
    private(set) var isOverrun = false
    private var position: Int
    private let end: Int

    init(_ range: Range<Int>) {
        position = range.lowerBound * 8
        end = range.upperBound * 8
    }

    /// Reads at most 32 bits.
    mutating func bits(_ count: Int, in bytes: Span<UInt8>) -> UInt32 {
        guard count <= end - position else {
            isOverrun = true
            position = end
            return 0
        }
        var value: UInt32 = 0
        for _ in 0..<count {
            value = value << 1 | UInt32(bytes[position >> 3] >> UInt8(7 - (position & 7)) & 1)
            position += 1
        }
        return value
    }

    mutating func flag(in bytes: Span<UInt8>) -> Bool { bits(1, in: bytes) == 1 }

    /// A number below `bound` (1 or more) in as few bits as it takes: ns(n).
    mutating func number(below bound: Int, in bytes: Span<UInt8>) -> Int {
        guard bound > 1 else { return 0 }
        let width = Int.bitWidth - bound.leadingZeroBitCount
        let short = (1 << width) - bound
        let value = Int(bits(width - 1, in: bytes))
        guard value >= short else { return value }
        return (value << 1) - short + Int(bits(1, in: bytes))
    }
}
