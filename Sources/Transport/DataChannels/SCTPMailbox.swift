// Where usrsctp's callbacks leave what they bring. They may come on any thread that runs usrsctp's timers, so it has a lock.

internal import CUsrSCTP
internal import Synchronization

/// What SCTP reports of one association.
enum SCTPReport: Equatable {
    case up
    /// The peer has begun anew and knows nothing of our channels.
    case restarted
    case down
    case message(stream: UInt16, protocol: UInt32, [UInt8])
    /// A message over the limit was thrown away.
    case oversized
    case peerReset([UInt16])
    case ownReset([UInt16])
    /// A reset was refused or is over: the next one may be tried.
    case resetSettled
    case writable
}

/// Packets to send and reports to read, both bounded.
final class SCTPMailbox: Sendable {
    struct Contents {
        /// Packets, each behind two bytes of length.
        var packets: [UInt8] = []
        var reports: [SCTPReport] = []
        var reportBytes = 0
        var overflowedPackets = 0
        var overflowedReports = 0
        /// Pieces of the message that is being delivered, nil for one that is thrown away.
        var pieces: [UInt8]? = []
        /// Whether a send was refused and the sender waits for room.
        var isBlocked = false

        mutating func append(_ report: SCTPReport, bytes: Int = 0) {
            guard reports.count < DataChannelLimits.events, reportBytes + bytes <= DataChannelLimits.eventBytes else {
                overflowedReports += 1
                return
            }
            reports.append(report)
            reportBytes += bytes
        }
    }

    let contents = Mutex(Contents())

    func addPacket(_ packet: UnsafeBufferPointer<UInt8>) {
        contents.withLock { contents in
            guard packet.count <= UInt16.max,
                contents.packets.count + 2 + packet.count <= DataChannelLimits.outgoingPacketBytes
            else {
                contents.overflowedPackets += 1
                return
            }
            contents.packets.append(UInt8(packet.count >> 8))
            contents.packets.append(UInt8(packet.count & 255))
            unsafe contents.packets.append(contentsOf: packet)
        }
    }

    /// A whole message, or a piece of one.
    func addMessage(
        stream: UInt16, protocol identifier: UInt32, _ bytes: UnsafeBufferPointer<UInt8>, isComplete: Bool
    ) {
        contents.withLock { contents in
            if let before = contents.pieces, before.count + bytes.count > DataChannelLimits.messageBytes {
                contents.pieces = nil
            }
            unsafe contents.pieces?.append(contentsOf: bytes)
            guard isComplete else { return }
            if let message = contents.pieces {
                contents.append(.message(stream: stream, protocol: identifier, message), bytes: message.count)
            } else {
                contents.append(.oversized)
            }
            contents.pieces = []
        }
    }

    /// The message of which pieces have come is not completed.
    func dropPieces() {
        contents.withLock { $0.pieces = [] }
    }

    func add(_ report: SCTPReport) {
        contents.withLock { $0.append(report) }
    }

    func addWritable() {
        contents.withLock { contents in
            guard contents.isBlocked else { return }
            contents.isBlocked = false
            contents.append(.writable)
        }
    }

    func noteBlocked() {
        contents.withLock { $0.isBlocked = true }
    }

    func takeReports() -> [SCTPReport] {
        contents.withLock { contents in
            guard !contents.reports.isEmpty else { return [] }
            let taken = contents.reports
            contents.reports = []
            contents.reportBytes = 0
            return taken
        }
    }

    /// All packets, each behind two bytes of length.
    func takePackets() -> [UInt8] {
        contents.withLock { contents in
            guard !contents.packets.isEmpty else { return [] }
            let taken = contents.packets
            contents.packets = []
            return taken
        }
    }

    /// Packets and reports that found their queue full.
    var overflows: (packets: Int, reports: Int) {
        contents.withLock { ($0.overflowedPackets, $0.overflowedReports) }
    }
}

// What usrsctp's notifications mean (RFC 6458 section 6.1, RFC 6525 section 6.1).
extension SCTPMailbox {
    func addAssociation(state: UInt16) {
        switch Int32(state) {
        case SCTP_COMM_UP: add(.up)
        case SCTP_RESTART: add(.restarted)
        default: add(.down)
        }
    }

    func addReset(flags: UInt16, streams: [UInt16]) {
        let flags = Int32(flags)
        let isRefused = flags & (SCTP_STREAM_RESET_DENIED | SCTP_STREAM_RESET_FAILED) != 0
        if !isRefused, flags & SCTP_STREAM_RESET_INCOMING_SSN != 0 { add(.peerReset(streams)) }
        if flags & SCTP_STREAM_RESET_OUTGOING_SSN != 0 {
            if !isRefused { add(.ownReset(streams)) }
            add(.resetSettled)
        }
    }
}
