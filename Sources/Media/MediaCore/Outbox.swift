// What a tick produces: datagrams in one slab of memory, chained per peer, and events for the control plane.

public import Basics
public import MediaInterface

/// How a datagram of the outbox leaves.
enum DatagramSeal: UInt8 {
    /// STUN and DTLS: as it is.
    case none
    case srtp
    /// A packet that went before, byte for byte, under its own number.
    case srtpAgain
    case srtcp
}

/// Datagrams to send and events to tell, filled by `MediaShard`, emptied by the thread around it.
///
/// The slab starts small and grows to `OutboxLimits.bytes`; beyond that a datagram is refused and counted by the caller.
/// Datagrams of one peer stand in one chain, whatever their track, so that equal ones can share a system call.
@safe public struct Outbox: ~Copyable {
    struct Entry {
        var destination: SocketAddress
        var offset: Int
        var count: Int
        var seal: DatagramSeal
        /// Next entry of the same peer, -1 at the end.
        var next: Int32
    }
    /// First and last entry of a peer's chain in this tick, -1 when the peer has none.
    struct Chain {
        var first: Int32 = -1
        var last: Int32 = -1
    }

    private var slab: UnsafeMutablePointer<UInt8>
    private var slabCapacity: Int
    private var slabUsed = 0
    var entries: [Entry] = []
    /// By slot index of the peer.
    private var chains: [Chain] = []
    /// Slot indices of the peers that have a chain, in order of their first datagram.
    private(set) var touched: [UInt32] = []
    private var events: [MediaEvent] = []
    private var dataEvents = 0
    /// Events that found no room since the last `takeEvents`.
    public private(set) var lostEvents = 0
    /// Data messages among them.
    public private(set) var lostMessages = 0

    public init() {
        slabCapacity = OutboxLimits.initialBytes
        unsafe slab = .allocate(capacity: slabCapacity)
        entries.reserveCapacity(1_024)
        touched.reserveCapacity(256)
    }

    deinit { unsafe slab.deallocate() }

    public var isEmpty: Bool { entries.isEmpty && events.isEmpty }
    /// Number of datagrams.
    public var count: Int { entries.count }
    /// The thread should seal and send before it feeds more in.
    public var isNearlyFull: Bool {
        slabUsed > OutboxLimits.bytes / 2 || entries.count > OutboxLimits.datagrams / 2
            || events.count > OutboxLimits.dataEvents / 2
    }

    /// Adds a datagram whose bytes `fill` writes; `fill` returns their count, or nil to add nothing.
    ///
    /// `capacity` bytes are offered; room for the authentication tag is kept behind them.
    /// - Returns: false when the outbox is full or `fill` gave up.
    mutating func append(
        peer: UInt32, destination: SocketAddress, seal: DatagramSeal, capacity: Int,
        _ fill: (inout MutableSpan<UInt8>) -> Int?
    ) -> Bool {
        let reserved = capacity + OutboxLimits.tagBytes
        guard entries.count < OutboxLimits.datagrams, makeRoom(reserved) else { return false }
        let offset = slabUsed
        var span = unsafe MutableSpan(_unsafeStart: slab + offset, count: capacity)
        guard let count = fill(&span), count > 0, count <= capacity else { return false }
        slabUsed = offset + count + OutboxLimits.tagBytes
        link(Entry(destination: destination, offset: offset, count: count, seal: seal, next: -1), peer: peer)
        return true
    }

    private mutating func link(_ entry: Entry, peer: UInt32) {
        let index = Int32(truncatingIfNeeded: entries.count)
        entries.append(entry)
        let slot = Int(peer)
        if slot >= chains.count {
            chains.append(contentsOf: repeatElement(Chain(), count: max(slot + 1, 64, chains.count * 2) - chains.count))
        }
        if chains[slot].last >= 0 {
            entries[Int(chains[slot].last)].next = index
        } else {
            chains[slot].first = index
            touched.append(peer)
        }
        chains[slot].last = index
    }

    private mutating func makeRoom(_ count: Int) -> Bool {
        if slabUsed + count <= slabCapacity { return true }
        var next = slabCapacity
        while next < slabUsed + count { next *= 2 }
        guard next <= OutboxLimits.bytes else { return false }
        let moved = UnsafeMutablePointer<UInt8>.allocate(capacity: next)
        unsafe moved.update(from: slab, count: slabUsed)
        unsafe slab.deallocate()
        unsafe slab = moved
        slabCapacity = next
        return true
    }

    /// First entry of the peer in slot `peer`, -1 without one.
    func firstEntry(ofPeer peer: UInt32) -> Int32 { chains[Int(peer)].first }

    /// Lets `body` encrypt an entry in place, with room for its tag, and return the new count; nil drops the datagram.
    ///
    /// - Returns: false when it was dropped
    mutating func reseal(_ index: Int, _ body: (inout MutableSpan<UInt8>, Int) -> Int?) -> Bool {
        let entry = entries[index]
        var span = unsafe MutableSpan(_unsafeStart: slab + entry.offset, count: entry.count + OutboxLimits.tagBytes)
        let count = body(&span, entry.count)
        entries[index].count = count ?? 0
        entries[index].seal = .none
        return count != nil
    }

    /// Drops the packets of a peer that is gone and whose keys went with it; what was sealed or needs no seal stays.
    mutating func dropUnsealed(ofPeer peer: UInt32) -> Int {
        var dropped = 0
        var index = chains[Int(peer)].first
        while index >= 0 {
            if entries[Int(index)].seal != .none {
                entries[Int(index)].count = 0
                dropped += 1
            }
            index = entries[Int(index)].next
        }
        return dropped
    }

    /// Visits the datagrams, those to one peer next to each other and in order. Sealed packets only after `seal`.
    public func forEachDatagram(_ body: (_ destination: SocketAddress, _ bytes: UnsafeRawBufferPointer) -> Void) {
        for peer in touched {
            var index = chains[Int(peer)].first
            while index >= 0 {
                let entry = entries[Int(index)]
                if entry.count > 0 {
                    unsafe body(
                        entry.destination, UnsafeRawBufferPointer(start: slab + entry.offset, count: entry.count))
                }
                index = entry.next
            }
        }
    }

    mutating func tell(_ event: MediaEvent) {
        let isData = if case .dataReceived = event { true } else { false }
        guard events.count < OutboxLimits.events, !isData || dataEvents < OutboxLimits.dataEvents else {
            lostEvents += 1
            if isData { lostMessages += 1 }
            return
        }
        if isData { dataEvents += 1 }
        events.append(event)
    }

    public mutating func takeEvents() -> [MediaEvent] {
        lostEvents = 0
        lostMessages = 0
        dataEvents = 0
        guard !events.isEmpty else { return [] }
        defer { events = [] }
        return events
    }

    /// Forgets the datagrams; events stay until they are taken.
    public mutating func removeAll() {
        slabUsed = 0
        entries.removeAll(keepingCapacity: true)
        for peer in touched { chains[Int(peer)] = Chain() }
        touched.removeAll(keepingCapacity: true)
    }
}

enum OutboxLimits {
    static let initialBytes = 1 << 20
    /// A keyframe packet to 8,000 subscribers; the thread flushes at half of it.
    static let bytes = 1 << 24
    static let datagrams = 16_384
    /// Between two visits of the thread; a room of thousands that connects at once stays below.
    static let events = 16_384
    /// Messages among the events: a flood of them leaves room for what tells of connections.
    static let dataEvents = 8_192
    /// SRTP: 16-byte GCM tag; SRTCP: that and the 4-byte index, rounded up.
    static let tagBytes = 32
}
