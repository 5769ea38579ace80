// Names of rooms, participants and tracks as clients see them. Clients abort on a wrong prefix, so the types carry it.

/// What a name is for.
public protocol IdentifierKind {
    /// What every name of the kind begins with.
    static var prefix: String { get }
}

/// A server-made name: a prefix and what makes it unique.
public struct PrefixedIdentifier<Kind: IdentifierKind>: Hashable, Sendable, CustomStringConvertible {
    public static var prefix: String { Kind.prefix }
    public let rawValue: String

    /// Nil for text that no name of this kind can be.
    public init?(_ rawValue: String) {
        guard rawValue.hasPrefix(Kind.prefix), rawValue.utf8.count <= ConferenceLimits.sidBytes else { return nil }
        self.rawValue = rawValue
    }

    /// A new name. `label` stands after the prefix, for people who read logs.
    fileprivate init(label: String, random generator: inout some RandomNumberGenerator) {
        rawValue = Kind.prefix + label + randomToken(using: &generator)
    }

    public var description: String { rawValue }
}

public enum RoomIdentifierKind: IdentifierKind { public static let prefix = "RM_" }
public enum ParticipantIdentifierKind: IdentifierKind { public static let prefix = "PA_" }
public enum TrackIdentifierKind: IdentifierKind { public static let prefix = "TR_" }

/// Name of a room's life, `RM_…`.
public typealias RoomSID = PrefixedIdentifier<RoomIdentifierKind>
/// Name of one participant's session, `PA_…`.
public typealias ParticipantSID = PrefixedIdentifier<ParticipantIdentifierKind>
/// Name of a published track, `TR_` + `A`/`V` + one letter of the source.
public typealias TrackSID = PrefixedIdentifier<TrackIdentifierKind>

extension RoomSID {
    public init(random generator: inout some RandomNumberGenerator) { self.init(label: "", random: &generator) }
}

extension ParticipantSID {
    public init(random generator: inout some RandomNumberGenerator) { self.init(label: "", random: &generator) }
}

extension TrackSID {
    public init(kind: TrackKind, source: TrackSource, random generator: inout some RandomNumberGenerator) {
        let letter =
            switch source {
            case .camera: "C"
            case .microphone: "M"
            case .screenShare: "S"
            case .screenShareAudio: "s"
            case .unknown: "U"
            }
        self.init(label: (kind == .audio ? "A" : "V") + letter, random: &generator)
    }
}

/// 12 letters and digits, 71 bits.
func randomToken(using generator: inout some RandomNumberGenerator) -> String {
    let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz23456789")
    return String((0..<12).map { _ in alphabet[Int.random(in: 0..<alphabet.count, using: &generator)] })
}
