// Where settings come from, the strongest first: options, environment, configuration text, file, what --dev implies.

import Configuration
import Foundation

/// What a start is given, before anything of it is read.
struct Sources: Sendable {
    static let optionsName = "options"
    static let environmentName = "EnvironmentVariablesProvider"

    /// Setting's key to text; lists are separated by commas.
    var options: [String: String] = [:]
    var environment: [String: String] = [:]
    /// Path of the YAML file, if one was named.
    var file: String?
    var isDevelopment = false
    /// The settings that matter; of others in the file not even the shape is looked at.
    var settings = Setting.all

    /// Reads all sources.
    /// - Parameter warnings: Gets sentences about what is unknown in them, also when this throws.
    func open(_ warnings: inout [String]) throws(ConfigurationError) -> SettingReader {
        warnings += environmentWarnings
        var files: [ConfigurationFile] = []
        if let body = environment["LIVEKIT_CONFIG"], !body.isEmpty {
            files.append(try ConfigurationFile(yaml: body, name: "LIVEKIT_CONFIG", of: settings, &warnings))
        }
        if let path = file ?? environment["RELAIS_CONFIG"] {
            guard let data = FileManager.default.contents(atPath: path) else {
                throw ConfigurationError("The configuration file \(path) cannot be read: check that it is there.")
            }
            guard let text = String(data: data, encoding: .utf8) else {
                throw ConfigurationError("The configuration file \(path) is not UTF-8 text.")
            }
            files.append(try ConfigurationFile(yaml: text, name: path, of: settings, &warnings))
        }

        var providers: [any ConfigProvider] = [memory(options, name: Self.optionsName), environmentProvider]
        if let keys = environment["LIVEKIT_KEYS"], !keys.isEmpty {
            providers.append(memory(["keys": keys], name: "LIVEKIT_KEYS"))
        }
        providers += files.map(\.provider)
        let stated = SettingReader(providers)
        let isStated = try stated.flag("development") ?? false
        if isDevelopment || isStated {
            providers.append(memory(Self.development, name: "--dev"))
            return SettingReader(providers)
        }
        return stated
    }

    /// What --dev sets unless something else does: reachable from this machine only, and open to whoever sits at it.
    private static let development = [
        "development": "true",
        "bind_addresses": "127.0.0.1, ::1",
        "rtc.enable_loopback_candidate": "true",
        "web.guest_tokens": "true",
    ]

    private var environmentProvider: any ConfigProvider {
        EnvironmentVariablesProvider(
            environmentVariables: environment, secretsSpecifier: .specific(["RELAIS_KEYS"])
        ).prefixKeys(with: "relais")
    }

    private func memory(_ texts: [String: String], name: String) -> InMemoryProvider {
        var values: [AbsoluteConfigKey: ConfigValue] = [:]
        for setting in Setting.all {
            guard let text = texts[setting.key] else { continue }
            let content: ConfigContent =
                setting.kind == .text
                ? .string(text)
                : .stringArray(text.split(separator: ",").map { $0.trimmingCharacters(in: .whitespaces) })
            values[AbsoluteConfigKey(setting.path)] = ConfigValue(content, isSecret: setting.kind == .pairs)
        }
        return InMemoryProvider(name: name, values: values)
    }

    private var environmentWarnings: [String] {
        let known = Set(Setting.all.map(\.environmentName)).union(["RELAIS_CONFIG"])
        return environment.keys.filter { $0.hasPrefix("RELAIS_") && !known.contains($0) }.sorted().map { name in
            let nearest = known.min { Setting.editDistance($0, name) < Setting.editDistance($1, name) }
            let hint = nearest.flatMap { Setting.editDistance($0, name) <= 3 ? " Did you mean \($0)?" : nil } ?? ""
            return "The environment variable \(name) is unknown and has no effect.\(hint)"
        }
    }
}
