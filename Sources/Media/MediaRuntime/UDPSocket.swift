// One UDP socket: batches in, batches out, and every loss counted.

public import Basics
internal import CLinux
internal import Glibc

/// An unconnected UDP socket that never waits. The descriptor is closed when the value goes.
public struct UDPSocket: ~Copyable, Sendable {
    /// With the port that the system chose when 0 was asked for.
    public let localAddress: SocketAddress
    public let carriesIPv4: Bool
    public let carriesIPv6: Bool
    /// Granted by the kernel; less than `RuntimeLimits.socketBufferBytes` when `net.core.rmem_max` is lower.
    public let receiveBufferBytes: Int
    /// Granted by the kernel; less than `RuntimeLimits.socketBufferBytes` when `net.core.wmem_max` is lower.
    public let sendBufferBytes: Int
    private var counters = SocketStatistics()

    let descriptor: FileDescriptor
    private var batch: SendBatch
    private var segmentation: SegmentationPolicy
    /// The send buffer is full: what is left of this batch is dropped, without asking the kernel for each.
    private var isFull = false

    /// Opens and binds.
    ///
    /// - Parameters:
    ///   - address: its port may be 0; the IPv6 wildcard carries IPv4 as well
    ///   - segmentation: false to send every datagram as a message of its own
    public init(boundTo address: SocketAddress, segmentation: Bool = true) throws(SystemFailure) {
        let isDualStack = !address.isIPv4 && address.isWildcard
        let opened = relais_udp_open(address.isIPv4 ? 1 : 0, isDualStack ? 1 : 0)
        guard opened >= 0 else { throw .cannotBind(address, errno: -opened) }
        let descriptor = FileDescriptor(owning: opened)
        let bound = relais_bind(
            opened, address.isIPv4 ? 1 : 0, address.high, address.low, address.port, address.scope)
        guard bound == 0 else { throw .cannotBind(address, errno: -bound) }
        localAddress = Self.localAddress(of: descriptor) ?? address
        carriesIPv4 = address.isIPv4 || isDualStack
        carriesIPv6 = !address.isIPv4
        let wanted = Int32(RuntimeLimits.socketBufferBytes)
        receiveBufferBytes = max(0, Int(relais_set_receive_buffer(descriptor.rawValue, wanted)))
        sendBufferBytes = max(0, Int(relais_set_send_buffer(descriptor.rawValue, wanted)))
        batch = SendBatch(addressesIPv4: address.isIPv4)
        self.segmentation = SegmentationPolicy(isForcedOff: !segmentation)
        self.descriptor = descriptor
    }

    private static func localAddress(of descriptor: borrowing FileDescriptor) -> SocketAddress? {
        var address = SocketAddress(high: 0, low: 0, port: 0)
        let result = unsafe relais_local_address(
            descriptor.rawValue, &address.high, &address.low, &address.port, &address.scope)
        return result == 0 ? address : nil
    }

    /// Totals since the socket was opened.
    public var statistics: SocketStatistics {
        var statistics = counters
        var overflows: UInt32 = 0
        if unsafe relais_receive_drops(descriptor.rawValue, &overflows) == 0 {
            statistics.receiveBufferOverflows = UInt64(overflows)
        }
        return statistics
    }

    /// Datagrams that were to be sent and were not, since the socket was opened.
    public var droppedCount: UInt64 { counters.dropped }

    // MARK: Receiving

    /// Takes waiting datagrams into the slab; 0 when there are none. Fewer than its capacity: none are left.
    public mutating func receiveBatch(into slab: inout ReceiveSlab) -> Int {
        counters.receiveCalls &+= 1
        // An error that the kernel kept for this socket is spent by telling it; the next turn goes on.
        return max(0, slab.fill(from: descriptor))
    }

    /// Lets `body` read and rewrite one datagram of the last `receiveBatch`. One that was cut off or cannot be answered
    /// is counted and not shown.
    public mutating func withReceived(
        _ index: Int, in slab: inout ReceiveSlab, _ body: (inout MutableSpan<UInt8>, SocketAddress) -> Void
    ) {
        guard let length = slab.length(at: index) else {
            counters.truncated &+= 1
            return
        }
        guard let source = slab.source(at: index), source.port != 0 else {
            counters.unanswerable &+= 1
            return
        }
        counters.datagramsReceived &+= 1
        counters.bytesReceived &+= UInt64(length)
        slab.withSlot(index, count: length) { bytes in body(&bytes, source) }
    }

    // MARK: Sending

    /// Begins a batch. Datagrams are collected by `enqueue` and sent by `flush`, or when a system call's worth is there.
    public mutating func beginBatch() {
        isFull = false
        segmentation.beginBatch()
    }

    /// Adds a datagram. Its bytes must stay where they are until `flush`.
    public mutating func enqueue(_ bytes: UnsafeRawBufferPointer, to destination: SocketAddress) {
        guard destination.isIPv4 ? carriesIPv4 : carriesIPv6 else {
            counters.droppedRefused &+= 1
            return
        }
        if unsafe batch.append(to: destination, bytes, mayJoin: segmentation.isOn) { return }
        flush()
        _ = unsafe batch.append(to: destination, bytes, mayJoin: false)
    }

    /// Sends what was collected. What the kernel does not take is dropped and counted; one destination never stops
    /// the others.
    public mutating func flush() {
        var next = 0
        while next < batch.count {
            if isFull {
                counters.droppedFull &+= UInt64(batch.segments(ofMessage: next))
                next += 1
                continue
            }
            let result = batch.send(from: next, through: descriptor)
            counters.sendCalls &+= 1
            if result > 0 {
                for index in next..<min(next + result, batch.count) { noteSent(message: index) }
                next += result
            } else if noteError(Int32(truncatingIfNeeded: -result), ofMessage: next) {
                next += 1
            }
        }
        batch.removeAll()
    }

    private mutating func noteSent(message index: Int) {
        let segments = batch.segments(ofMessage: index)
        if segments > 1 { segmentation.noteAccepted() }
        counters.messagesSent &+= 1
        counters.datagramsSent &+= UInt64(segments)
        counters.bytesSent &+= UInt64(batch.bytesSent(ofMessage: index))
    }

    /// Settles the first message that was not sent. Returns false when it is to be tried again.
    private mutating func noteError(_ error: Int32, ofMessage index: Int) -> Bool {
        if error == EINTR { return false }
        if error == EAGAIN {
            isFull = true
            return false
        }
        let segments = batch.segments(ofMessage: index)
        if segments > 1 && Self.refusesSegmentation(error) {
            segmentation.noteRefused()
            counters.segmentationRefusals &+= 1
            sendSingly(message: index)
        } else {
            counters.droppedRefused &+= UInt64(segments)
        }
        return true
    }

    /// Errors that a run can have and its segments not: no checksum offload (EIO), segments longer than the route's
    /// MTU (EINVAL, EMSGSIZE in later kernels), unknown control message (EINVAL, EOPNOTSUPP).
    private static func refusesSegmentation(_ error: Int32) -> Bool {
        error == EIO || error == EINVAL || error == EMSGSIZE || error == EOPNOTSUPP
    }

    private mutating func sendSingly(message index: Int) {
        let count = batch.split(message: index)
        var next = 0
        while next < count {
            let result = batch.sendSingles(from: next, count: count, through: descriptor)
            counters.sendCalls &+= 1
            if result > 0 {
                for single in next..<min(next + result, count) {
                    counters.messagesSent &+= 1
                    counters.datagramsSent &+= 1
                    counters.bytesSent &+= UInt64(batch.bytesSent(ofSingle: single))
                }
                next += result
            } else if -result == EAGAIN {
                isFull = true
                counters.droppedFull &+= UInt64(count - next)
                return
            } else if -result != EINTR {
                counters.droppedRefused &+= 1
                next += 1
            }
        }
    }
}
