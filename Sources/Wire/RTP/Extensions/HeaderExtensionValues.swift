// Values of the header extensions that are read or written here. Each is parsed from the range of its element.

public import Basics

/// Loudness of one packet (RFC 6464 section 3).
public struct AudioLevel: Hashable, Sendable {
    /// The encoder believes that somebody speaks.
    public var hasVoiceActivity: Bool
    /// 0 is full scale, 127 is silence: the level is minus this many dBov.
    public var attenuationDecibels: UInt8

    @inlinable public init(hasVoiceActivity: Bool, attenuationDecibels: UInt8) {
        self.hasVoiceActivity = hasVoiceActivity
        self.attenuationDecibels = attenuationDecibels & 0x7f
    }

    /// Nil when the value is empty.
    @inlinable public init?(at range: Range<Int>, in datagram: Span<UInt8>) {
        guard !range.isEmpty else { return nil }
        let byte = datagram[range.lowerBound]
        self.init(hasVoiceActivity: byte & 0x80 != 0, attenuationDecibels: byte)
    }

    @inlinable public var rawValue: UInt8 { (hasVoiceActivity ? 0x80 : 0) | attenuationDecibels }
}

/// Seconds as 6.18 fixed point, modulo 64 (abs-send-time, www.webrtc.org/experiments/rtp-hdrext/abs-send-time).
public struct AbsoluteSendTime: Hashable, Sendable {
    public var rawValue: UInt32

    @inlinable public init(rawValue: UInt32) { self.rawValue = rawValue & 0xff_ffff }

    @inlinable public init(at now: MonotonicTime) {
        let nanoseconds = UInt64(bitPattern: now.nanoseconds) % 64_000_000_000
        self.init(rawValue: UInt32(truncatingIfNeeded: (nanoseconds << 18) / 1_000_000_000))
    }

    /// Nil when the value is not three bytes long.
    @inlinable public init?(at range: Range<Int>, in datagram: Span<UInt8>) {
        guard range.count == 3 else { return nil }
        self.init(rawValue: datagram.uint24(at: range.lowerBound))
    }
}

/// Rotation and mirroring of a camera picture (3GPP TS 26.114 section 7.4.5).
public struct VideoOrientation: Hashable, Sendable {
    public var rawValue: UInt8

    @inlinable public init(rawValue: UInt8) { self.rawValue = rawValue }

    /// Nil when the value is empty.
    @inlinable public init?(at range: Range<Int>, in datagram: Span<UInt8>) {
        guard !range.isEmpty else { return nil }
        rawValue = datagram[range.lowerBound]
    }

    /// Clockwise rotation that the receiver applies: 0, 90, 180 or 270.
    @inlinable public var rotationDegrees: Int { Int(rawValue & 3) * 90 }
    @inlinable public var isFlipped: Bool { rawValue & 4 != 0 }
    @inlinable public var isBackCamera: Bool { rawValue & 8 != 0 }
}

/// Bounds of the receiver's playout delay in units of 10 ms
/// (www.webrtc.org/experiments/rtp-hdrext/playout-delay).
public struct PlayoutDelay: Hashable, Sendable {
    /// 12 bits each.
    public var minimumTensOfMilliseconds: UInt16
    public var maximumTensOfMilliseconds: UInt16

    @inlinable public init(minimumTensOfMilliseconds: UInt16, maximumTensOfMilliseconds: UInt16) {
        self.minimumTensOfMilliseconds = min(minimumTensOfMilliseconds, 0xfff)
        self.maximumTensOfMilliseconds = min(maximumTensOfMilliseconds, 0xfff)
    }

    /// Nil when the value is not three bytes long.
    @inlinable public init?(at range: Range<Int>, in datagram: Span<UInt8>) {
        guard range.count == 3 else { return nil }
        let value = datagram.uint24(at: range.lowerBound)
        self.init(
            minimumTensOfMilliseconds: UInt16(value >> 12), maximumTensOfMilliseconds: UInt16(value & 0xfff))
    }

    @inlinable public var rawValue: UInt32 {
        UInt32(minimumTensOfMilliseconds) << 12 | UInt32(maximumTensOfMilliseconds)
    }
}

/// When the first packet of a frame was captured, by the capturer's NTP clock, with the offset of that clock where the
/// sender knows it (www.webrtc.org/experiments/rtp-hdrext/abs-capture-time).
public struct AbsoluteCaptureTime: Hashable, Sendable {
    public var captureTime: NTPTime
    /// Signed 32.32 fixed-point seconds.
    public var clockOffset: Int64?

    @inlinable public init(captureTime: NTPTime, clockOffset: Int64? = nil) {
        self.captureTime = captureTime
        self.clockOffset = clockOffset
    }

    /// Nil when the value is neither 8 nor 16 bytes long.
    @inlinable public init?(at range: Range<Int>, in datagram: Span<UInt8>) {
        guard range.count == 8 || range.count == 16 else { return nil }
        captureTime = NTPTime(rawValue: datagram.uint64(at: range.lowerBound))
        clockOffset = range.count == 16 ? Int64(bitPattern: datagram.uint64(at: range.lowerBound + 8)) : nil
    }
}

/// The two-byte number that counts packets over all streams of a transport
/// (draft-holmer-rmcat-transport-wide-cc-extensions-01 section 2). Version 2 of the extension has two more bytes, which
/// do not matter here.
public enum TransportSequenceNumber {
    /// Nil when the value is neither two nor four bytes long.
    @inlinable public static func value(at range: Range<Int>, in datagram: Span<UInt8>) -> UInt16? {
        guard range.count == 2 || range.count == 4 else { return nil }
        return datagram.uint16(at: range.lowerBound)
    }
}
