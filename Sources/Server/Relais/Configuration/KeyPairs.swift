// API keys and their secrets, from wherever they are given.

import Foundation
import LiveKitProtocol
import Yams

enum KeyPairs {
    typealias Pair = (key: String, secret: String)

    /// The pair of --dev. Everybody knows it: good for one machine and no more.
    static let development: Pair = ("devkey", "relais-development-secret-of-32-bytes-and-more")

    /// `key: secret` items, as YAML writes them and as `LIVEKIT_KEYS` holds them, one a line or item.
    static func parse(_ items: [String], place: String) throws(ConfigurationError) -> [Pair] {
        var pairs: [Pair] = []
        for item in items.flatMap({ $0.split(whereSeparator: \.isNewline) }) {
            let text = item.trimmingCharacters(in: .whitespaces)
            guard !text.isEmpty else { continue }
            guard let colon = text.firstIndex(of: ":") else {
                throw ConfigurationError("\(place) must hold pairs like `key: secret`.")
            }
            pairs.append(
                (
                    text[..<colon].trimmingCharacters(in: .whitespaces),
                    text[text.index(after: colon)...].trimmingCharacters(in: .whitespaces)
                ))
        }
        return pairs
    }

    /// A file of nothing but keys: YAML, `key: secret` in each line.
    static func read(file path: String) throws(ConfigurationError) -> (pairs: [Pair], warnings: [String]) {
        guard let data = FileManager.default.contents(atPath: path), let text = String(data: data, encoding: .utf8)
        else { throw ConfigurationError("The key file \(path) cannot be read: check that it is there.") }
        let pairs = (try? Yams.compose(yaml: text))?.mapping?.map { name, secret -> Pair? in
            guard let name = name.scalar?.string, let secret = secret.scalar?.string else { return nil }
            return (name, secret)
        }
        guard let pairs, !pairs.contains(where: { $0 == nil }) else {
            throw ConfigurationError("The key file \(path) must hold pairs like `key: secret`.")
        }
        let permissions = (try? FileManager.default.attributesOfItem(atPath: path))?[.posixPermissions] as? Int
        let isOpen = (permissions ?? 0) & 0o007 != 0
        return (
            pairs.compactMap { $0 },
            isOpen ? ["The key file \(path) can be read by every user of this machine: chmod 600 helps."] : []
        )
    }

    /// A new pair: 12 letters and digits, and 32 random bytes.
    static func generate() -> Pair {
        var generator = SystemRandomNumberGenerator()
        let alphabet = Array("ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz23456789")
        let name = String((0..<12).map { _ in alphabet.randomElement(using: &generator)! })
        let secret = Data((0..<32).map { _ in UInt8.random(in: .min ... .max, using: &generator) })
        // Unreserved in YAML, shells and URLs alike.
        let text = secret.base64EncodedString().replacing("+", with: "-").replacing("/", with: "_")
            .replacing("=", with: "")
        return ("API" + name, text)
    }
}
