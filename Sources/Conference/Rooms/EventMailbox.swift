// Media events that wait for their room. Whoever posts never waits, so that a slow room delays no other.

internal import MediaInterface
internal import Synchronization

/// Bounds of what waits for one room, each with its reason.
enum MailboxLimits {
    /// A webinar of 3,000 that connects at once, with two transports and four channels each.
    static let events = 32_768
    /// Messages among them: a flood of data leaves room for what tells of connections.
    static let messages = 8_192
    /// Two seconds of what a room's participants may send at their full allowance.
    static let payloadBytes = 32_000_000
    /// Handled in one turn, so that requests and timers get theirs in between.
    static let eventsPerTurn = 256
}

/// First in, first out, for one room. Its owner works until it is empty and is woken by the next post.
final class EventMailbox: Sendable {
    struct Batch: Sendable {
        var events: [MediaEvent] = []
        /// Messages that found no room since the last batch.
        var lostMessages = 0
        /// Other events that found none: the room's picture of its connections has a gap.
        var lostEvents = 0
    }

    private struct State {
        var waiting: ArraySlice<MediaEvent> = []
        var messages = 0
        var payloadBytes = 0
        var lostMessages = 0
        var lostEvents = 0
        /// The owner has been woken and has not found the box empty since.
        var isBeingEmptied = false
    }
    private let state = Mutex(State())
    private let limit: Int
    private let messageLimit: Int
    private let payloadLimitBytes: Int

    init(
        limit: Int = MailboxLimits.events, messageLimit: Int = MailboxLimits.messages,
        payloadLimitBytes: Int = MailboxLimits.payloadBytes
    ) {
        self.limit = limit
        self.messageLimit = messageLimit
        self.payloadLimitBytes = payloadLimitBytes
    }

    /// Adds events; those that find no room are counted. True when the owner must be woken.
    func post(_ events: some Sequence<MediaEvent>) -> Bool {
        state.withLock { state in
            for event in events { add(event, to: &state) }
            defer { state.isBeingEmptied = true }
            return !state.isBeingEmptied
        }
    }

    private func add(_ event: MediaEvent, to state: inout State) {
        let payload = event.payload
        let fits = payload.map { bytes in
            state.messages < messageLimit && state.payloadBytes + bytes.count <= payloadLimitBytes
        }
        guard state.waiting.count < limit, fits ?? true else {
            if payload == nil { state.lostEvents += 1 } else { state.lostMessages += 1 }
            return
        }
        if let payload {
            state.messages += 1
            state.payloadBytes += payload.count
        }
        state.waiting.append(event)
    }

    /// The next events in their order; nil when there are none, and then the next post wakes the owner.
    func take(atMost count: Int = MailboxLimits.eventsPerTurn) -> Batch? {
        state.withLock { state in
            guard !state.waiting.isEmpty || state.lostMessages + state.lostEvents > 0 else {
                state.isBeingEmptied = false
                return nil
            }
            let batch = Batch(
                events: Array(state.waiting.prefix(count)), lostMessages: state.lostMessages,
                lostEvents: state.lostEvents)
            for payload in batch.events.lazy.compactMap(\.payload) {
                state.messages -= 1
                state.payloadBytes -= payload.count
            }
            (state.lostMessages, state.lostEvents) = (0, 0)
            state.waiting = state.waiting.dropFirst(count)
            // A slice keeps the whole array: an empty one must not.
            if state.waiting.isEmpty { state.waiting = [] }
            return batch
        }
    }

    /// Nothing waits and nothing is being handled.
    var isIdle: Bool { state.withLock { !$0.isBeingEmptied } }
}

extension MediaEvent {
    fileprivate var payload: [UInt8]? {
        if case .dataReceived(_, label: _, let payload) = self { payload } else { nil }
    }
}
