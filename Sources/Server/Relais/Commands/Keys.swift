// `relais keys`: a new API key and its secret.

import ArgumentParser

struct Keys: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Prints a new API key and secret, as the configuration file wants them.",
        aliases: ["generate-keys"])

    func run() {
        let pair = KeyPairs.generate()
        print("keys:\n  \(pair.key): \(pair.secret)")
    }
}
