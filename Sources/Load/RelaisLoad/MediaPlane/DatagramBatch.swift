// Memory of one recvmmsg or sendmmsg call, allocated once for each media thread.

import Basics
import CLinux
import Glibc

/// Slots for a batch of datagrams with their addresses.
@safe struct DatagramBatch: ~Copyable {
    private let bytes: UnsafeMutableRawPointer
    private let addresses: UnsafeMutableRawPointer
    private let vectors: UnsafeMutablePointer<iovec>
    private let messages: UnsafeMutablePointer<relais_message>
    /// Datagrams that wait to be sent.
    private var pending = 0
    /// Datagrams that the kernel did not take.
    private(set) var refused = 0

    static let capacity = LoadLimits.batch
    private static let slotBytes = LoadLimits.datagramBytes
    private static let addressBytes = Int(RELAIS_ADDRESS_BYTES)

    init() {
        let capacity = Self.capacity
        unsafe bytes = .allocate(byteCount: capacity * Self.slotBytes, alignment: 64)
        unsafe bytes.initializeMemory(as: UInt8.self, repeating: 0, count: capacity * Self.slotBytes)
        unsafe addresses = .allocate(byteCount: capacity * Self.addressBytes, alignment: 16)
        unsafe addresses.initializeMemory(as: UInt8.self, repeating: 0, count: capacity * Self.addressBytes)
        unsafe vectors = .allocate(capacity: capacity)
        unsafe messages = .allocate(capacity: capacity)
        for index in 0..<capacity {
            let base = unsafe bytes + index * Self.slotBytes
            unsafe (vectors + index).initialize(to: iovec(iov_base: base, iov_len: Self.slotBytes))
            var message = unsafe relais_message()
            unsafe message.header.msg_iov = vectors + index
            unsafe message.header.msg_iovlen = 1
            unsafe message.header.msg_name = addresses + index * Self.addressBytes
            unsafe (messages + index).initialize(to: message)
        }
    }

    deinit {
        unsafe bytes.deallocate()
        unsafe addresses.deallocate()
        unsafe vectors.deallocate()
        unsafe messages.deallocate()
    }

    // MARK: Receiving

    /// Takes what waits at the socket; fewer than `capacity`: nothing is left.
    mutating func receive(from descriptor: Int32) -> Int {
        for index in 0..<Self.capacity {
            unsafe messages[index].header.msg_namelen = socklen_t(Self.addressBytes)
            unsafe messages[index].header.msg_flags = 0
            unsafe vectors[index].iov_len = Self.slotBytes
        }
        return unsafe max(0, Int(relais_receive_messages(descriptor, messages, UInt32(Self.capacity))))
    }

    /// Shows one datagram of the last `receive`, unless it was cut off.
    mutating func withReceived(_ index: Int, _ body: (inout MutableSpan<UInt8>, SocketAddress) -> Void) {
        precondition(index >= 0 && index < Self.capacity)
        guard unsafe relais_is_truncated(messages + index) == 0 else { return }
        let count = unsafe min(Int(messages[index].length), Self.slotBytes)
        var source = SocketAddress(high: 0, low: 0, port: 0)
        let header = unsafe messages[index].header
        guard
            unsafe relais_address_load(
                header.msg_name, header.msg_namelen, &source.high, &source.low, &source.port, &source.scope) == 1
        else { return }
        let start = unsafe (bytes + index * Self.slotBytes).assumingMemoryBound(to: UInt8.self)
        var span = unsafe MutableSpan(_unsafeStart: start, count: count)
        body(&span, source)
    }

    // MARK: Sending

    /// Queues a datagram; sends the queue first when it is full.
    mutating func append(_ datagram: [UInt8], to destination: SocketAddress, through descriptor: Int32) {
        if pending == Self.capacity { flush(through: descriptor) }
        guard datagram.count <= Self.slotBytes else { return }
        let slot = pending
        unsafe datagram.withUnsafeBytes { source in
            guard let start = source.baseAddress else { return }
            unsafe (bytes + slot * Self.slotBytes).copyMemory(from: start, byteCount: source.count)
        }
        unsafe vectors[slot].iov_len = datagram.count
        let address = unsafe addresses + slot * Self.addressBytes
        let length = unsafe relais_address_store(
            address, destination.isIPv4 ? 1 : 0, destination.high, destination.low, destination.port,
            destination.scope)
        unsafe messages[slot].header.msg_namelen = length
        unsafe messages[slot].header.msg_flags = 0
        pending += 1
    }

    /// Sends the queue. What the kernel refuses is dropped and counted.
    mutating func flush(through descriptor: Int32) {
        var next = 0
        while next < pending {
            let sent = unsafe relais_send_messages(descriptor, messages + next, UInt32(pending - next))
            if sent > 0 {
                next += Int(sent)
            } else if sent != -EINTR {
                refused += 1
                next += 1
            }
        }
        pending = 0
    }
}
