// Bounds of what comes over the wire, each with its reason.

/// Limits of the LiveKit door; the room has its own in `ConferenceLimits`.
public enum WireLimits {
    /// A sync state carries two session descriptions, and those may have 2 MB each.
    public static let signalMessageBytes = 4_500_000
    /// The base64url text of a join request: what a browser offers for 150 publishers, compressed about tenfold.
    public static let joinRequestTextBytes = 262_144
    /// The join request after decompression, as in the reference: 1 MiB.
    public static let joinRequestBytes = 1_048_576
    /// What we announce as `a=max-message-size`.
    public static let dataPacketBytes = 65_535
    /// A candidate line with every extension has a few hundred bytes.
    public static let candidateBytes = 4_096
    /// A token carries at most a name, metadata and attributes, and travels in a request line.
    public static let tokenBytes = 32_768
    /// Attributes in a query parameter.
    public static let attributesTextBytes = 65_536
}
