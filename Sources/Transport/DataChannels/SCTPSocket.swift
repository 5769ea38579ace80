// One usrsctp socket: its calls, under the stack's lock, and its end.

internal import Basics
internal import CUsrSCTP

@safe struct SCTPSocket: ~Copyable {
    enum SendOutcome: Equatable {
        case sent
        case wouldBlock
        case refused(Int32)
    }

    let mailbox: SCTPMailbox
    private let token: UInt
    private let socket: OpaquePointer
    private var isOpen = true

    /// Nil when usrsctp refuses.
    init?() {
        let mailbox = SCTPMailbox()
        let token = SCTPStack.shared.register(mailbox)
        var settings = SCTPStack.settings
        let opened = SCTPStack.shared.exclusively {
            unsafe UInt(bitPattern: relais_sctp_open(token, DataChannelLimits.port, &settings))
        }
        guard let socket = unsafe OpaquePointer(bitPattern: opened) else {
            SCTPStack.shared.deregister(token)
            return nil
        }
        self.mailbox = mailbox
        self.token = token
        unsafe self.socket = socket
    }

    deinit {
        guard isOpen else { return }
        unsafe Self.close(token, socket)
    }

    /// False when usrsctp refuses.
    func connect() -> Bool {
        SCTPStack.shared.exclusively {
            unsafe relais_sctp_connect(socket, token, DataChannelLimits.port, DataChannelLimits.packetBytes) == 1
        }
    }

    func receive(_ packet: Span<UInt8>) {
        unsafe packet.withUnsafeBufferPointer { packet in
            guard isOpen, let base = packet.baseAddress else { return }
            SCTPStack.shared.exclusively { unsafe relais_sctp_input(token, base, packet.count) }
        }
    }

    func send(
        stream: UInt16, protocol identifier: UInt32, isUnordered: Bool, reliability: DataChannelReliability,
        _ message: Span<UInt8>
    ) -> SendOutcome {
        let (policy, limit): (Int, UInt32) =
            switch reliability {
            case .reliable: (RELAIS_SCTP_RELIABLE, 0)
            case .maximumRetransmits(let count): (RELAIS_SCTP_RETRANSMITS, UInt32(count))
            case .maximumLifetimeMilliseconds(let time): (RELAIS_SCTP_LIFETIME, UInt32(time))
            }
        let error = unsafe message.withUnsafeBufferPointer { message in
            SCTPStack.shared.exclusively {
                unsafe relais_sctp_send(
                    socket, stream, identifier, isUnordered ? 1 : 0, Int32(policy), limit, message.baseAddress,
                    message.count)
            }
        }
        switch error {
        case 0: return .sent
        case EWOULDBLOCK: return .wouldBlock
        default: return .refused(error)
        }
    }

    /// Bytes that wait to be sent or acknowledged.
    var bufferedBytes: Int {
        SCTPStack.shared.exclusively { unsafe Int(relais_sctp_buffered(socket)) }
    }

    /// False when another reset is under way: to be tried again when that is settled.
    func reset(_ stream: UInt16) -> Bool {
        let error = SCTPStack.shared.exclusively { unsafe relais_sctp_reset(socket, stream) }
        return error != EALREADY && error != EBUSY && error != EINPROGRESS
    }

    /// Ends the association; the mailbox has the ABORT afterwards.
    mutating func close() {
        guard isOpen else { return }
        isOpen = false
        unsafe Self.close(token, socket)
    }

    private static func close(_ token: UInt, _ socket: OpaquePointer) {
        SCTPStack.shared.exclusively { unsafe relais_sctp_close(socket, token) }
        SCTPStack.shared.deregister(token)
    }
}
