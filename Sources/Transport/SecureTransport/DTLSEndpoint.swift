// One end of a DTLS 1.2 association over datagrams (RFC 6347, RFC 5764), sans-IO around OpenSSL.

public import Basics
internal import COpenSSL

/// Datagrams and times come in; datagrams, application data and SRTP keys come out.
///
/// Nothing is kept for a server endpoint until a datagram looks like a ClientHello. The peer's certificate may be of any
/// kind; it counts only when its fingerprint is the expected one.
///
/// Two things are OpenSSL's own: its random numbers, and its clock, which it compares deadlines with. The times of
/// retransmissions are ours all the same (`advance`), so that they follow a virtual clock, with OpenSSL 3.0 and 3.1. Later
/// versions retransmit when `advance` is called at the deadlines of a clock that runs with the real one, and lose nothing
/// but the virtual clock.
@safe public struct DTLSEndpoint: ~Copyable, @unchecked Sendable {
    public let role: DTLSRole
    public private(set) var state = DTLSState.handshaking
    /// The keys for SRTP, from the moment that the state is `connected`.
    public private(set) var keyMaterial: SRTPKeyMaterial?

    private let context: DTLSContext
    private var expectedFingerprint: DTLSFingerprint?
    private var ssl: OpaquePointer?
    /// Lives as long as `ssl`.
    private var pipe: UnsafeMutablePointer<relais_dtls_pipe>?
    private var retransmission = DTLSRetransmission()
    private var isHandshakeDone = false
    private var handshakeBytes = 0
    private var earlyRecords = 0

    /// - Parameters:
    ///   - context: what all endpoints share
    ///   - role: a client sends its first flight with `start`, a server waits
    ///   - fingerprint: of the peer's certificate; without one the endpoint is not connected before `expect` is called
    public init(context: DTLSContext, role: DTLSRole, expecting fingerprint: DTLSFingerprint? = nil) {
        self.context = context
        self.role = role
        expectedFingerprint = fingerprint
    }

    deinit { unsafe SSL_free(ssl) }

    /// When `advance` is to be called next; nil while nothing is due.
    public var nextDeadline: MonotonicTime? { state == .handshaking ? retransmission.nextDeadline : nil }

    /// Sends the ClientHello. Does nothing for a server, or when called again.
    public mutating func start(at now: MonotonicTime) {
        guard role == .client, !isOpen, state == .handshaking else { return }
        open(at: now)
        step(at: now)
    }

    /// Names the certificate that the peer must show; to be called once, when it was not known at first.
    public mutating func expect(_ fingerprint: DTLSFingerprint) {
        guard expectedFingerprint == nil else { return }
        expectedFingerprint = fingerprint
        verifyPeer()
    }

    /// Takes a datagram in. Anything may be in it: what is not DTLS, or not wanted now, is ignored.
    /// - Parameter applicationData: called for each piece of application data (an SCTP packet) in the datagram
    public mutating func receive(
        _ datagram: Span<UInt8>, at now: MonotonicTime, applicationData: (Span<UInt8>) -> Void
    ) {
        guard state == .handshaking || state == .connected, isWelcome(datagram) else { return }
        if !isOpen { open(at: now) }
        guard let pipe = unsafe pipe else { return }
        unsafe datagram.withUnsafeBufferPointer { bytes in
            unsafe pipe.pointee.incoming = bytes.baseAddress
            unsafe pipe.pointee.incoming_count = bytes.count
            step(at: now)
            readApplicationData(applicationData)
            // Whatever was not read is dropped with its datagram.
            unsafe pipe.pointee.incoming = nil
        }
    }

    /// Sends the last flight again when it is due, and gives up when it is time.
    public mutating func advance(to now: MonotonicTime) {
        guard state == .handshaking, let ssl = unsafe ssl, let pipe = unsafe pipe else { return }
        if retransmission.isExhausted(at: now) {
            state = .failed(.timedOut)
        } else if retransmission.isDue(at: now) {
            ERR_clear_error()
            if unsafe relais_dtls_retransmit(ssl, pipe) < 0 {
                state = .failed(.timedOut)
            } else {
                retransmission.retransmitted(at: now)
            }
        }
    }

    /// Encrypts one datagram's worth of application data.
    /// - Returns: false when the endpoint is not connected, or `data` is empty or larger than
    ///   `DTLSLimits.applicationDataBytes`
    public mutating func send(_ data: Span<UInt8>) -> Bool {
        guard state == .connected, let ssl = unsafe ssl, data.count > 0, data.count <= DTLSLimits.applicationDataBytes
        else { return false }
        ERR_clear_error()
        return unsafe data.withUnsafeBufferPointer { unsafe SSL_write(ssl, $0.baseAddress, Int32($0.count)) } > 0
    }

    /// Says good-bye (close_notify); the datagram is to be drained and sent.
    public mutating func close() {
        if state == .connected, let ssl = unsafe ssl {
            ERR_clear_error()
            unsafe SSL_shutdown(ssl)
        }
        if state == .handshaking || state == .connected { state = .closed }
    }

    /// Hands over the datagrams to send, in order, each at most `DTLSLimits.datagramBytes` long.
    public mutating func drainDatagrams(_ body: (Span<UInt8>) -> Void) {
        guard let pipe = unsafe pipe, unsafe pipe.pointee.outgoing_count > 0 else { return }
        let bytes = unsafe UnsafeRawBufferPointer(start: pipe.pointee.outgoing, count: pipe.pointee.outgoing_count)
        var offset = 0
        while offset < bytes.count {
            let count = unsafe Int(bytes.loadUnaligned(fromByteOffset: offset, as: UInt16.self))
            let datagram = unsafe UnsafeRawBufferPointer(rebasing: bytes[offset + 2..<offset + 2 + count])
            unsafe body(Span(_unsafeElements: datagram.assumingMemoryBound(to: UInt8.self)))
            offset += 2 + count
        }
        unsafe pipe.pointee.outgoing_count = 0
    }

    /// Datagrams that nobody drained in time (`DTLSLimits`).
    public var droppedDatagrams: Int { unsafe pipe.map { unsafe $0.pointee.outgoing_dropped } ?? 0 }

    // MARK: Steps

    private var isOpen: Bool { unsafe ssl != nil }

    /// Filters before OpenSSL sees the datagram, and before anything is allocated for it.
    private mutating func isWelcome(_ datagram: Span<UInt8>) -> Bool {
        guard datagram.count <= DTLSLimits.receivedDatagramBytes, let records = DTLSRecords(datagram) else {
            return false
        }
        if !isOpen { return role == .server && DTLSRecords.beginsWithClientHello(datagram) }
        guard !isHandshakeDone else { return true }
        handshakeBytes += datagram.count
        if handshakeBytes > DTLSLimits.handshakeBytes {
            state = .failed(.tooMuchHandshakeData)
            return false
        }
        // OpenSSL would keep early data for later, or end the handshake over it; whoever sent it sends it again.
        guard records.applicationData == 0 else { return false }
        earlyRecords += records.encrypted
        return records.encrypted == 0 || earlyRecords <= DTLSLimits.earlyRecords
    }

    private mutating func open(at now: MonotonicTime) {
        var made: UnsafeMutablePointer<relais_dtls_pipe>?
        ERR_clear_error()
        unsafe ssl = relais_dtls_new(
            context.context, role == .client ? 1 : 0, Int32(DTLSLimits.datagramBytes), DTLSLimits.outgoingBytes, &made)
        unsafe pipe = made
        guard isOpen else {
            state = .failed(.protocolError(code: ERR_get_error()))
            return
        }
        retransmission.begin(at: now)
    }

    private mutating func step(at now: MonotonicTime) {
        guard !isHandshakeDone, state == .handshaking, let ssl = unsafe ssl, let pipe = unsafe pipe else { return }
        ERR_clear_error()
        let result = unsafe SSL_do_handshake(ssl)
        if result == 1 {
            isHandshakeDone = true
            verifyPeer()
        } else {
            fail(after: result)
        }
        unsafe retransmission.update(
            flights: pipe.pointee.flights, awaitsAnswer: relais_dtls_awaits_answer(ssl) == 1, at: now)
    }

    private mutating func readApplicationData(_ body: (Span<UInt8>) -> Void) {
        // Also read while the fingerprint is not known: OpenSSL answers a repeated last flight of the peer from in here.
        guard isHandshakeDone, let ssl = unsafe ssl else { return }
        unsafe withUnsafeTemporaryAllocation(of: UInt8.self, capacity: DTLSLimits.receivedDatagramBytes) { buffer in
            while state == .handshaking || state == .connected {
                ERR_clear_error()
                let count = unsafe SSL_read(ssl, buffer.baseAddress!, Int32(buffer.count))
                guard count > 0 else {
                    fail(after: count)
                    return
                }
                guard state == .connected else { continue }
                unsafe body(Span(_unsafeElements: UnsafeBufferPointer(rebasing: buffer[0..<Int(count)])))
            }
        }
    }

    /// Compares certificates once the handshake is done and both are known; takes the keys out.
    private mutating func verifyPeer() {
        guard isHandshakeDone, state == .handshaking, let ssl = unsafe ssl, let expectedFingerprint else { return }
        let certificate = unsafe relais_dtls_peer_certificate(ssl)
        defer { unsafe X509_free(certificate) }
        guard let certificate = unsafe certificate,
            let found = unsafe DTLSFingerprint(of: certificate, expectedFingerprint.algorithm),
            found == expectedFingerprint
        else {
            unsafe SSL_shutdown(ssl)
            state = .failed(.fingerprintMismatch)
            return
        }
        guard let keys = unsafe SRTPKeyMaterial(exportedFrom: ssl, role: role) else {
            unsafe SSL_shutdown(ssl)
            state = .failed(.noCommonProfile)
            return
        }
        keyMaterial = keys
        state = .connected
    }

    /// Judges what an SSL call that did not succeed means for the state.
    private mutating func fail(after result: Int32) {
        guard let ssl = unsafe ssl else { return }
        switch unsafe SSL_get_error(ssl, result) {
        case SSL_ERROR_WANT_READ, SSL_ERROR_WANT_WRITE:
            return
        case SSL_ERROR_ZERO_RETURN:
            unsafe SSL_shutdown(ssl)
            state = .closed
        default:
            let code = ERR_peek_error()
            // Reasons from 1000 on are alerts that the peer sent.
            let reason = relais_error_reason(code)
            state = .failed(
                (1_000..<1_256).contains(reason) ? .alert(UInt8(reason - 1_000)) : .protocolError(code: code))
        }
        ERR_clear_error()
    }
}
