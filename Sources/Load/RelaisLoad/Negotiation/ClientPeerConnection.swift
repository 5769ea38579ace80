// A client's single PeerConnection: it offers, the server answers, one offer at a time (RFC 8829 section 4.1.8).

import MediaInterface
import SDP

struct ClientPeerConnection: Sendable {
    private(set) var sections: [ClientSection] = []
    let transport: ClientTransport
    private let sessionID: UInt64
    private var offers: UInt32 = 0
    private var outstanding: (id: UInt32, sections: Int)?
    /// Something changed since the last offer.
    private var wantsOffer = true

    /// Begins as browsers do: three places for audio, three for video, one for data.
    init(transport: ClientTransport, sessionID: UInt64) {
        self.transport = transport
        self.sessionID = sessionID
        addReceivers(audios: 3, videos: 3)
        append(.data)
    }

    private mutating func append(_ use: ClientSection.Use) {
        guard sections.count < LoadLimits.sections else { return }
        sections.append(ClientSection(mid: "\(sections.count)", use: use))
        wantsOffer = true
    }

    mutating func addReceivers(audios: Int, videos: Int) {
        let room = LoadLimits.sections
        for _ in 0..<min(max(0, audios), room) { append(.receive(.audio)) }
        for _ in 0..<min(max(0, videos), room) { append(.receive(.video)) }
    }

    mutating func publish(_ publication: Publication) { append(.publish(publication)) }

    /// The server wants an offer though nothing changed here.
    mutating func requestOffer() { wantsOffer = true }

    /// The next offer, nil while one is outstanding or none is needed.
    mutating func nextOffer() -> (id: UInt32, sdp: String)? {
        guard wantsOffer, outstanding == nil else { return nil }
        wantsOffer = false
        offers += 1
        outstanding = (offers, sections.count)
        let session = OfferWriter.session(
            sections, transport: transport, sessionID: sessionID, version: UInt64(offers) + 1)
        return (offers, session.text)
    }

    /// Nil when the answer belongs to no offer of ours; servers may repeat themselves.
    mutating func accept(sdp: String, id: UInt32, tracks: [String: String]) throws(LoadFailure) -> NegotiatedAnswer? {
        guard let offer = outstanding, id == offer.id || id == 0 else { return nil }
        outstanding = nil
        let answer: SDPSession
        do {
            answer = try SDPSession(parsing: sdp)
        } catch {
            throw .unusableAnswer("\(error)")
        }
        return try AnswerReader.read(answer, offered: Array(sections.prefix(offer.sections)), tracks: tracks)
    }
}
