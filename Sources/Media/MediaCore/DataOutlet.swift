// TEMPORARY until the association stands.
internal import Basics
internal import MediaInterface

struct DataOutlet {
    init(maximumMessageSizeBytes: Int) {}
    mutating func receive(_ packet: Span<UInt8>, at now: MonotonicTime) {}
    mutating func start(at now: MonotonicTime) {}
    mutating func advance(to now: MonotonicTime) {}
    mutating func close() {}
    mutating func drainPackets(_ body: (Span<UInt8>) -> Void) {}
    var nextDeadline: MonotonicTime? { nil }
    mutating func open(label: String, isOrdered: Bool, maximumRetransmits: UInt16?, at now: MonotonicTime) {}
    mutating func send(_ payload: [UInt8], label: String, at now: MonotonicTime) -> Bool { false }
}
