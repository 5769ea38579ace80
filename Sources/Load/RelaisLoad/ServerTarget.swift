// Where the server is: what `--url` says.

import Basics
import Foundation

struct ServerTarget: Hashable, Sendable {
    /// Name or numeric address, without brackets.
    let host: String
    let port: Int
    /// Without a slash at the end; empty for most servers.
    let pathPrefix: String

    /// - Parameter url: `ws://host[:port][/prefix]`, `http://` is understood as well
    init(url: String) throws(LoadFailure) {
        guard let parts = URLComponents(string: url), let scheme = parts.scheme?.lowercased() else {
            throw .unusableURL(url, reason: "it must look like ws://127.0.0.1:7880")
        }
        switch scheme {
        case "ws", "http": break
        case "wss", "https": throw .unusableURL(url, reason: "TLS is not spoken here, take the server's plain port")
        default: throw .unusableURL(url, reason: "it must begin with ws://")
        }
        guard var host = parts.host, !host.isEmpty else { throw .unusableURL(url, reason: "it names no host") }
        if host.hasPrefix("["), host.hasSuffix("]") { host = String(host.dropFirst().dropLast()) }
        self.host = host
        port = parts.port ?? 80
        guard (1...65_535).contains(port) else { throw .unusableURL(url, reason: "its port is out of range") }
        var path = parts.path
        while path.hasSuffix("/") { path.removeLast() }
        pathPrefix = path
    }

    /// The name or address means this machine, whatever a resolver says.
    var isLoopback: Bool {
        if host.lowercased() == "localhost" { return true }
        return SocketAddress(host: host, port: 0)?.isLoopback ?? false
    }

    var url: String { "ws://\(hostInURL):\(port)\(pathPrefix)" }
    var hostInURL: String { host.contains(":") ? "[\(host)]" : host }
}
