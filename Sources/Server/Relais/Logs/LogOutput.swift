// Where log lines go: standard error, for people or for machines.

import Foundation
import Logging
import Synchronization

enum LogOutput {
    static let timestamp = Date.ISO8601FormatStyle(includingFractionalSeconds: true)

    /// Once, before the first logger is made.
    static func start(level: Logger.Level, asJSON: Bool) {
        LoggingSystem.bootstrap { label in
            var handler: any LogHandler = asJSON ? JSONLogHandler(label: label) : TextLogHandler()
            handler.logLevel = level
            return handler
        }
    }
}

/// One line for people: time, level, message, and the metadata behind it.
struct TextLogHandler: LogHandler {
    var logLevel = Logger.Level.info
    var metadata: Logger.Metadata = [:]
    var write: @Sendable (String) -> Void = { line in
        FileHandle.standardError.write(Data(line.utf8))
    }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        let fields = metadata.merging(event.metadata ?? [:], uniquingKeysWith: { $1 })
            .map { (key: $0.key, value: "\($0.value)") }.sorted { $0.key < $1.key }
            .map { " \($0.key)=\(Self.quoted($0.value))" }.joined()
        let message = Self.onOneLine("\(event.message)")
        write("\(Date().formatted(LogOutput.timestamp)) \(event.level.rawValue): \(message)\(fields)\n")
    }

    /// What others have a say in (names of rooms and people) cannot begin a line of its own.
    private static func onOneLine(_ text: String) -> String {
        text.unicodeScalars.map { $0.properties.generalCategory == .control ? " " : String($0) }.joined()
    }

    private static func quoted(_ value: String) -> String {
        let value = onOneLine(value)
        guard value.isEmpty || value.contains(where: { $0 == " " || $0 == "\"" }) else { return value }
        return "\"\(value.replacing("\"", with: "\\\""))\""
    }
}

/// One JSON object a line: time, level, logger, message, and the metadata beside them.
struct JSONLogHandler: LogHandler {
    let label: String
    var logLevel = Logger.Level.info
    var metadata: Logger.Metadata = [:]
    var write: @Sendable (String) -> Void = { line in
        FileHandle.standardError.write(Data(line.utf8))
    }

    init(label: String) { self.label = label }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        var fields: [String: String] = [:]
        for (key, value) in metadata.merging(event.metadata ?? [:], uniquingKeysWith: { $1 }) {
            fields[key] = "\(value)"
        }
        fields["time"] = Date().formatted(LogOutput.timestamp)
        fields["level"] = event.level.rawValue
        fields["logger"] = label
        fields["message"] = "\(event.message)"
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        guard let line = try? encoder.encode(fields) else { return }
        write(String(decoding: line, as: UTF8.self) + "\n")
    }
}
