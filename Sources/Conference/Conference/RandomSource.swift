// Randomness as a value: the system's in production, seeded in tests.

public import Basics

/// For names, ICE secrets and sources.
public enum RandomSource: RandomNumberGenerator, Sendable {
    case system
    case seeded(SeededRandom)

    public mutating func next() -> UInt64 {
        switch self {
        case .system:
            var generator = SystemRandomNumberGenerator()
            return generator.next()
        case .seeded(var generator):
            let value = generator.next()
            self = .seeded(generator)
            return value
        }
    }
}
