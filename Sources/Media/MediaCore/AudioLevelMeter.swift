// Loudness of a track from the audio level header extension (RFC 6464).

internal import Basics

/// The loudest moments of a track, smoothed over reports.
struct AudioLevelMeter {
    /// Sum and number of the levels since the last report, as linear amplitude.
    private var sum: Float = 0
    private var packets = 0
    private var smoothed: Float = 0
    private var lastPacket = MonotonicTime.zero

    /// - Parameter attenuationDecibels: 0 (full scale) … 127 (silence), as on the wire.
    mutating func note(attenuationDecibels: UInt8, at now: MonotonicTime) {
        sum += Self.amplitude[Int(attenuationDecibels & 127)]
        packets += 1
        lastPacket = now
    }

    /// Loudness 0…1 since the last call, smoothed; 0 below the noise floor.
    mutating func report(at now: MonotonicTime) -> Float {
        let current = packets > 0 ? sum / Float(packets) : 0
        sum = 0
        packets = 0
        // Rise at once, fall over about a second: words have pauses.
        smoothed = current > smoothed ? current : smoothed + (current - smoothed) * 0.35
        return smoothed >= Self.floor ? min(1, smoothed) : 0
    }

    /// About -50 dBov: room noise of a quiet office stays below.
    private static let floor: Float = 0.003
    /// 10^(-dB/20) without a math library.
    private static let amplitude: [Float] = {
        var table: [Float] = []
        var value: Float = 1
        for _ in 0..<128 {
            table.append(value)
            value *= 0.891_250_9
        }
        return table
    }()
}
