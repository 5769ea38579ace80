// What a client's description says of its transport, checked.

import MediaInterface
import SDP

public enum NegotiationError: Error, Hashable, Sendable {
    /// The text is no session description, or contradicts itself.
    case malformed(String)
    /// Well formed, but not what this server does.
    case unsupported(String)
    /// The client's certificate changed: it is another transport, which needs another session.
    case transportReplaced
    /// An answer without an offer, or to another one.
    case unexpectedAnswer
}

extension SDPSession {
    /// Parses within the bounds of the conference.
    static func received(_ text: String) throws(NegotiationError) -> SDPSession {
        var limits = SDPLimits()
        limits.bytes = ConferenceLimits.sdpBytes
        limits.lines = ConferenceLimits.sdpLines
        limits.sections = ConferenceLimits.sdpSections
        do {
            return try SDPSession(parsing: text, limits: limits)
        } catch {
            switch error {
            case .tooLong(let limit):
                throw .malformed("the session description is over the limit of \(limit)")
            case .malformed(let line, let reason):
                throw .malformed("line \(line) of the session description: \(reason)")
            }
        }
    }

    /// Mids name sections: each has one, no two the same.
    func checkMids() throws(NegotiationError) {
        var seen = Set<String>()
        for section in sections {
            guard !section.mid.isEmpty, section.mid.utf8.count <= 32, seen.insert(section.mid).inserted else {
                throw .malformed("a section without a name of its own (a=mid)")
            }
        }
    }

    /// The one transport of a bundled description (RFC 9143 section 7).
    func remoteTransport() throws(NegotiationError) -> RemoteTransport {
        let active = sections.filter { !$0.isRejected }
        guard !active.isEmpty else { throw .malformed("no section is in use") }
        guard active.count == 1 || bundle != nil else {
            throw .unsupported("sections must share one transport (BUNDLE)")
        }
        // The tagged section speaks for all; what the others repeat is not looked at.
        let tagged = bundle?.first.flatMap { mid in active.first { $0.mid == mid } } ?? active[0]
        guard let fragment = tagged.transport.usernameFragment ?? transport.usernameFragment,
            let password = tagged.transport.password ?? transport.password,
            (4...256).contains(fragment.utf8.count), (22...256).contains(password.utf8.count)
        else { throw .malformed("no usable ICE credentials") }
        let setup = tagged.transport.setup ?? transport.setup
        guard setup != .passive else { throw .unsupported("the server is always the DTLS server") }
        let prints = tagged.transport.fingerprints.isEmpty ? transport.fingerprints : tagged.transport.fingerprints
        guard let fingerprint = prints.lazy.compactMap(CertificateFingerprint.init).first else {
            throw .malformed("no certificate fingerprint of a known kind")
        }
        return RemoteTransport(
            credentials: ICECredentials(usernameFragment: fragment, password: password), fingerprint: fingerprint)
    }

    /// RFC 8841 section 6.1: 64 KiB where nothing is said, 0 means no limit.
    var dataMessageLimitBytes: Int {
        let data = sections.first { $0.kind == .application && !$0.isRejected }
        guard let announced = data?.maximumMessageSizeBytes else { return MediaLimits.dataMessageBytes }
        return announced == 0 ? MediaLimits.dataMessageBytes : Int(clamping: announced)
    }
}

extension CertificateFingerprint {
    init?(_ described: SDPFingerprint) {
        guard let algorithm = Algorithm(rawValue: described.algorithm) else { return nil }
        let length =
            switch algorithm {
            case .sha256: 32
            case .sha384: 48
            case .sha512: 64
            }
        guard described.digest.count == length else { return nil }
        self.init(algorithm: algorithm, digest: described.digest)
    }
}
