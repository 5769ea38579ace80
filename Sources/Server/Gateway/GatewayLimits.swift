// Bounds of the HTTP and WebSocket doors, each with its reason.

import LiveKitProtocol

/// What a connection may take of the server before anything of it is trusted, and while it lasts.
public enum GatewayLimits {
    /// A connection may be silent so long before its first request, and take so long for the head of one.
    public static let headSeconds: Int64 = 10
    /// Bodies are at most `bodyBytes`: a modem sends that in a second.
    public static let bodySeconds: Int64 = 10
    /// Kept open between two requests: a page loads its modules within that.
    public static let idleSeconds: Int64 = 60
    /// An answer is made at once; what takes longer waits for a client that does not read.
    public static let responseSeconds: Int64 = 60
    /// What is under way when the server stops may last so long; then its connection is cut.
    public static let shutdownSeconds: Int64 = 3
    /// The bodies that we read hold a name and an identity.
    public static let bodyBytes = 16_384
    /// Path and query: a join request of 20 kB, a token with full metadata, and room for both to grow.
    public static let requestTargetBytes = 65_536
    /// A whole head: the longest target, headers, and what one read may bring beyond it.
    public static let headBytes = 163_840
    /// Sockets at once; a process has 65,536 descriptors on most systems, and media needs few.
    public static let connections = 30_000

    /// The largest signaling message, in one frame or in several.
    public static let messageBytes = WireLimits.signalMessageBytes
    /// Browsers cut large messages into frames of 64 to 128 kB.
    public static let framesPerMessage = 256
    /// A client that joins a room of 150 sends some 400 messages within a second, then a handful.
    public static let messageBurst = 1_000
    public static let messagesPerSecond = 100
    /// The same client's offers in bytes: at 600 sections each has over a megabyte, and a burst of joins brings a dozen.
    public static let signalBytesBurst = 16_000_000
    /// An offer of that size each second: nobody renegotiates faster for long.
    public static let signalBytesPerSecond = 2_000_000
    /// Messages that nothing can read: a newer client may send a few, a broken one sends nothing else.
    public static let malformedMessages = 8

    /// How often the server pings, as proxies that cut silent connections expect.
    public static let pingSeconds: Int64 = 10
    /// Three pings without any sign of life.
    public static let silenceSeconds: Int64 = 30
    /// A client that reads nothing so long has taken itself for disconnected already (`ping_timeout`).
    public static let stallSeconds: Int64 = 15
    /// After our close frame the client has so long for its own.
    public static let closeMilliseconds: Int64 = 500
    /// A close frame holds 125 bytes, two of them the code (RFC 6455 section 5.5).
    public static let closeReasonBytes = 123
}
