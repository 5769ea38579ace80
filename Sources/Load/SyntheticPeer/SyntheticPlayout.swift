// A jitter buffer without sound: which frames would have been there when their time came.

public import Basics

/// Plays frames of 20 ms at the pace of their timestamps, so far behind the fastest arrival as the latest one of the last
/// seconds asks for. A frame that is not there at its time is concealed. Allocates nothing.
public struct SyntheticPlayout: Sendable {
    /// Least and longest delay behind the fastest arrival.
    public static let least = Interval.milliseconds(100)
    public static let longest = Interval.milliseconds(200)
    private static let memory: Int64 = 128
    private static let frame = Interval.milliseconds(20)
    /// Frames that the delay is chosen by: the last 5 s.
    private static let history = 256

    /// Arrival of each frame by its number, `zero` where it has not come, and its time on the media clock.
    private var arrivals = InlineArray<128, MonotonicTime>(repeating: .zero)
    private var times = InlineArray<128, Int64>(repeating: .min)
    private var numbers = InlineArray<128, Int64>(repeating: -1)
    /// The next frame to play; nil before the first arrival.
    private var next: Int64?
    private var nextTime: Int64 = 0
    private var newest: Int64 = -1
    /// The fastest arrival, less its time on the media clock.
    private var base = Int64.max
    /// How late the last frames came, in steps of 10 ms.
    private var lateness = InlineArray<256, UInt8>(repeating: 0)
    private var counts = InlineArray<64, Int>(repeating: 0)
    private var noted = 0

    public private(set) var target = Self.least
    public private(set) var played = 0
    public private(set) var concealed = 0

    public init() {}

    /// Concealed frames among all whose time has come.
    public var concealedShare: Double {
        played + concealed > 0 ? Double(concealed) / Double(played + concealed) : 0
    }

    /// A frame has come.
    ///
    /// - Parameters:
    ///   - number: counts frames
    ///   - mediaTime: nanoseconds on the clock of the timestamps
    ///   - isPrimary: came as a packet of its own, not in front of a later one
    public mutating func note(number: Int64, mediaTime: Int64, isPrimary: Bool, at now: MonotonicTime) {
        advance(to: now)
        if next == nil {
            guard isPrimary else { return }
            next = number
            nextTime = mediaTime
        }
        guard let next, number < next + Self.memory else { return }
        if isPrimary { base = min(base, now.nanoseconds - mediaTime) }
        guard number >= next else {
            // It could have been played, had the delay been longer.
            if numbers[slot(number)] == number, arrivals[slot(number)] == .zero {
                arrivals[slot(number)] = now
                remember(now.nanoseconds - base - mediaTime)
            }
            return
        }
        newest = max(newest, number)
        guard numbers[slot(number)] != number else { return }
        numbers[slot(number)] = number
        times[slot(number)] = mediaTime
        arrivals[slot(number)] = now
        remember(now.nanoseconds - base - mediaTime)
    }

    /// Plays what is due.
    public mutating func advance(to now: MonotonicTime) {
        while let number = next, number <= newest {
            let isKnown = numbers[slot(number)] == number
            let time = isKnown ? times[slot(number)] : nextTime
            guard base + time + target.nanoseconds <= now.nanoseconds else { return }
            if isKnown {
                played += 1
            } else {
                concealed += 1
                numbers[slot(number)] = number
                arrivals[slot(number)] = .zero
            }
            nextTime = time + Self.frame.nanoseconds
            next = number + 1
        }
    }

    private func slot(_ number: Int64) -> Int { Int(number & (Self.memory - 1)) }

    private mutating func remember(_ nanoseconds: Int64) {
        let step = Int(min(max(nanoseconds, 0) / 10_000_000, 63))
        let place = noted % Self.history
        if noted >= Self.history { counts[Int(lateness[place])] -= 1 }
        lateness[place] = UInt8(step)
        counts[step] += 1
        noted += 1
        var wanted = 63
        while wanted > 0, counts[wanted] == 0 { wanted -= 1 }
        let delay = Interval.milliseconds((wanted + 1) * 10)
        target = min(max(delay, Self.least), Self.longest)
    }
}
