// Whether runs of equal datagrams go as one message (UDP_SEGMENT, udp(7)) or one by one.

/// Remembers refusals of the kernel.
///
/// One destination can refuse alone (its route has a small MTU or no checksum offload) and must not spoil it for the
/// others, so only a row of refusals turns segmentation off; from then on it is tried again from time to time.
struct SegmentationPolicy: Hashable, Sendable {
    /// Refusals in a row after which the kernel is taken to be unable.
    static let refusalsBeforeOff = 16
    /// Batches that are sent plain before the next trial.
    static let batchesBeforeTrial = 65_536

    private var refusalsInARow = 0
    private var plainBatches = 0
    /// Never segments; for comparison and for systems known to be broken.
    private let isForcedOff: Bool

    init(isForcedOff: Bool = false) { self.isForcedOff = isForcedOff }

    /// Whether runs may be built now.
    var isOn: Bool { !isForcedOff && refusalsInARow < Self.refusalsBeforeOff }

    mutating func noteAccepted() { refusalsInARow = 0 }

    mutating func noteRefused() {
        if refusalsInARow < Self.refusalsBeforeOff { refusalsInARow += 1 }
    }

    /// To be called before each batch.
    mutating func beginBatch() {
        guard !isForcedOff, !isOn else { return }
        plainBatches += 1
        guard plainBatches >= Self.batchesBeforeTrial else { return }
        plainBatches = 0
        // One refusal more and it is off again.
        refusalsInARow = Self.refusalsBeforeOff - 1
    }
}
