// Names of rooms, participants and tracks as clients see them. Clients abort on a wrong prefix, so the types carry it.

/// Server-made name of a room's life, `RM_…`.
public struct RoomSID: Hashable, Sendable, CustomStringConvertible {
    public static let prefix = "RM_"
    public let rawValue: String
    public init?(_ rawValue: String) {
        guard rawValue.hasPrefix(Self.prefix), rawValue.utf8.count <= ConferenceLimits.sidBytes else { return nil }
        self.rawValue = rawValue
    }
    public init(random generator: inout some RandomNumberGenerator) {
        rawValue = Self.prefix + randomToken(using: &generator)
    }
    public var description: String { rawValue }
}

/// Server-made name of one participant's session, `PA_…`.
public struct ParticipantSID: Hashable, Sendable, CustomStringConvertible {
    public static let prefix = "PA_"
    public let rawValue: String
    public init?(_ rawValue: String) {
        guard rawValue.hasPrefix(Self.prefix), rawValue.utf8.count <= ConferenceLimits.sidBytes else { return nil }
        self.rawValue = rawValue
    }
    public init(random generator: inout some RandomNumberGenerator) {
        rawValue = Self.prefix + randomToken(using: &generator)
    }
    public var description: String { rawValue }
}

/// Server-made name of a published track, `TR_` + `A`/`V` + one letter of the source.
public struct TrackSID: Hashable, Sendable, CustomStringConvertible {
    public static let prefix = "TR_"
    public let rawValue: String
    public init?(_ rawValue: String) {
        guard rawValue.hasPrefix(Self.prefix), rawValue.utf8.count <= ConferenceLimits.sidBytes else { return nil }
        self.rawValue = rawValue
    }
    public init(kind: TrackKind, source: TrackSource, random generator: inout some RandomNumberGenerator) {
        let letter =
            switch source {
            case .camera: "C"
            case .microphone: "M"
            case .screenShare: "S"
            case .screenShareAudio: "s"
            case .unknown: "U"
            }
        rawValue = Self.prefix + (kind == .audio ? "A" : "V") + letter + randomToken(using: &generator)
    }
    public var description: String { rawValue }
}

/// 12 letters and digits, 71 bits.
func randomToken(using generator: inout some RandomNumberGenerator) -> String {
    let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz23456789")
    return String((0..<12).map { _ in alphabet[Int.random(in: 0..<alphabet.count, using: &generator)] })
}
