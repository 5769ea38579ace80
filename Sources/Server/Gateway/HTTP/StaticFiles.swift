// The files of the web client: small, all in memory, revalidated by entity tag (RFC 9110 section 8.8.3).

import Basics
import HTTPTypes
import HummingbirdCore
import NIOCore

/// A file to serve as it is.
public struct StaticFile: Sendable {
    public let name: String
    public let bytes: [UInt8]
    public init(name: String, bytes: [UInt8]) {
        self.name = name
        self.bytes = bytes
    }
}

struct StaticFiles: Sendable {
    private struct Entry {
        let body: ByteBuffer
        let headers: HTTPFields
        let tag: String
    }
    private let entries: [String: Entry]
    static let index = "index.html"

    init(_ files: [StaticFile]) {
        var entries: [String: Entry] = [:]
        for file in files {
            let tag = Self.entityTag(of: file.bytes)
            var headers = Self.commonHeaders
            headers[.contentType] = Self.contentType(of: file.name)
            headers[.eTag] = tag
            entries[file.name] = Entry(body: ByteBuffer(bytes: file.bytes), headers: headers, tag: tag)
        }
        self.entries = entries
    }

    /// Nil when there is no such file. `name` empty means the page.
    func response(for name: String, ifNoneMatch: String?) -> Response? {
        guard let entry = entries[name.isEmpty ? Self.index : name] else { return nil }
        if let ifNoneMatch, Self.matches(ifNoneMatch, entry.tag) {
            var headers = entry.headers
            headers[.contentType] = nil
            return Response(status: .notModified, headers: headers)
        }
        return Response(status: .ok, headers: entry.headers, body: ResponseBody(byteBuffer: entry.body))
    }

    private static func matches(_ header: String, _ tag: String) -> Bool {
        header == "*"
            || header.split(separator: ",").contains { candidate in
                // Proxies that compress weaken the tag; weak comparison is what this header asks for.
                let trimmed = candidate.drop { $0 == " " }
                return (trimmed.hasPrefix("W/") ? trimmed.dropFirst(2) : trimmed).prefix { $0 != " " } == tag
            }
    }

    private static func entityTag(of bytes: [UInt8]) -> String {
        let alphabet = Array("0123456789abcdef")
        let digest = SHA256.digest(bytes.span).prefix(12)
        return "\"" + String(digest.flatMap { [alphabet[Int($0 >> 4)], alphabet[Int($0 & 15)]] }) + "\""
    }

    private static func contentType(of name: String) -> String {
        switch name.split(separator: ".").last {
        case "html": "text/html; charset=utf-8"
        case "js", "mjs": "text/javascript; charset=utf-8"
        case "css": "text/css; charset=utf-8"
        case "json", "webmanifest": "application/json"
        case "svg": "image/svg+xml"
        case "png": "image/png"
        case "ico": "image/x-icon"
        case "woff2": "font/woff2"
        case "wasm": "application/wasm"
        case "ogg": "audio/ogg"
        case "txt": "text/plain; charset=utf-8"
        default: "application/octet-stream"
        }
    }

    /// Nothing but what this server serves, and WebSockets: a script that slipped in could load and send nothing.
    private static let commonHeaders: HTTPFields = [
        // Names carry no version: always ask, mostly get "not modified".
        .cacheControl: "no-cache",
        .contentSecurityPolicy: """
        default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; \
        media-src 'self' blob: mediastream:; font-src 'self'; worker-src 'self' blob:; manifest-src 'self'; \
        connect-src 'self' ws: wss:; base-uri 'none'; form-action 'none'; frame-ancestors 'self'
        """,
        .xContentTypeOptions: "nosniff",
        HTTPField.Name("Referrer-Policy")!: "no-referrer",
        HTTPField.Name("Permissions-Policy")!: "camera=(self), microphone=(self), display-capture=(self)",
    ]
}
