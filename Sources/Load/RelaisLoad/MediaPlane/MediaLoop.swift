// A media thread of the load: sockets, timers and judges of some of the participants.

import Basics
import CLinux
import Foundation
import Glibc
import SecureTransport
import Synchronization

/// The handle that other threads hold.
final class MediaLoop: Sendable {
    private struct Inbox {
        var orders: [MediaOrder] = []
        var isStopping = false
    }
    private let inbox = Mutex(Inbox())
    private let published = Mutex(LoadMeter())
    private let wakeUp: Int32

    /// Starts the thread.
    init(index: Int, context: DTLSContext, seed: UInt64) throws(LoadFailure) {
        wakeUp = relais_event_open()
        guard wakeUp >= 0 else { throw .cannotOpenSocket("no event descriptor") }
        // Made here, so that a failure is told before the start.
        _ = try SocketPoller(wakeUp: wakeUp)
        let thread = Thread { [self] in
            unsafe relais_prepare_thread("load-\(index)")
            guard let poller = try? SocketPoller(wakeUp: wakeUp) else { return }
            var state = MediaLoopState(poller: poller, context: context, seed: seed, at: LoadClock.now())
            while let orders = takeOrders() {
                for order in orders { state.apply(order, at: LoadClock.now()) }
                state.turn { meter in published.withLock { $0 = meter } }
            }
        }
        thread.stackSize = 1 << 20
        thread.start()
    }

    deinit { close(wakeUp) }

    func post(_ order: MediaOrder) {
        inbox.withLock { $0.orders.append(order) }
        _ = relais_event_signal(wakeUp)
    }

    /// Ends the thread; what it holds is closed.
    func stop() {
        inbox.withLock { $0.isStopping = true }
        _ = relais_event_signal(wakeUp)
    }

    /// The counts, a quarter of a second old at most.
    var meter: LoadMeter { published.withLock { $0 } }

    /// The counts as they stand now.
    func currentMeter() async -> LoadMeter {
        await withCheckedContinuation { continuation in
            post(.readMeter { continuation.resume(returning: $0) })
        }
    }

    /// The judgement of all participants as it stands.
    func outcomes() async -> [PeerOutcome] {
        await withCheckedContinuation { continuation in
            post(.collect { continuation.resume(returning: $0) })
        }
    }

    /// Nil when the thread is to end.
    private func takeOrders() -> [MediaOrder]? {
        inbox.withLock { inbox in
            if inbox.isStopping { return nil }
            defer { inbox.orders = [] }
            return inbox.orders
        }
    }
}
