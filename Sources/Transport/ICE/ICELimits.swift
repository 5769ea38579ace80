// Bounds and times of the agents.

public import Basics

public enum ICELimits {
    /// Addresses that one peer may have validated at once: its interfaces, twice for IPv4 and IPv6.
    public static let remoteAddresses = 8
    /// Transaction identifiers remembered against replay: some seconds of checks.
    public static let rememberedTransactions = 16
    /// Without a valid check for so long nobody agrees to receive any more (RFC 7675 section 5.1).
    public static let consentLifetime = Interval.seconds(30)
    /// Remote candidates of a client.
    public static let remoteCandidates = 16
    /// Between consent checks, varied by a fifth either way (RFC 7675 section 5.1).
    public static let consentInterval = Interval.seconds(5)
    /// Between the first checks of two candidates (RFC 8445 section 14.2).
    public static let checkPacing = Interval.milliseconds(50)
    /// First retransmission; doubles each time (RFC 8489 section 6.2.1, RFC 8445 section 14.3).
    public static let retransmission = Interval.milliseconds(500)
    /// Transmissions of one check before its candidate fails.
    public static let checkAttempts = 7
    /// Enough for any message that is written here.
    public static let messageBytes = 640
}
