// What a server's answer says: where to send, what comes, what it takes.

import Basics
import MediaInterface
import SDP
import SecureTransport

/// The server's side of a transport.
struct ServerTransport: Hashable, Sendable {
    var credentials: ICECredentials
    var fingerprint: DTLSFingerprint
    /// Ours in the DTLS handshake.
    var role: DTLSRole
}

/// An answer, read against the sections that were offered.
struct NegotiatedAnswer: Hashable, Sendable {
    var transport: ServerTransport
    /// UDP, in the server's order; empty when the server trickles them.
    var candidates: [SocketAddress]
    /// Everything that the server sends now.
    var streams: [IncomingStream]
    /// Every publication that the server takes.
    var publications: [NegotiatedPublication]
    /// Of what the server sends.
    var extensions: HeaderExtensionIDs
}

enum AnswerReader {
    /// - Parameter sections: those of the offer, in order
    static func read(_ answer: SDPSession, offered sections: [ClientSection], tracks: [String: String])
        throws(LoadFailure) -> NegotiatedAnswer
    {
        guard answer.sections.count == sections.count else {
            throw .unusableAnswer("it has \(answer.sections.count) sections, the offer has \(sections.count)")
        }
        for (answered, offered) in zip(answer.sections, sections) where answered.mid != offered.mid {
            throw .unusableAnswer("section \(offered.mid) was answered as \(answered.mid)")
        }
        var result = NegotiatedAnswer(
            transport: try transport(of: answer), candidates: candidates(of: answer), streams: [], publications: [],
            extensions: HeaderExtensionIDs())
        for (answered, offered) in zip(answer.sections, sections) where !answered.isRejected {
            switch offered.use {
            case .receive(let kind):
                guard answered.effectiveDirection.sends else { continue }
                enter(answered.extensions + answer.extensions, into: &result.extensions)
                if let stream = stream(answered, kind: kind, tracks: tracks) { result.streams.append(stream) }
            case .publish(let publication):
                guard answered.effectiveDirection.receives else { continue }
                let extensions = answered.extensions + answer.extensions
                if let accepted = accepted(publication, answered, extensions) { result.publications.append(accepted) }
            case .data: break
            }
        }
        return result
    }

    private static func transport(of answer: SDPSession) throws(LoadFailure) -> ServerTransport {
        guard let section = answer.sections.first(where: { !$0.isRejected }) else {
            throw .unusableAnswer("all sections are rejected")
        }
        let own = section.transport
        guard let fragment = own.usernameFragment ?? answer.transport.usernameFragment,
            let password = own.password ?? answer.transport.password
        else { throw .unusableAnswer("it has no ICE credentials") }
        let prints = own.fingerprints.isEmpty ? answer.transport.fingerprints : own.fingerprints
        let fingerprint = prints.lazy.compactMap { described in
            DTLSFingerprint.Algorithm(rawValue: described.algorithm).flatMap {
                DTLSFingerprint(algorithm: $0, digest: described.digest)
            }
        }.first
        guard let fingerprint else { throw .unusableAnswer("it has no certificate fingerprint of a known kind") }
        let setup = own.setup ?? answer.transport.setup ?? .passive
        return ServerTransport(
            credentials: ICECredentials(usernameFragment: fragment, password: password), fingerprint: fingerprint,
            role: setup == .active ? .server : .client)
    }

    private static func candidates(of answer: SDPSession) -> [SocketAddress] {
        let section = answer.sections.first { !$0.candidates.isEmpty }
        return (section?.candidates ?? []).compactMap(address)
    }

    /// Nil for what is not UDP or not numeric.
    static func address(of candidate: SDPCandidate) -> SocketAddress? {
        guard candidate.transport == "udp", candidate.component == 1 else { return nil }
        return SocketAddress(host: candidate.address, port: candidate.port)
    }

    private static func stream(
        _ section: SDPMediaSection, kind: MediaKind, tracks: [String: String]
    ) -> IncomingStream? {
        let pair = section.sourceGroups.first { $0.semantics == "FID" && $0.sources.count == 2 }?.sources
        guard let ssrc = pair?[0] ?? section.sources.first?.ssrc else { return nil }
        return IncomingStream(
            mid: section.mid, kind: kind, track: tracks[section.mid] ?? section.sentMediaStream?.track ?? "",
            ssrc: ssrc, retransmissionSSRC: pair?[1] ?? 0)
    }

    private static func accepted(
        _ publication: Publication, _ section: SDPMediaSection, _ extensions: [SDPExtension]
    ) -> NegotiatedPublication? {
        let wanted = publication.kind == .audio ? "opus" : "vp8"
        guard let codec = section.codecs.first(where: { $0.name.lowercased() == wanted }) else { return nil }
        let repair = section.codecs.first {
            $0.name.lowercased() == "rtx" && $0.parameter("apt").flatMap(UInt8.init) == codec.payloadType
        }
        var ids = HeaderExtensionIDs()
        enter(extensions, into: &ids)
        return NegotiatedPublication(
            publication: publication, mid: section.mid, payloadType: codec.payloadType,
            retransmissionPayloadType: repair?.payloadType, extensions: ids)
    }

    private static func enter(_ extensions: [SDPExtension], into ids: inout HeaderExtensionIDs) {
        for item in extensions {
            guard let id = UInt8(exactly: item.id), id <= 14 else { continue }
            switch item.uri {
            case OfferedExtension.audioLevel: ids.audioLevel = id
            case OfferedExtension.absoluteSendTime: ids.absoluteSendTime = id
            case OfferedExtension.transportSequenceNumber: ids.transportSequenceNumber = id
            case OfferedExtension.mid: ids.mid = id
            case OfferedExtension.rid: ids.rtpStreamID = id
            case OfferedExtension.repairedRID: ids.repairedRTPStreamID = id
            default: break
            }
        }
    }
}
