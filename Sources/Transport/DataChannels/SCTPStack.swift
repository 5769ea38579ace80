// usrsctp, of which a process has one: its start, its lock, its callbacks.

internal import CUsrSCTP
internal import Synchronization

/// The process-wide part. usrsctp is all global variables, so this is the one place below the runtime with globals of its
/// own. Three rules keep it sound:
/// - One lock around every call into usrsctp. Its own locks allow more, but timers that fire on one thread while another
///   closes their socket are its oldest kind of defect; data channels are not worth that risk.
/// - usrsctp knows associations by numbers that are never used twice, not by addresses. A callback that comes late finds
///   nothing.
/// - Callbacks only fill mailboxes. They never call usrsctp or anything above.
final class SCTPStack: Sendable {
    static let shared = SCTPStack()

    private struct Registry {
        var mailboxes: [UInt: SCTPMailbox] = [:]
        var lastToken: UInt = 0
    }

    /// Held during every call into usrsctp.
    private let entry = Mutex(())
    /// Taken inside callbacks, so while `entry` is held; never the other way round.
    private let registry = Mutex(Registry())

    static var settings: relais_sctp_settings {
        relais_sctp_settings(
            streams: UInt32(DataChannelLimits.streams), send_buffer_bytes: DataChannelLimits.sendBufferBytes,
            receive_buffer_bytes: DataChannelLimits.receiveBufferBytes,
            message_bytes: UInt32(DataChannelLimits.messageBytes) + 1,
            writable_bytes: DataChannelLimits.sendBufferBytes / 2,
            initial_rto_milliseconds: DataChannelLimits.initialTimeoutMilliseconds,
            least_rto_milliseconds: DataChannelLimits.leastTimeoutMilliseconds,
            largest_rto_milliseconds: DataChannelLimits.largestTimeoutMilliseconds,
            delayed_ack_milliseconds: DataChannelLimits.delayedAcknowledgementMilliseconds,
            retransmissions: DataChannelLimits.retransmissions)
    }

    private init() {
        var callbacks = unsafe relais_sctp_callbacks(
            packet: { token, bytes, count in
                unsafe SCTPStack.shared.mailbox(token)?.addPacket(UnsafeBufferPointer(start: bytes, count: count))
            },
            message: { token, stream, identifier, bytes, count, isComplete in
                unsafe SCTPStack.shared.mailbox(token)?.addMessage(
                    stream: stream, protocol: identifier, UnsafeBufferPointer(start: bytes, count: count),
                    isComplete: isComplete != 0)
            },
            association: { token, state in SCTPStack.shared.mailbox(token)?.addAssociation(state: state) },
            reset: { token, flags, streams, count in
                unsafe SCTPStack.shared.mailbox(token)?.addReset(
                    flags: flags, streams: Array(UnsafeBufferPointer(start: streams, count: count)))
            },
            aborted: { token in SCTPStack.shared.mailbox(token)?.dropPieces() },
            writable: { token in SCTPStack.shared.mailbox(token)?.addWritable() })
        var settings = Self.settings
        unsafe relais_sctp_start(&callbacks, &settings)
    }

    private func mailbox(_ token: UInt) -> SCTPMailbox? {
        registry.withLock { $0.mailboxes[token] }
    }

    /// A number for an association, which callbacks reach `mailbox` by until it is deregistered.
    func register(_ mailbox: SCTPMailbox) -> UInt {
        registry.withLock { registry in
            registry.lastToken += 1
            registry.mailboxes[registry.lastToken] = mailbox
            return registry.lastToken
        }
    }

    func deregister(_ token: UInt) {
        registry.withLock { $0.mailboxes[token] = nil }
    }

    /// Associations that callbacks can reach.
    var registeredCount: Int { registry.withLock { $0.mailboxes.count } }

    /// Calls usrsctp, alone.
    func exclusively<Result: Sendable>(_ body: () -> Result) -> Result {
        entry.withLock { _ in body() }
    }
}
