// Media thread → control plane: a bounded queue whose reader is asynchronous and whose writer never waits.

public import MediaInterface
internal import Synchronization

/// Events that came since the reader looked last, oldest first.
public struct MediaEventBatch: RandomAccessCollection, Sendable {
    public let events: [MediaEvent]
    /// Events that found no room since the batch before: the reader knows that its picture has a gap.
    public let lostEventCount: Int
    /// Data messages among the lost; when they are all, no state of a connection was lost.
    public let lostMessageCount: Int

    public var startIndex: Int { events.startIndex }
    public var endIndex: Int { events.endIndex }
    public subscript(position: Int) -> MediaEvent { events[position] }
}

/// Events of one media thread, as an asynchronous sequence of batches for one reader. Ends when the thread has ended.
public final class EventQueue: AsyncSequence, Sendable {
    public typealias Element = MediaEventBatch
    public typealias Failure = Never

    private struct State {
        var events: [MediaEvent] = []
        var dataEvents = 0
        var payloadBytes = 0
        var lost = 0
        var lostMessages = 0
        var isFinished = false
        var reader: CheckedContinuation<MediaEventBatch?, Never>?

        var isEmpty: Bool { events.isEmpty && lost == 0 }

        mutating func take() -> MediaEventBatch {
            let batch = MediaEventBatch(events: events, lostEventCount: lost, lostMessageCount: lostMessages)
            events = []
            dataEvents = 0
            payloadBytes = 0
            lost = 0
            lostMessages = 0
            return batch
        }
    }

    private let state = Mutex(State())
    private let limit: Int
    private let dataLimit: Int
    private let payloadLimitBytes: Int

    init(
        limit: Int = MediaLimits.queuedEvents, dataLimit: Int = RuntimeLimits.queuedDataEvents,
        payloadLimitBytes: Int = RuntimeLimits.queuedEventBytes
    ) {
        self.limit = limit
        self.dataLimit = dataLimit
        self.payloadLimitBytes = payloadLimitBytes
    }

    /// Adds events; those that find no room are counted.
    ///
    /// - Parameters:
    ///   - alreadyLost: events that the writer itself had to drop before these
    ///   - messages: data messages among those
    func post(_ events: [MediaEvent], alreadyLost: Int = 0, messages: Int = 0) {
        guard !events.isEmpty || alreadyLost > 0 else { return }
        let delivery = state.withLock { state -> Delivery? in
            if state.isFinished { return nil }
            state.lost += alreadyLost
            state.lostMessages += messages
            for event in events { add(event, to: &state) }
            guard let reader = state.reader else { return nil }
            state.reader = nil
            return Delivery(reader: reader, batch: state.take())
        }
        delivery?.resume()
    }

    private struct Delivery {
        let reader: CheckedContinuation<MediaEventBatch?, Never>
        let batch: MediaEventBatch?
        func resume() { reader.resume(returning: batch) }
    }

    private func add(_ event: MediaEvent, to state: inout State) {
        let payload: Int? = if case .dataReceived(_, label: _, let bytes) = event { bytes.count } else { nil }
        if let payload {
            // Data has a share of its own, so that a flood of messages cannot hide that somebody connected.
            guard state.events.count < limit, state.dataEvents < dataLimit,
                state.payloadBytes + payload <= payloadLimitBytes
            else {
                state.lost += 1
                state.lostMessages += 1
                return
            }
            state.dataEvents += 1
            state.payloadBytes += payload
        } else if state.events.count >= limit {
            state.lost += 1
            return
        }
        state.events.append(event)
    }

    /// No more events will come; the reader gets what waits and then the end.
    func finish() {
        let delivery = state.withLock { state -> Delivery? in
            state.isFinished = true
            guard let reader = state.reader else { return nil }
            state.reader = nil
            return Delivery(reader: reader, batch: nil)
        }
        delivery?.resume()
    }

    /// The next batch, nil at the end or when the task is cancelled. One reader at a time.
    private func next() async -> MediaEventBatch? {
        await withTaskCancellationHandler {
            await withCheckedContinuation { reader in
                let delivery = state.withLock { state -> Delivery? in
                    precondition(state.reader == nil, "an EventQueue has one reader")
                    if Task.isCancelled { return Delivery(reader: reader, batch: nil) }
                    if !state.isEmpty { return Delivery(reader: reader, batch: state.take()) }
                    if state.isFinished { return Delivery(reader: reader, batch: nil) }
                    state.reader = reader
                    return nil
                }
                delivery?.resume()
            }
        } onCancel: {
            let delivery = state.withLock { state -> Delivery? in
                guard let reader = state.reader else { return nil }
                state.reader = nil
                return Delivery(reader: reader, batch: nil)
            }
            delivery?.resume()
        }
    }

    public struct Iterator: AsyncIteratorProtocol {
        fileprivate let queue: EventQueue
        public mutating func next() async -> MediaEventBatch? { await queue.next() }
    }

    public func makeAsyncIterator() -> Iterator { Iterator(queue: self) }
}
