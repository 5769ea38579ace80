// Reads single settings out of all sources and says, of a wrong value, where it stands and what it should be.

import Configuration
import Synchronization

/// The sources of settings, the strongest first, and typed access to them.
struct SettingReader {
    private let reader: ConfigReader
    private let origin = ValueOrigin()

    init(_ providers: [any ConfigProvider]) {
        reader = ConfigReader(providers: providers, accessReporter: origin)
    }

    func text(_ key: String) -> String? {
        reader.string(forKey: ConfigKey(key)).flatMap { $0.isEmpty ? nil : $0 }
    }

    /// Without empty items.
    func list(_ key: String, isSecret: Bool = false) -> [String]? {
        reader.stringArray(forKey: ConfigKey(key), isSecret: isSecret)?.filter { !$0.isEmpty }
    }

    func number<Number: FixedWidthInteger>(_ key: String, _ range: ClosedRange<Number>) throws(ConfigurationError)
        -> Number?
    {
        guard let text = text(key) else { return nil }
        guard let number = Number(text), range.contains(number) else {
            throw wrong(key, text, "it must be a number from \(range.lowerBound) to \(range.upperBound)")
        }
        return number
    }

    func flag(_ key: String) throws(ConfigurationError) -> Bool? {
        guard let text = text(key) else { return nil }
        switch text.lowercased() {
        case "true", "yes", "on", "1": return true
        case "false", "no", "off", "0": return false
        default: throw wrong(key, text, "it must be true or false")
        }
    }

    /// Call right after reading `key`.
    func wrong(_ key: String, _ value: String, _ demand: String) -> ConfigurationError {
        ConfigurationError("\(place(of: key)) is \"\(value.prefix(80))\": \(demand).")
    }

    /// Where the value of `key`, which was read last, stands.
    func place(of key: String) -> String {
        let provider = origin.lastProvider
        if provider.contains(Sources.environmentName), let setting = Setting.all.first(where: { $0.key == key }) {
            return "The environment variable \(setting.environmentName)"
        }
        if provider == "InMemoryProvider[\(Sources.optionsName)]",
            let option = Setting.all.first(where: { $0.key == key })?.option
        {
            return "The option --\(option)"
        }
        let file = provider.hasPrefix("InMemoryProvider[") ? provider.dropFirst(17).dropLast() : provider[...]
        return "`\(key)` in \(file)"
    }
}

/// Remembers which source gave the last value.
private final class ValueOrigin: AccessReporter {
    private let state = Mutex("")
    var lastProvider: String { state.withLock { $0 } }

    func report(_ event: AccessEvent) {
        for result in event.providerResults {
            guard case .success(let lookup) = result.result, lookup.value != nil else { continue }
            return state.withLock { $0 = result.providerName }
        }
    }
}
