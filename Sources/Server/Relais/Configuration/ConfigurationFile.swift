// The YAML file: its known keys become a provider of values, all others are named.

import Configuration
import Yams

/// Keys and values of one YAML text.
struct ConfigurationFile {
    private(set) var values: [AbsoluteConfigKey: ConfigValue] = [:]
    let name: String
    private let settings: [Setting]

    /// - Parameters:
    ///   - name: What to call the text in sentences, mostly the file's path.
    ///   - settings: What is read of it.
    ///   - warnings: Gets a sentence for every key without effect.
    init(
        yaml: String, name: String, of settings: [Setting] = Setting.all, _ warnings: inout [String]
    ) throws(ConfigurationError) {
        self.name = name
        self.settings = settings
        let node: Node?
        do {
            node = try Yams.compose(yaml: yaml)
        } catch {
            throw ConfigurationError("\(name) is not valid YAML: \(Self.sentence(error)).")
        }
        guard let node, !Self.isNull(node) else { return }
        guard let root = node.mapping else {
            throw ConfigurationError("\(name) must hold keys and values, like `port: 7880`.")
        }
        try read(root, at: [], &warnings)
    }

    var provider: InMemoryProvider { InMemoryProvider(name: name, values: values) }

    private mutating func read(
        _ mapping: Node.Mapping, at path: [String], _ warnings: inout [String]
    ) throws(ConfigurationError) {
        for (keyNode, value) in mapping {
            guard let word = keyNode.scalar?.string else {
                throw ConfigurationError("\(name) has a key that is no word, in \(path.joined(separator: ".")).")
            }
            let path = path + [word]
            let key = path.joined(separator: ".")
            if let setting = settings.first(where: { $0.path == path }) {
                if !Self.isNull(value) { try add(value, to: setting) }
            } else if Setting.foreign.contains(key) {
                warnings.append("\(name): `\(key)` has no effect: Relais does not know it, or not yet.")
            } else if settings.contains(where: { $0.path.starts(with: path) }) {
                if Self.isNull(value) { continue }
                guard let section = value.mapping else {
                    throw ConfigurationError("\(name): `\(key)` must be a section with keys below it.")
                }
                try read(section, at: path, &warnings)
            } else {
                let hint = Setting.nearest(to: key).map { " Did you mean `\($0)`?" } ?? ""
                warnings.append("\(name): the key `\(key)` is unknown and has no effect.\(hint)")
            }
        }
    }

    private mutating func add(_ node: Node, to setting: Setting) throws(ConfigurationError) {
        let wrongShape: String
        switch setting.kind {
        case .text:
            wrongShape = "one value"
            if let text = node.scalar?.string { return set(setting, .string(text)) }
        case .list:
            wrongShape = "a list of values"
            if let text = node.scalar?.string { return set(setting, .stringArray([text])) }
            if let items = node.sequence?.map({ $0.scalar?.string }), !items.contains(nil) {
                return set(setting, .stringArray(items.compactMap { $0 }))
            }
        case .listOfSections(let entry):
            wrongShape = "a list of sections with `\(entry)`"
            if let items = node.sequence?.map({ $0.scalar?.string ?? $0.mapping?[entry]?.scalar?.string }),
                !items.contains(nil)
            {
                return set(setting, .stringArray(items.compactMap { $0 }))
            }
        case .pairs:
            wrongShape = "a section of names and values"
            let pairs = node.mapping?.map { name, value -> String? in
                guard let name = name.scalar?.string, let value = value.scalar?.string else { return nil }
                return "\(name): \(value)"
            }
            if let pairs, !pairs.contains(nil) { return set(setting, .stringArray(pairs.compactMap { $0 })) }
        }
        throw ConfigurationError("\(name): `\(setting.key)` must be \(wrongShape).")
    }

    private mutating func set(_ setting: Setting, _ content: ConfigContent) {
        values[AbsoluteConfigKey(setting.path)] = ConfigValue(content, isSecret: setting.kind == .pairs)
    }

    private static func isNull(_ node: Node) -> Bool {
        guard let scalar = node.scalar, scalar.style == .plain else { return false }
        return ["", "~", "null", "Null", "NULL"].contains(scalar.string)
    }

    /// Line, column and problem, without the excerpt, which may show a secret.
    private static func sentence(_ error: any Error) -> String {
        switch error as? YamlError {
        case .scanner(_, let problem, let mark, _), .parser(_, let problem, let mark, _),
            .composer(_, let problem, let mark, _):
            "line \(mark.line), column \(mark.column): \(problem)"
        case .reader(let problem, _, _, _): problem
        case .duplicatedKeysInMapping(let duplicates, _):
            "the key \(duplicates.joined(separator: ", ")) stands there twice"
        default: "it cannot be read"
        }
    }
}
