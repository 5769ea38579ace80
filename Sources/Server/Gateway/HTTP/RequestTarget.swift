// The request target of HTTP (RFC 9112 section 3.2): path and query.

import Foundation

/// A request target taken apart. Runs of slashes count as one: clients join base URLs and paths carelessly.
struct RequestTarget: Hashable, Sendable {
    /// Decoded parts of the path, without empty ones.
    let segments: [String]
    /// True for `/`, and for a path that names a folder.
    let endsWithSlash: Bool
    /// Decoded parameters; the first of a name counts.
    let parameters: [String: String]

    /// Nil when it is too long, does not begin with a slash or is not valid percent-encoded UTF-8.
    init?(_ text: String) {
        guard text.utf8.count <= GatewayLimits.requestTargetBytes, text.utf8.first == UInt8(ascii: "/") else {
            return nil
        }
        let parts = text.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        var segments: [String] = []
        for part in parts[0].split(separator: "/") {
            guard let segment = part.removingPercentEncoding else { return nil }
            segments.append(segment)
        }
        var parameters: [String: String] = [:]
        if parts.count == 2 {
            for pair in parts[1].split(separator: "&") {
                let sides = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
                guard let name = Self.decodeForm(sides[0]),
                    let value = Self.decodeForm(sides.count == 2 ? sides[1] : "")
                else { return nil }
                if parameters[name] == nil { parameters[name] = value }
            }
        }
        self.segments = segments
        self.parameters = parameters
        endsWithSlash = parts[0].utf8.last == UInt8(ascii: "/")
    }

    /// As HTML forms encode: a plus is a space.
    private static func decodeForm(_ text: Substring) -> String? {
        text.replacing("+", with: " ").removingPercentEncoding
    }
}
