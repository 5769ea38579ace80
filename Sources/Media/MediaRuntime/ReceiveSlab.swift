// Memory of one recvmmsg call: buffers, addresses and message headers, allocated once.

internal import Basics
internal import CLinux
internal import Glibc

/// Slots for a batch of received datagrams.
@safe public struct ReceiveSlab: ~Copyable {
    public let capacity: Int
    private let slotBytes: Int
    private let bytes: UnsafeMutableRawPointer
    private let addresses: UnsafeMutableRawPointer
    private let vectors: UnsafeMutablePointer<iovec>
    private let messages: UnsafeMutablePointer<relais_message>

    public init(capacity: Int = RuntimeLimits.receiveBatch, slotBytes: Int = RuntimeLimits.datagramBytes) {
        precondition(capacity > 0 && slotBytes > 0)
        self.capacity = capacity
        self.slotBytes = slotBytes
        unsafe bytes = .allocate(byteCount: capacity * slotBytes, alignment: 64)
        unsafe bytes.initializeMemory(as: UInt8.self, repeating: 0, count: capacity * slotBytes)
        let addressBytes = Int(RELAIS_ADDRESS_BYTES)
        unsafe addresses = .allocate(byteCount: capacity * addressBytes, alignment: 16)
        unsafe addresses.initializeMemory(as: UInt8.self, repeating: 0, count: capacity * addressBytes)
        unsafe vectors = .allocate(capacity: capacity)
        unsafe messages = .allocate(capacity: capacity)
        for index in 0..<capacity {
            unsafe (vectors + index).initialize(to: iovec(iov_base: bytes + index * slotBytes, iov_len: slotBytes))
            var message = unsafe relais_message()
            unsafe message.header.msg_iov = vectors + index
            unsafe message.header.msg_iovlen = 1
            unsafe message.header.msg_name = addresses + index * addressBytes
            unsafe (messages + index).initialize(to: message)
        }
    }

    deinit {
        unsafe bytes.deallocate()
        unsafe addresses.deallocate()
        unsafe vectors.deallocate()
        unsafe messages.deallocate()
    }

    /// Fills the slots from a socket without waiting. Returns the number of datagrams, or a negative errno.
    mutating func fill(from descriptor: borrowing FileDescriptor) -> Int {
        for index in 0..<capacity {
            // The kernel overwrites both with what it found.
            unsafe messages[index].header.msg_namelen = socklen_t(RELAIS_ADDRESS_BYTES)
            unsafe messages[index].header.msg_flags = 0
        }
        return unsafe Int(relais_receive_messages(descriptor.rawValue, messages, UInt32(capacity)))
    }

    /// Length of the datagram in a slot that the last `fill` filled; nil when it was cut off.
    func length(at index: Int) -> Int? {
        precondition(index >= 0 && index < capacity)
        guard unsafe relais_is_truncated(messages + index) == 0 else { return nil }
        return unsafe min(Int(messages[index].length), slotBytes)
    }

    /// Where the datagram came from; nil when the kernel gave no address of a known family.
    func source(at index: Int) -> SocketAddress? {
        precondition(index >= 0 && index < capacity)
        let header = unsafe messages[index].header
        return unsafe SocketAddress(native: header.msg_name, length: header.msg_namelen)
    }

    /// Lets `body` read and rewrite the first `count` bytes of a slot.
    mutating func withSlot(_ index: Int, count: Int, _ body: (inout MutableSpan<UInt8>) -> Void) {
        precondition(index >= 0 && index < capacity && count >= 0 && count <= slotBytes)
        let start = unsafe (bytes + index * slotBytes).assumingMemoryBound(to: UInt8.self)
        var span = unsafe MutableSpan(_unsafeStart: start, count: count)
        body(&span)
    }
}
