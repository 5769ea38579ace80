// What a media thread of the load owns, and one turn of its loop.

import Basics
import Foundation
import SecureTransport
import SyntheticPeer

/// Local to the thread.
struct MediaLoopState: ~Copyable {
    private var poller: SocketPoller
    private var batch = DatagramBatch()
    private var deadlines = DeadlineHeap()
    /// By slot of the poller.
    private var peers: [MediaPeer?] = []
    private var slots: [Int: Int] = [:]
    private var closed: [PeerOutcome] = []
    private var meter = LoadMeter()
    private var random: SeededRandom
    private let context: DTLSContext
    private let clock: NTPClock
    private var nextPublication: MonotonicTime
    private var ready: [Int] = []

    /// Batches taken from one socket before the others get their turn.
    private static let batchesPerTurn = 4
    private static let publicationInterval = Interval.milliseconds(250)

    init(poller: consuming SocketPoller, context: DTLSContext, seed: UInt64, at now: MonotonicTime) {
        self.poller = poller
        self.context = context
        random = SeededRandom(seed: seed)
        clock = NTPClock(unixNanoseconds: LoadClock.wallNanoseconds(), at: now)
        nextPublication = now
    }

    // MARK: Orders

    mutating func apply(_ order: MediaOrder, at now: MonotonicTime) {
        switch order {
        case .open(let setup): open(setup, at: now)
        case .receive(let participant, let streams, let extensions):
            peer(of: participant)?.expect(streams, extensions)
        case .publish(let participant, let publication):
            guard let slot = slots[participant], let peer = peers[slot] else { return }
            peer.publish(publication, random: &random, at: now)
            deadlines.set(slot, to: peer.nextDeadline)
        case .close(let participant): close(participant, at: now)
        case .setMeasuring(let isMeasuring): meter.isMeasuring = isMeasuring
        case .readMeter(let reply):
            meter.sendRefusals = batch.refused
            reply(meter)
        case .collect(let reply): reply(closed + peers.compactMap { $0?.outcome(at: now) })
        }
    }

    private func peer(of participant: Int) -> MediaPeer? { slots[participant].flatMap { peers[$0] } }

    private mutating func open(_ setup: MediaSetup, at now: MonotonicTime) {
        do throws(LoadFailure) {
            let peer = try MediaPeer(setup, context: context, clock: clock, seed: random.next(), at: now)
            guard let slot = poller.add(peer.socket.descriptor) else {
                throw .cannotOpenSocket("too many participants on one thread")
            }
            while peers.count <= slot { peers.append(nil) }
            peers[slot] = peer
            slots[setup.participant] = slot
            advance(slot, at: now)
        } catch {
            setup.notify(.failed(error))
        }
    }

    private mutating func close(_ participant: Int, at now: MonotonicTime) {
        guard let slot = slots.removeValue(forKey: participant), let peer = peers[slot] else { return }
        closed.append(peer.outcome(at: now))
        peer.transport.close()
        send(peer)
        deadlines.remove(slot)
        peers[slot] = nil
        poller.free(slot)
    }

    // MARK: One turn

    /// Sleeps until something is to be done, and does it.
    mutating func turn(publish: (LoadMeter) -> Void) {
        let before = LoadClock.now()
        var readySlots = ready
        readySlots.removeAll(keepingCapacity: true)
        let deadline = min(deadlines.first?.time ?? .distantFuture, nextPublication)
        _ = poller.wait(until: deadline, at: before) { readySlots.append($0) }
        for slot in readySlots { receive(slot) }
        ready = readySlots
        let now = LoadClock.now()
        while let next = deadlines.first, next.time <= now { advance(next.slot, at: now) }
        if now >= nextPublication {
            nextPublication = now + Self.publicationInterval
            meter.sendRefusals = batch.refused
            publish(meter)
        }
    }

    private mutating func receive(_ slot: Int) {
        guard slot < peers.count, let peer = peers[slot] else { return }
        var now = LoadClock.now()
        let wasConnected = peer.transport.isConnected
        for _ in 0..<Self.batchesPerTurn {
            let count = batch.receive(from: peer.socket.descriptor)
            now = LoadClock.now()
            for index in 0..<count {
                batch.withReceived(index) { datagram, source in
                    peer.receive(&datagram, from: source, at: now, &meter)
                }
            }
            if count < DatagramBatch.capacity { break }
        }
        // Answers of the handshake go out at once, and its timers have moved.
        if !wasConnected { advance(slot, at: now) } else { send(peer) }
    }

    private mutating func advance(_ slot: Int, at now: MonotonicTime) {
        guard let peer = peers[slot] else { return deadlines.remove(slot) }
        peer.advance(to: now, &meter)
        send(peer)
        // Never twice in one turn.
        deadlines.set(slot, to: max(peer.nextDeadline, now + .microseconds(200)))
    }

    private mutating func send(_ peer: MediaPeer) {
        for datagram in peer.transport.drain() {
            batch.append(datagram.bytes, to: datagram.destination, through: peer.socket.descriptor)
        }
        batch.flush(through: peer.socket.descriptor)
    }
}
