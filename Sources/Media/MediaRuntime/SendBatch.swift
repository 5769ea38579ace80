// Memory of one sendmmsg call, and the building of runs: datagrams of equal size to one destination become one message
// that the kernel (or the network card) cuts again (UDP_SEGMENT, udp(7)).

internal import Basics
internal import CLinux
internal import Glibc

/// Messages that wait for one system call. Holds addresses of the datagrams, not their bytes.
///
/// May change threads: the memory is its own, and addresses of datagrams are held only while their owner fills and flushes.
@safe struct SendBatch: ~Copyable, @unchecked Sendable {
    /// Messages, each one datagram or one run.
    private(set) var count = 0
    private var segmentCount = 0

    private let addressesIPv4: Bool
    private let vectors: UnsafeMutablePointer<iovec>
    private let messages: UnsafeMutablePointer<relais_message>
    private let addresses: UnsafeMutableRawPointer
    private let controls: UnsafeMutableRawPointer
    /// The segments of one run as messages of their own, for a kernel that does not take the run.
    private let singles: UnsafeMutablePointer<relais_message>

    /// The run that the next datagram may join: the last message.
    private var runDestination = SocketAddress(high: 0, low: 0, port: 0)
    private var runSegmentBytes = 0
    private var runBytes = 0
    /// False after a shorter segment: only the last of a run may be shorter, a later one would be cut at the wrong place.
    private var runIsOpen = false

    private static var addressBytes: Int { Int(RELAIS_ADDRESS_BYTES) }
    private static var controlBytes: Int { Int(RELAIS_SEGMENT_CONTROL_BYTES) }

    /// - Parameter addressesIPv4: addresses are written for an IPv4 socket, not for an IPv6 one
    init(addressesIPv4: Bool) {
        self.addressesIPv4 = addressesIPv4
        let capacity = RuntimeLimits.sendBatch
        unsafe vectors = .allocate(capacity: RuntimeLimits.sendSegments)
        unsafe vectors.initialize(repeating: iovec(), count: RuntimeLimits.sendSegments)
        unsafe addresses = .allocate(byteCount: capacity * Self.addressBytes, alignment: 16)
        unsafe addresses.initializeMemory(as: UInt8.self, repeating: 0, count: capacity * Self.addressBytes)
        unsafe controls = .allocate(byteCount: capacity * Self.controlBytes, alignment: 16)
        unsafe messages = .allocate(capacity: capacity)
        for index in 0..<capacity {
            let control = unsafe controls + index * Self.controlBytes
            unsafe relais_segment_control_prepare(control)
            var message = unsafe relais_message()
            unsafe message.header.msg_name = addresses + index * Self.addressBytes
            unsafe message.header.msg_control = control
            unsafe (messages + index).initialize(to: message)
        }
        unsafe singles = .allocate(capacity: RuntimeLimits.segmentsPerMessage)
        unsafe singles.initialize(repeating: relais_message(), count: RuntimeLimits.segmentsPerMessage)
    }

    deinit {
        unsafe vectors.deallocate()
        unsafe messages.deallocate()
        unsafe addresses.deallocate()
        unsafe controls.deallocate()
        unsafe singles.deallocate()
    }

    /// Adds a datagram, whose bytes must stay where they are until the batch is sent.
    ///
    /// - Parameter mayJoin: whether it may become a segment of the last message
    /// - Returns: false when the batch is full and must be sent first
    @inline(__always)
    mutating func append(to destination: SocketAddress, _ bytes: UnsafeRawBufferPointer, mayJoin: Bool) -> Bool {
        guard segmentCount < RuntimeLimits.sendSegments else { return false }
        if mayJoin && runIsOpen && joins(destination, bytes.count) {
            unsafe add(bytes)
            let last = count - 1
            let segments = unsafe messages[last].header.msg_iovlen + 1
            unsafe messages[last].header.msg_iovlen = segments
            if segments == 2 {
                let control = unsafe controls + last * Self.controlBytes
                unsafe relais_segment_control_set(control, UInt16(runSegmentBytes))
                unsafe messages[last].header.msg_controllen = Self.controlBytes
            }
            runBytes += bytes.count
            runIsOpen = bytes.count == runSegmentBytes && segments < RuntimeLimits.segmentsPerMessage
            return true
        }
        guard count < RuntimeLimits.sendBatch else { return false }
        let name = unsafe addresses + count * Self.addressBytes
        unsafe messages[count].header.msg_namelen = destination.store(to: name, asIPv4: addressesIPv4)
        unsafe messages[count].header.msg_iov = vectors + segmentCount
        unsafe messages[count].header.msg_iovlen = 1
        unsafe messages[count].header.msg_controllen = 0
        unsafe add(bytes)
        count += 1
        runDestination = destination
        runSegmentBytes = bytes.count
        runBytes = bytes.count
        // An empty datagram has no size to cut at; one beyond the field of the control message goes alone.
        runIsOpen = bytes.count > 0 && bytes.count <= Int(UInt16.max)
        return true
    }

    @inline(__always)
    private func joins(_ destination: SocketAddress, _ byteCount: Int) -> Bool {
        byteCount > 0 && byteCount <= runSegmentBytes && runBytes + byteCount <= RuntimeLimits.bytesPerMessage
            && destination == runDestination
    }

    @inline(__always)
    private mutating func add(_ bytes: UnsafeRawBufferPointer) {
        unsafe vectors[segmentCount].iov_base = UnsafeMutableRawPointer(mutating: bytes.baseAddress)
        unsafe vectors[segmentCount].iov_len = bytes.count
        segmentCount += 1
    }

    mutating func removeAll() {
        count = 0
        segmentCount = 0
        runIsOpen = false
    }

    /// Datagrams of a message.
    func segments(ofMessage index: Int) -> Int {
        precondition(index >= 0 && index < count)
        return unsafe Int(messages[index].header.msg_iovlen)
    }

    /// Bytes of a message that the kernel took.
    func bytesSent(ofMessage index: Int) -> Int {
        precondition(index >= 0 && index < count)
        return unsafe Int(messages[index].length)
    }

    /// Sends the messages from `first` on. Returns how many went, or the negative errno of the first.
    mutating func send(from first: Int, through descriptor: borrowing FileDescriptor) -> Int {
        precondition(first >= 0 && first < count)
        return unsafe Int(relais_send_messages(descriptor.rawValue, messages + first, UInt32(count - first)))
    }

    /// Makes each segment of a message a message of its own, to be sent by `sendSingles`. Returns their number.
    mutating func split(message index: Int) -> Int {
        let segments = segments(ofMessage: index)
        let header = unsafe messages[index].header
        for segment in 0..<segments {
            unsafe singles[segment].header.msg_name = header.msg_name
            unsafe singles[segment].header.msg_namelen = header.msg_namelen
            unsafe singles[segment].header.msg_iov = header.msg_iov + segment
            unsafe singles[segment].header.msg_iovlen = 1
        }
        return segments
    }

    /// As `send`, for the first `count` messages that `split` made.
    mutating func sendSingles(from first: Int, count: Int, through descriptor: borrowing FileDescriptor) -> Int {
        precondition(first >= 0 && first < count && count <= RuntimeLimits.segmentsPerMessage)
        return unsafe Int(relais_send_messages(descriptor.rawValue, singles + first, UInt32(count - first)))
    }

    func bytesSent(ofSingle index: Int) -> Int {
        precondition(index >= 0 && index < RuntimeLimits.segmentsPerMessage)
        return unsafe Int(singles[index].length)
    }
}
