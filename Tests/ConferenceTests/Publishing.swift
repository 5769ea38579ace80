// Short ways to a room in which somebody publishes.

import Basics
import MediaInterface
import SDP

@testable import Conference

/// An offer of the usual layout: sections to receive, then what is sent.
enum Offers {
    struct Sent {
        var kind: MediaKind
        var cid: String
        var direction = SDPDirection.sendonly
        var rids: [String] = []
        var mid: String?
    }

    static func make(
        _ name: String, sent: [Sent] = [], audios: Int = 3, videos: Int = 3, firstCodec: String = "VP8",
        fragment: String? = nil
    ) -> String {
        var session = SDPSession(sessionID: 1, sessionVersion: 2)
        func section(_ kind: MediaKind, _ mid: String) -> SDPMediaSection {
            var section = SDPMediaSection(kind: kind == .audio ? .audio : .video, mid: mid)
            section.usesRTCPMux = true
            section.direction = .recvonly
            section.extensions = [
                SDPExtension(id: 4, uri: HeaderExtension.mid.rawValue),
                SDPExtension(id: 10, uri: HeaderExtension.rtpStreamID.rawValue),
            ]
            section.codecs =
                kind == .audio
                ? [SDPCodec(payloadType: 111, name: "opus", clockRateHertz: 48_000, channels: 2)]
                : [
                    SDPCodec(payloadType: 96, name: firstCodec, clockRateHertz: 90_000, feedback: ["nack"]),
                    SDPCodec(payloadType: 97, name: "rtx", clockRateHertz: 90_000, parameters: "apt=96"),
                ]
            return section
        }
        for index in 0..<audios { session.sections.append(section(.audio, "a\(index)")) }
        for index in 0..<videos { session.sections.append(section(.video, "v\(index)")) }
        for (index, item) in sent.enumerated() {
            var sending = section(item.kind, item.mid ?? "s\(index)")
            sending.direction = item.direction
            sending.mediaStreams = [SDPMediaStreamID(stream: "-", track: item.cid)]
            sending.rids = item.rids.map { SDPRID(id: $0, direction: .send) }
            if !item.rids.isEmpty { sending.simulcast = SDPSimulcast(send: item.rids.map { [$0] }) }
            session.sections.append(sending)
        }
        var data = SDPMediaSection(kind: .application, transportProtocol: "UDP/DTLS/SCTP", mid: "data")
        data.format = "webrtc-datachannel"
        data.sctpPort = 5_000
        session.sections.append(data)
        session.bundle = session.sections.map(\.mid)
        session.transport.usernameFragment = fragment ?? "ufrag-\(name)"
        session.transport.password = "a password of 22 characters"
        let digest = Array(name.utf8.prefix(32))
        session.transport.fingerprints = [
            SDPFingerprint(algorithm: "sha-256", digest: digest + [UInt8](repeating: 0, count: 32 - digest.count))
        ]
        session.transport.setup = .actpass
        return session.text
    }
}

extension RoomHarness {
    /// Joins with an offer of its own and connects.
    mutating func enterConnected(
        _ identity: String, permissions: Permissions = Permissions(), kind: ParticipantKind = .standard,
        adaptive: Bool = false, automatic: Bool = true
    ) throws -> ParticipantSID {
        let sid = try join(
            identity, permissions: permissions, kind: kind, adaptive: adaptive, automatic: automatic)
        offer(Offers.make(identity), from: sid)
        let peer = state.participants[sid]!.negotiation.primaryPeer
        media(.peerConnected(peer))
        media(.dataChannelOpened(peer, label: "_reliable"))
        media(.dataChannelOpened(peer, label: "_lossy"))
        return sid
    }

    func peer(_ sid: ParticipantSID) -> PeerID { state.participants[sid]!.negotiation.primaryPeer }

    /// Announces and offers; returns the track when it was taken.
    @discardableResult
    mutating func publish(_ sources: [TrackSource], from sid: ParticipantSID) -> [TrackSID] {
        let identity = state.participants[sid]!.info.identity
        var sent: [Offers.Sent] = []
        for source in sources {
            let kind: TrackKind = source == .microphone || source == .screenShareAudio ? .audio : .video
            let cid = "\(identity)-\(source.rawValue)"
            let layers = source == .camera ? SinglePeerConnectionTests.layers : []
            send(
                .addTrack(
                    AddTrackRequest(
                        cid: cid, kind: kind, source: source, requestID: 9, width: 1_280, height: 720, layers: layers)),
                from: sid)
            sent.append(
                Offers.Sent(
                    kind: kind == .audio ? .audio : .video, cid: cid, rids: source == .camera ? ["q", "h", "f"] : []))
        }
        offer(Offers.make(identity, sent: sent), from: sid)
        return state.participants[sid]!.tracks.map(\.info.sid)
    }

    /// A subscriber's client answers what it was asked.
    mutating func reoffer(_ sid: ParticipantSID, audios: Int = 3, videos: Int = 3) {
        wait(.milliseconds(200))
        offer(Offers.make(state.participants[sid]!.info.identity, audios: audios, videos: videos), from: sid)
    }

    func subscription(of sid: ParticipantSID, to track: TrackSID) -> SubscriptionID? {
        state.participants[sid]?.subscriptions[track]?.id
    }
}
