// What the server says of its own end of a transport.

public import Basics
public import MediaInterface
import SDP

/// An address at which a media thread listens.
public struct LocalCandidate: Hashable, Sendable {
    public enum Transport: Hashable, Sendable {
        case udp
        /// RFC 6544, the client connects.
        case tcpPassive
    }
    public var transport: Transport
    public var address: SocketAddress
    public init(transport: Transport = .udp, address: SocketAddress) {
        self.transport = transport
        self.address = address
    }
}

/// The certificate and the addresses of one media thread, best address first.
public struct LocalTransport: Hashable, Sendable {
    public var fingerprint: CertificateFingerprint
    public var candidates: [LocalCandidate]
    public init(fingerprint: CertificateFingerprint, candidates: [LocalCandidate]) {
        self.fingerprint = fingerprint
        self.candidates = candidates
    }

    /// As the session description lists them. Priorities follow RFC 8445 section 5.1.2.1: UDP before TCP, earlier
    /// before later.
    var descriptionCandidates: [SDPCandidate] {
        candidates.enumerated().map { index, candidate in
            let typePreference: UInt32 = candidate.transport == .udp ? 126 : 90
            let localPreference = UInt32(65_535 - min(index, 65_535))
            return SDPCandidate(
                foundation: "\(index + 1)", transport: candidate.transport == .udp ? "udp" : "tcp",
                priority: typePreference << 24 | localPreference << 8 | 255, address: candidate.address.host,
                port: candidate.address.port, type: "host",
                extensions: candidate.transport == .udp ? "" : "tcptype passive")
        }
    }

    var descriptionFingerprint: SDPFingerprint {
        SDPFingerprint(algorithm: fingerprint.algorithm.rawValue, digest: fingerprint.digest)
    }
}

extension ICECredentials {
    /// Letters, digits, "+" and "/" (RFC 8839 section 5.4): 48 bits of name, 192 bits of secret.
    init(random generator: inout some RandomNumberGenerator) {
        func characters(_ count: Int, _ generator: inout some RandomNumberGenerator) -> String {
            let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/")
            return String((0..<count).map { _ in alphabet[Int.random(in: 0..<64, using: &generator)] })
        }
        self.init(
            usernameFragment: characters(8, &generator), password: characters(32, &generator))
    }
}
