// Control plane → media thread: a bounded queue that wakes its reader.

public import MediaInterface
internal import Synchronization

/// Commands that wait for one media thread. Any thread may post; one thread takes.
public final class CommandQueue: Sendable {
    public enum Verdict: Hashable, Sendable {
        case accepted
        /// Too many commands or too much payload wait; nothing was queued.
        case full
        /// The thread has ended or is about to.
        case closed
    }

    private struct State {
        var waiting: [MediaCommand] = []
        var payloadBytes = 0
        var isClosed = false
    }

    private let state = Mutex(State())
    let signal: WakeSignal
    private let limit: Int
    private let payloadLimitBytes: Int

    init(
        limit: Int = MediaLimits.queuedCommands, payloadLimitBytes: Int = RuntimeLimits.queuedCommandBytes
    ) throws(SystemFailure) {
        self.limit = limit
        self.payloadLimitBytes = payloadLimitBytes
        signal = try WakeSignal()
    }

    /// Queues one command, never waits.
    public func post(_ command: MediaCommand) -> Verdict { post([command]) }

    /// Queues all of the commands next to each other, or none.
    public func post(_ commands: [MediaCommand]) -> Verdict {
        guard !commands.isEmpty else { return .accepted }
        let bytes = commands.reduce(0) { $0 + $1.payloadBytes }
        // Data leaves room for what changes who is here.
        let limit = bytes > 0 ? limit / 2 : limit
        let (verdict, mustWake) = state.withLock { state -> (Verdict, Bool) in
            if state.isClosed { return (.closed, false) }
            guard state.waiting.count + commands.count <= limit,
                bytes == 0 || state.payloadBytes + bytes <= payloadLimitBytes
            else { return (.full, false) }
            // The reader takes everything at once, so it has to be woken for the first only.
            let wasEmpty = state.waiting.isEmpty
            state.waiting += commands
            state.payloadBytes += bytes
            return (.accepted, wasEmpty)
        }
        if mustWake { signal.raise() }
        return verdict
    }

    public var count: Int { state.withLock { $0.waiting.count } }

    /// Swaps what waits for `taken`, which must be empty and lends its memory.
    func take(into taken: inout [MediaCommand]) {
        precondition(taken.isEmpty)
        // Lowered before the queue is emptied: a post in between raises it again.
        signal.lower()
        state.withLock { state in
            swap(&state.waiting, &taken)
            state.payloadBytes = 0
        }
    }

    /// Refuses all later posts.
    func close() { state.withLock { $0.isClosed = true } }
}

extension MediaCommand {
    /// Bytes of payload that it keeps alive.
    var payloadBytes: Int {
        if case .sendData(_, label: _, let payload) = self { payload.count } else { 0 }
    }
}
