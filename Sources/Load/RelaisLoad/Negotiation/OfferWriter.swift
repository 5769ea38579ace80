// The sections of a client's offer, with the payload types and identifiers that browsers built on libwebrtc use.

import MediaInterface
import SDP
import SecureTransport

/// Identity of a client's transport, the same in all its sections.
struct ClientTransport: Hashable, Sendable {
    var credentials: ICECredentials
    var fingerprint: DTLSFingerprint

    fileprivate var description: SDPTransport {
        var transport = SDPTransport()
        transport.usernameFragment = credentials.usernameFragment
        transport.password = credentials.password
        transport.options = ["trickle"]
        transport.fingerprints = [
            SDPFingerprint(algorithm: fingerprint.algorithm.rawValue, digest: fingerprint.digest)
        ]
        transport.setup = .actpass
        return transport
    }
}

/// One section of the client's side.
struct ClientSection: Hashable, Sendable {
    enum Use: Hashable, Sendable {
        case receive(MediaKind)
        case publish(Publication)
        case data
    }
    var mid: String
    var use: Use
}

/// URIs of the header extensions that are offered.
enum OfferedExtension {
    static let audioLevel = "urn:ietf:params:rtp-hdrext:ssrc-audio-level"
    static let absoluteSendTime = "http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time"
    static let transportSequenceNumber =
        "http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01"
    static let mid = "urn:ietf:params:rtp-hdrext:sdes:mid"
    static let rid = "urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id"
    static let repairedRID = "urn:ietf:params:rtp-hdrext:sdes:repaired-rtp-stream-id"

    static let audio = [(1, audioLevel), (2, absoluteSendTime), (3, transportSequenceNumber), (4, mid)]
    static let video = [
        (2, absoluteSendTime), (3, transportSequenceNumber), (4, mid), (10, rid), (11, repairedRID),
    ]
}

enum OfferWriter {
    /// The whole description; all sections share one transport.
    static func session(
        _ sections: [ClientSection], transport: ClientTransport, sessionID: UInt64, version: UInt64
    ) -> SDPSession {
        var session = SDPSession(sessionID: sessionID, sessionVersion: version)
        session.bundle = sections.map(\.mid)
        session.allowsMixedExtensions = true
        session.mediaStreamSemantics = "WMS"
        session.sections = sections.map { section($0, transport: transport) }
        return session
    }

    private static func section(_ section: ClientSection, transport: ClientTransport) -> SDPMediaSection {
        var media =
            switch section.use {
            case .receive(.audio): audio(section.mid, direction: .recvonly)
            case .receive(.video): video(section.mid, direction: .recvonly)
            case .publish(let publication): published(publication, mid: section.mid)
            case .data: data(section.mid)
            }
        media.transport = transport.description
        return media
    }

    private static func audio(_ mid: String, direction: SDPDirection) -> SDPMediaSection {
        var section = SDPMediaSection(kind: .audio, mid: mid)
        section.direction = direction
        section.codecs = [
            SDPCodec(
                payloadType: 111, name: "opus", clockRateHertz: 48_000, channels: 2,
                parameters: "minptime=10;useinbandfec=1", feedback: ["transport-cc"])
        ]
        return media(section, OfferedExtension.audio)
    }

    private static func video(_ mid: String, direction: SDPDirection) -> SDPMediaSection {
        var section = SDPMediaSection(kind: .video, mid: mid)
        section.direction = direction
        section.codecs = [
            SDPCodec(
                payloadType: 96, name: "VP8", clockRateHertz: 90_000,
                feedback: ["goog-remb", "transport-cc", "ccm fir", "nack", "nack pli"]),
            SDPCodec(payloadType: 97, name: "rtx", clockRateHertz: 90_000, parameters: "apt=96"),
        ]
        return media(section, OfferedExtension.video)
    }

    private static func media(_ section: SDPMediaSection, _ extensions: [(Int, String)]) -> SDPMediaSection {
        var section = section
        section.usesRTCPMux = true
        section.usesReducedSizeRTCP = true
        section.extensions = extensions.map { SDPExtension(id: UInt16($0), uri: $1) }
        return section
    }

    private static func published(_ publication: Publication, mid: String) -> SDPMediaSection {
        var section =
            publication.kind == .audio ? audio(mid, direction: .sendonly) : video(mid, direction: .sendonly)
        let stream = SDPMediaStreamID(stream: "-", track: publication.cid)
        section.mediaStreams = [stream]
        if publication.isSimulcast {
            let rids = publication.encodings.compactMap(\.rid)
            section.rids = rids.map { SDPRID(id: $0, direction: .send) }
            section.simulcast = SDPSimulcast(send: rids.map { [$0] })
            return section
        }
        let cname = publication.cid
        section.sources = [SDPSource(ssrc: publication.ssrc, cname: cname, mediaStream: stream)]
        if publication.kind == .video {
            let repair = publication.retransmissionSSRC
            section.sourceGroups = [SDPSourceGroup(semantics: "FID", sources: [publication.ssrc, repair])]
            section.sources.append(SDPSource(ssrc: repair, cname: cname, mediaStream: stream))
        }
        return section
    }

    private static func data(_ mid: String) -> SDPMediaSection {
        var section = SDPMediaSection(kind: .application, transportProtocol: "UDP/DTLS/SCTP", mid: mid)
        section.format = "webrtc-datachannel"
        section.sctpPort = 5_000
        section.maximumMessageSizeBytes = 262_144
        return section
    }
}
