import Basics

/// How a direction of a path treats datagrams. All chances come from the network's seed.
struct PathConditions {
    var delay = Interval.milliseconds(1)
    /// Uniform extra delay, 0…jitter: more than the spacing of packets reorders them.
    var jitter = Interval.zero
    /// Independent loss, 0…1.
    var loss = 0.0
    /// Gilbert-Elliott: chance per datagram to enter and to leave the bad state, in which `burstLoss` holds.
    var enterBurst = 0.0
    var leaveBurst = 1.0
    var burstLoss = 1.0
    /// Chance that a datagram comes twice.
    var duplication = 0.0
    /// Bits per second that the way to the client carries; nil for as many as there are.
    var downlinkBitsPerSecond: Int64?
    /// How long a datagram may stand in the queue before that way; longer ones are dropped.
    var downlinkQueue = Interval.milliseconds(300)

    static let perfect = PathConditions()
}

/// Carries datagrams between addresses in virtual time.
struct VirtualNetwork {
    struct Datagram {
        var time: MonotonicTime
        /// Breaks ties in the order of sending.
        var number: UInt64
        var source: SocketAddress
        var destination: SocketAddress
        var bytes: [UInt8]
    }

    private var queue: [Datagram] = []
    private var random: SeededRandom
    private var numbers: UInt64 = 0
    private var inBurst: Set<SocketAddress> = []
    private var inDownlinkBurst: Set<SocketAddress> = []
    /// When the way to a client is free again.
    private var freeAt: [SocketAddress: MonotonicTime] = [:]
    /// Conditions by the client's address, for both directions; others are perfect.
    var conditions: [SocketAddress: PathConditions] = [:]
    /// Where the way to the client differs from the way back.
    var downlinks: [SocketAddress: PathConditions] = [:]
    /// Addresses whose datagrams vanish, both ways.
    var cut: Set<SocketAddress> = []
    private(set) var carried = 0
    private(set) var lost = 0

    init(seed: UInt64) { random = SeededRandom(seed: seed) }

    /// Begins the chances anew: how many datagrams a handshake takes depends on the machine, what follows must not.
    mutating func reseed(_ seed: UInt64) { random = SeededRandom(seed: seed ^ 0x5eed) }

    mutating func send(
        _ bytes: [UInt8], from source: SocketAddress, to destination: SocketAddress, client: SocketAddress,
        at now: MonotonicTime
    ) {
        guard !cut.contains(client) else { return }
        let downlink = destination == client ? downlinks[client] : nil
        let path = downlink ?? conditions[client] ?? .perfect
        guard !loses(path, client, isDownlink: downlink != nil),
            let start = leave(bytes.count, path, isDownlink: destination == client, client, now)
        else {
            lost += 1
            return
        }
        for _ in 0..<(random.chance(path.duplication) ? 2 : 1) {
            let extra = Int64(Double(path.jitter.nanoseconds) * Double(random.next() >> 11) * 0x1p-53)
            insert(
                Datagram(
                    time: Self.tick(after: start + path.delay + Interval(nanoseconds: extra)), number: numbers,
                    source: source, destination: destination, bytes: bytes))
            numbers += 1
        }
        carried += 1
    }

    /// When a datagram has left the queue before a narrow way; nil when the queue is full.
    private mutating func leave(
        _ byteCount: Int, _ path: PathConditions, isDownlink: Bool, _ client: SocketAddress, _ now: MonotonicTime
    ) -> MonotonicTime? {
        guard isDownlink, let rate = path.downlinkBitsPerSecond else { return now }
        let begin = max(now, freeAt[client] ?? now)
        guard begin - now <= path.downlinkQueue else { return nil }
        let end = begin + Interval(nanoseconds: Int64(byteCount + 28) * 8_000_000_000 / rate)
        freeAt[client] = end
        return end
    }

    /// Arrivals stand on a grid of a quarter of a millisecond, so that one step of the world serves many.
    private static func tick(after time: MonotonicTime) -> MonotonicTime {
        MonotonicTime(nanoseconds: (time.nanoseconds + 249_999) / 250_000 * 250_000)
    }

    private mutating func loses(_ path: PathConditions, _ client: SocketAddress, isDownlink: Bool) -> Bool {
        var isBad = isDownlink ? inDownlinkBurst.contains(client) : inBurst.contains(client)
        let changes = random.chance(isBad ? path.leaveBurst : path.enterBurst)
        if changes {
            isBad.toggle()
            if isDownlink {
                if isBad { inDownlinkBurst.insert(client) } else { inDownlinkBurst.remove(client) }
            } else {
                if isBad { inBurst.insert(client) } else { inBurst.remove(client) }
            }
        }
        return random.chance(path.loss) || (isBad && random.chance(path.burstLoss))
    }

    // MARK: Heap by time

    private mutating func insert(_ datagram: Datagram) {
        queue.append(datagram)
        var index = queue.count - 1
        while index > 0, precedes(index, (index - 1) / 2) {
            queue.swapAt(index, (index - 1) / 2)
            index = (index - 1) / 2
        }
    }

    private func precedes(_ a: Int, _ b: Int) -> Bool {
        (queue[a].time, queue[a].number) < (queue[b].time, queue[b].number)
    }

    var nextArrival: MonotonicTime? { queue.first?.time }

    mutating func popDue(at now: MonotonicTime) -> Datagram? {
        guard let first = queue.first, first.time <= now else { return nil }
        queue.swapAt(0, queue.count - 1)
        queue.removeLast()
        var index = 0
        while true {
            var least = index
            for child in [2 * index + 1, 2 * index + 2] where child < queue.count && precedes(child, least) {
                least = child
            }
            if least == index { return first }
            queue.swapAt(index, least)
            index = least
        }
    }
}
