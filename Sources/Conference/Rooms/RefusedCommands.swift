// Commands that the media thread had no room for. Owned by its `Room`.

internal import Basics
internal import MediaInterface

/// Keeps them in their order until the thread takes them, so that control and media plane never disagree for good. Data
/// messages are of use only now and are not kept.
struct RefusedCommands {
    /// A room of a thousand that joins at once, and that two times over.
    static let limit = 16_384
    static let retryInterval = Interval.milliseconds(50)

    enum Verdict {
        case taken
        /// Some wait: `retry` after `retryInterval`.
        case waiting
        /// Too many wait: what was submitted now is lost.
        case lost
    }

    private var waiting: [MediaCommand] = []
    private let limit: Int

    init(limit: Int = RefusedCommands.limit) { self.limit = limit }

    var isEmpty: Bool { waiting.isEmpty }

    /// Submits commands behind those that wait.
    mutating func submit(_ commands: [MediaCommand], to port: some MediaPort) -> Verdict {
        if waiting.isEmpty, port.submit(commands) { return .taken }
        let kept = commands.filter { if case .sendData = $0 { false } else { true } }
        guard waiting.count + kept.count <= limit else { return .lost }
        waiting += kept
        return retry(to: port) ? .taken : .waiting
    }

    /// True when nothing waits any more.
    mutating func retry(to port: some MediaPort) -> Bool {
        guard !waiting.isEmpty else { return true }
        guard port.submit(waiting) else { return false }
        waiting = []
        return true
    }
}
