// The packets of one encoding, kept for retransmission and for packets that wait in a pacer. Owned by its receive stream.

import Basics

/// Where the bytes of a packet are. Valid as long as the chunk has not been given to newer packets.
struct CacheLocation: Hashable, Sendable {
    var chunk: UInt16 = 0
    var offset: UInt16 = 0
    /// Counts the uses of the chunk; 0 is never a valid one.
    var generation: UInt32 = 0
}

/// How large a cache may become.
struct CacheBounds: Hashable, Sendable {
    var chunkBytes: Int
    var chunks: Int
    /// Packets that can be found by number; a power of two.
    var packets: Int

    static let video = CacheBounds(
        chunkBytes: ForwardingLimits.videoChunkBytes, chunks: ForwardingLimits.videoChunks,
        packets: ForwardingLimits.cachedPackets)
    static let audio = CacheBounds(
        chunkBytes: ForwardingLimits.audioChunkBytes, chunks: ForwardingLimits.audioChunks,
        packets: ForwardingLimits.cachedPackets / 4)
}

/// A ring of chunks that are filled one after the other, and an index by sequence number. Both begin empty and grow only
/// while what would be overwritten is younger than `ForwardingLimits.cacheRetention`.
@safe struct RetransmissionCache: ~Copyable {
    @unsafe private struct Chunk {
        var bytes: UnsafeMutablePointer<UInt8>
        var generation: UInt32
        /// The next chunk of the ring.
        var next: Int
        var lastWrite: MonotonicTime
    }

    private let bounds: CacheBounds
    private var chunks: UnsafeMutablePointer<Chunk>
    private(set) var chunkCount = 0
    /// The chunk being filled, and how far.
    private var active = 0
    private var used = 0

    private var index: UnsafeMutablePointer<AcceptedPacket>
    private(set) var indexCount = 0

    init(_ bounds: CacheBounds) {
        precondition(bounds.packets.nonzeroBitCount == 1 && bounds.chunkBytes <= Int(UInt16.max) + 1)
        self.bounds = bounds
        unsafe chunks = .allocate(capacity: bounds.chunks)
        unsafe index = .allocate(capacity: 1)
    }

    deinit {
        for number in 0..<chunkCount { unsafe chunks[number].bytes.deallocate() }
        unsafe chunks.deallocate()
        unsafe index.deallocate()
    }

    /// Bytes that the cache holds for packets and their index.
    var footprintBytes: Int { chunkCount * bounds.chunkBytes + indexCount * MemoryLayout<AcceptedPacket>.stride }

    /// Room for `count` bytes, at most a chunk. The bytes are written through `copy`.
    mutating func reserve(_ count: Int, at now: MonotonicTime) -> CacheLocation? {
        guard count <= bounds.chunkBytes else { return nil }
        if chunkCount == 0 || used + count > bounds.chunkBytes { openChunk(at: now) }
        let location = CacheLocation(
            chunk: UInt16(active), offset: UInt16(used), generation: unsafe chunks[active].generation)
        used += count
        unsafe chunks[active].lastWrite = now
        return location
    }

    /// Copies `source` into a reserved place, `shift` bytes behind its start.
    func copy(_ source: Span<UInt8>, to location: CacheLocation, shift: Int) {
        let start = Int(location.offset) + shift
        precondition(Int(location.chunk) < chunkCount && start + source.count <= bounds.chunkBytes)
        unsafe source.withUnsafeBufferPointer { from in
            guard let base = from.baseAddress else { return }
            unsafe (chunks[Int(location.chunk)].bytes + start).update(from: base, count: from.count)
        }
    }

    /// Makes a stored packet findable.
    mutating func insert(_ packet: AcceptedPacket) {
        if indexCount == 0 { growIndex(to: 64) }
        while indexCount < bounds.packets {
            let present = unsafe index[slot(packet.extendedSequence)]
            guard present.location.generation != 0, packet.arrival - present.arrival < ForwardingLimits.cacheRetention,
                present.extendedSequence != packet.extendedSequence
            else { break }
            growIndex(to: indexCount * 2)
        }
        unsafe index[slot(packet.extendedSequence)] = packet
    }

    /// The packet of that number, nil when it was never stored or has been overwritten.
    func packet(_ extendedSequence: Int64) -> AcceptedPacket? {
        guard indexCount > 0 else { return nil }
        let present = unsafe index[slot(extendedSequence)]
        guard present.extendedSequence == extendedSequence, isValid(present.location) else { return nil }
        return present
    }

    func isValid(_ location: CacheLocation) -> Bool {
        unsafe location.generation != 0 && Int(location.chunk) < chunkCount
            && chunks[Int(location.chunk)].generation == location.generation
    }

    /// Calls `body` with the bytes at a location; nil when they have been overwritten.
    func withBytes<R>(at location: CacheLocation, count: Int, _ body: (Span<UInt8>) -> R) -> R? {
        guard isValid(location), Int(location.offset) + count <= bounds.chunkBytes else { return nil }
        let start = unsafe chunks[Int(location.chunk)].bytes + Int(location.offset)
        return body(unsafe Span(_unsafeStart: start, count: count))
    }

    private func slot(_ extendedSequence: Int64) -> Int {
        Int(truncatingIfNeeded: extendedSequence) & (indexCount - 1)
    }

    /// Moves on to the next chunk: a new one while the oldest is still worth keeping, else the oldest.
    private mutating func openChunk(at now: MonotonicTime) {
        used = 0
        if chunkCount > 0 {
            let oldest = unsafe chunks[active].next
            if unsafe chunkCount == bounds.chunks || now - chunks[oldest].lastWrite >= ForwardingLimits.cacheRetention {
                active = oldest
                // Generation 0 means "nowhere": skipped when the counter wraps.
                let generation = unsafe chunks[oldest].generation &+ 1
                unsafe chunks[oldest].generation = max(generation, 1)
                return
            }
        }
        let number = chunkCount
        let bytes = UnsafeMutablePointer<UInt8>.allocate(capacity: bounds.chunkBytes)
        unsafe bytes.initialize(repeating: 0, count: bounds.chunkBytes)
        let next = unsafe chunkCount == 0 ? 0 : chunks[active].next
        unsafe (chunks + number).initialize(to: Chunk(bytes: bytes, generation: 1, next: next, lastWrite: now))
        if chunkCount > 0 { unsafe chunks[active].next = number }
        chunkCount += 1
        active = number
    }

    private mutating func growIndex(to count: Int) {
        let old = unsafe index
        let oldCount = indexCount
        unsafe index = .allocate(capacity: count)
        unsafe index.initialize(repeating: AcceptedPacket(), count: count)
        indexCount = count
        for position in 0..<oldCount {
            let packet = unsafe old[position]
            if packet.location.generation != 0 { unsafe index[slot(packet.extendedSequence)] = packet }
        }
        unsafe old.deallocate()
    }
}
