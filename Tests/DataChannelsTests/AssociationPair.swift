// Two associations on a virtual link and a virtual clock.

import Basics

@testable import DataChannels

extension SeededRandom {
    mutating func bytes(_ count: Int) -> [UInt8] {
        (0..<count).map { _ in UInt8(truncatingIfNeeded: next() >> 33) }
    }
    mutating func number(_ range: ClosedRange<Int>) -> Int { Int.random(in: range, using: &self) }
}

/// One end of the link, with all that it has reported.
final class AssociationEnd {
    var association: SCTPAssociation
    var events: [DataChannelEvent] = []

    init(isDTLSClient: Bool, maximumMessageBytes: Int = DataChannelLimits.messageBytes) {
        association = SCTPAssociation(isDTLSClient: isDTLSClient, maximumMessageBytes: maximumMessageBytes)!
    }

    // Macros of the test library copy what they look at, and associations cannot be copied.
    var isUp: Bool { association.isUp }
    var drops: DataChannelDrops { association.drops }
    var bufferedBytes: Int { association.bufferedBytes }

    func open(_ parameters: DataChannelParameters) throws(DataChannelError) -> UInt16 {
        try association.openChannel(parameters)
    }
    func send(_ bytes: [UInt8], _ kind: DataChannelMessageKind = .binary, on id: UInt16) throws(DataChannelError) {
        try association.send(bytes.span, kind, on: id)
    }
    func send(_ text: String, on id: UInt16) throws(DataChannelError) {
        try send(Array(text.utf8), .string, on: id)
    }
    func close(_ id: UInt16) { association.closeChannel(id) }
    func sendRaw(_ bytes: [UInt8], protocol identifier: UInt32, stream: UInt16) {
        let outcome = association.sendUnchecked(bytes.span, protocol: identifier, stream: stream)
        precondition(outcome == .sent)
    }
    func receive(_ packet: [UInt8]) {
        association.receive(packet.span)
        collect()
    }
    func collect() { events += association.takeEvents() }
    func packets() -> [[UInt8]] {
        var packets: [[UInt8]] = []
        association.drainPackets { packets.append($0.copied()) }
        return packets
    }

    /// Messages received on a channel.
    func messages(on id: UInt16) -> [[UInt8]] {
        events.compactMap { if case .message(id, _, let bytes) = $0 { bytes } else { nil } }
    }
    func opened(_ id: UInt16) -> DataChannelParameters? {
        for case .channelOpened(id, let parameters, _) in events { return parameters }
        return nil
    }
}

/// `a` is the DTLS client, `b` the server.
final class AssociationPair {
    struct Packet {
        var toB: Bool
        var bytes: [UInt8]
        var arrival: MonotonicTime
    }

    let a: AssociationEnd
    let b: AssociationEnd
    let timers: SCTPTimers
    var now = MonotonicTime.zero
    var inFlight: [Packet] = []
    var sentPackets = 0
    var largestPacket = 0
    /// Kept when asked for.
    var log: [Packet]?
    var isLost: (Packet) -> Bool = { _ in false }
    var delay: () -> Interval = { .milliseconds(10) }

    init(timers: SCTPTimers = SCTPTimers(), maximumMessageBytes: Int = DataChannelLimits.messageBytes) {
        self.timers = timers
        a = AssociationEnd(isDTLSClient: true, maximumMessageBytes: maximumMessageBytes)
        b = AssociationEnd(isDTLSClient: false, maximumMessageBytes: maximumMessageBytes)
        timers.advance(to: now)
    }

    func collect() {
        a.collect()
        b.collect()
        let sent =
            a.packets().map { Packet(toB: true, bytes: $0, arrival: now) }
            + b.packets().map { Packet(toB: false, bytes: $0, arrival: now) }
        for var packet in sent {
            sentPackets += 1
            largestPacket = max(largestPacket, packet.bytes.count)
            log?.append(packet)
            if isLost(packet) { continue }
            packet.arrival = now + delay()
            inFlight.append(packet)
        }
    }

    /// Goes on until `done`, in steps of a few milliseconds, for at most so many seconds of virtual time.
    @discardableResult func run(seconds: Int = 60, until done: (AssociationPair) -> Bool = { _ in false }) -> Bool {
        let end = now + .seconds(seconds)
        collect()
        while now < end {
            if done(self) { return true }
            now += .milliseconds(5)
            let arrived = inFlight.filter { $0.arrival <= now }.sorted { $0.arrival < $1.arrival }
            inFlight.removeAll { $0.arrival <= now }
            for packet in arrived {
                if packet.toB { b.receive(packet.bytes) } else { a.receive(packet.bytes) }
            }
            timers.advance(to: now)
            collect()
        }
        return done(self)
    }

    /// Runs until both ends stand.
    @discardableResult func start() -> Bool { run { $0.a.isUp && $0.b.isUp } }
}
