// Bounds of the session description parser, each with its reason.

public struct SDPLimits: Hashable, Sendable {
    /// A client that receives 300 tracks offers about 600 kB.
    public var bytes = 2_000_000
    public var lines = 100_000
    /// Lines before the first section: browsers send about ten.
    public var sessionLines = 64
    /// Lines of one section: a browser's video section has about 200, with every network's candidates 300.
    public var linesPerSection = 1_024
    public var sections = 1_200
    /// Longest line: an identity assertion would be longer, but nobody sends one.
    public var lineBytes = 16_384
    /// Candidates kept of one section; more are ignored.
    public var candidatesPerSection = 64
    public var extensionsPerSection = 64
    public var ridsPerSection = 16
    public var sourcesPerSection = 64
    public init() {}
}

public enum SDPError: Error, Hashable, Sendable {
    case tooLong(SDPLimit)
    /// `line` counts from 1.
    case malformed(line: Int, reason: String)
}

/// Which bound a description broke.
public enum SDPLimit: Hashable, Sendable {
    case bytes, lines, lineLength, sections, sessionLines, linesPerSection, extensions, rids, sources
}
