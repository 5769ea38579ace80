// What a path leads to. A proxy may leave its prefix on the path, so every route is looked for at the path's end.

/// The two forms of the LiveKit signaling endpoint.
enum SignalVersion: Hashable, Sendable {
    /// `/rtc`: two PeerConnections, the join is spelled out in the query.
    case v0
    /// `/rtc/v1`: one PeerConnection, the query holds a `join_request`.
    case v1
}

enum Route: Hashable, Sendable {
    case signal(SignalVersion)
    case validate(SignalVersion)
    case guestToken(room: String)
    case health
    /// A file of the web client, by its path without a leading slash; empty for the page itself.
    case file(String)

    init(_ target: RequestTarget) {
        let segments = target.segments
        switch (segments.suffix(3).first, segments.suffix(2).first, segments.last) {
        case ("rtc", "v1", "validate"): self = .validate(.v1)
        case (_, "rtc", "validate"): self = .validate(.v0)
        case (_, "rtc", "v1"): self = .signal(.v1)
        case (_, _, "rtc"): self = .signal(.v0)
        case (_, _, "healthz"): self = .health
        case (_, let room?, "tokens"):
            let before = segments.dropLast(2).suffix(3)
            self = before.elementsEqual(["api", "v1", "rooms"]) ? .guestToken(room: room) : Self.file(target)
        default: self = Self.file(target)
        }
    }

    private static func file(_ target: RequestTarget) -> Route {
        .file(target.endsWithSlash ? "" : target.segments.last ?? "")
    }
}
