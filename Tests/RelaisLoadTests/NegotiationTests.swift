import Basics
import Foundation
import MediaInterface
import SDP
import SecureTransport
import Testing

@testable import RelaisLoad

@Suite struct NegotiationTests {
    static let transport = ClientTransport(
        credentials: ICECredentials(usernameFragment: "abcd1234", password: "0123456789abcdefghijklmn"),
        fingerprint: DTLSFingerprint(algorithm: .sha256, digest: Array(0..<32))!)

    static func fixture(_ name: String) throws -> String {
        let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        return try String(contentsOf: folder.appending(path: "Fixtures/SDP/\(name).sdp"), encoding: .utf8)
    }

    private func connection() -> ClientPeerConnection { ClientPeerConnection(transport: Self.transport, sessionID: 9) }

    static func camera(rids: [String?]) -> Publication {
        let encodings = rids.map {
            VideoEncodingPlan(rid: $0, width: 640, height: 360, bitrateBitsPerSecond: 500_000)
        }
        return Publication(cid: "cam", media: .video(encodings), ssrc: 10, retransmissionSSRC: 11)
    }

    // MARK: Offers

    @Test func theFirstOfferHasThePlacesOfABrowser() throws {
        var connection = connection()
        let madeOffer = connection.nextOffer()
        let offer = try #require(madeOffer)
        #expect(offer.id == 1)
        let session = try SDPSession(parsing: offer.sdp)
        #expect(session.bundle == ["0", "1", "2", "3", "4", "5", "6"])
        #expect(session.sections.map(\.kind) == [.audio, .audio, .audio, .video, .video, .video, .application])
        for section in session.sections.prefix(6) {
            #expect(section.direction == .recvonly && section.usesRTCPMux)
            #expect(section.transport.usernameFragment == "abcd1234" && section.transport.setup == .actpass)
            #expect(section.transport.fingerprints.first?.digest == Array(0..<32))
        }
        // Same numbers as in the offer of a real client.
        let real = try SDPSession(parsing: Self.fixture("v1-join-offer"))
        for (ours, theirs) in zip(session.sections, real.sections) {
            #expect(ours.mid == theirs.mid && ours.kind == theirs.kind)
            for item in ours.extensions {
                #expect(theirs.extensions.contains { $0.id == item.id && $0.uri == item.uri })
            }
            for codec in ours.codecs {
                let same = theirs.codecs.first { $0.payloadType == codec.payloadType }
                #expect(same?.name == codec.name && same?.parameters == codec.parameters)
            }
        }
    }

    @Test func oneOfferAtATime() throws {
        var connection = connection()
        let madeFirst = connection.nextOffer()
        let first = try #require(madeFirst)
        connection.addReceivers(audios: 2, videos: 1)
        let none = connection.nextOffer()
        #expect(none == nil)
        let answer = try Self.answer(to: first.sdp)
        let foreign = try connection.accept(sdp: answer, id: 7, tracks: [:])
        #expect(foreign == nil, "not our offer")
        let ours = try connection.accept(sdp: answer, id: first.id, tracks: [:])
        #expect(ours != nil)
        let madeSecond = connection.nextOffer()
        let second = try #require(madeSecond)
        #expect(second.id == 2)
        #expect(try SDPSession(parsing: second.sdp).sections.count == 10)
        let nothing = connection.nextOffer()
        #expect(nothing == nil)
    }

    @Test func sectionsAreBounded() {
        var connection = connection()
        connection.addReceivers(audios: .max, videos: .max)
        #expect(connection.sections.count == LoadLimits.sections)
        connection.addReceivers(audios: -5, videos: Int.min)
        #expect(connection.sections.count == LoadLimits.sections)
    }

    @Test func publicationsAreAnnounced() throws {
        var connection = connection()
        connection.publish(Publication(cid: "mic", media: .audio, ssrc: 1, retransmissionSSRC: 2))
        connection.publish(Self.camera(rids: [nil]))
        connection.publish(Self.camera(rids: ["q", "h", "f"]))
        let made = connection.nextOffer()
        let sections = try SDPSession(parsing: #require(made).sdp).sections
        #expect(sections[7].direction == .sendonly && sections[7].sentMediaStream?.track == "mic")
        #expect(sections[7].sources.map(\.ssrc) == [1])
        #expect(sections[8].sourceGroups == [SDPSourceGroup(semantics: "FID", sources: [10, 11])])
        #expect(sections[9].rids.map(\.id) == ["q", "h", "f"] && sections[9].sources.isEmpty)
        #expect(sections[9].simulcast?.send == [["q"], ["h"], ["f"]])
    }

    // MARK: Answers

    /// An answer as a server makes it, from an offer: all media inactive, but what `change` makes of it.
    static func answer(to offer: String, _ change: (inout SDPSession) -> Void = { _ in }) throws -> String {
        var session = try SDPSession(parsing: offer)
        session.isICELite = true
        for index in session.sections.indices {
            session.sections[index].direction = session.sections[index].direction == .sendonly ? .recvonly : .inactive
            session.sections[index].transport = SDPTransport()
            session.sections[index].transport.usernameFragment = "server00"
            session.sections[index].transport.password = "serverpasswordserverpass"
            session.sections[index].transport.setup = .passive
            session.sections[index].sources = []
            session.sections[index].sourceGroups = []
        }
        session.transport.fingerprints = [SDPFingerprint(algorithm: "sha-256", digest: Array(repeating: 7, count: 32))]
        session.sections[0].candidates = [
            SDPCandidate(foundation: "1", transport: "tcp", priority: 1, address: "127.0.0.1", port: 1),
            SDPCandidate(foundation: "2", transport: "udp", priority: 1, address: "somewhere.local", port: 2),
            SDPCandidate(foundation: "3", transport: "udp", priority: 1, address: "127.0.0.1", port: 7_882),
        ]
        change(&session)
        return session.text
    }

    @Test func anAnswerIsRead() throws {
        var connection = connection()
        connection.publish(Self.camera(rids: [nil]))
        let madeOffer = connection.nextOffer()
        let offer = try #require(madeOffer)
        let text = try Self.answer(to: offer.sdp) { session in
            session.sections[4].direction = .sendonly
            session.sections[4].sources = [SDPSource(ssrc: 100), SDPSource(ssrc: 101)]
            session.sections[4].sourceGroups = [SDPSourceGroup(semantics: "FID", sources: [100, 101])]
            session.sections[7].extensions.removeAll { $0.id == 3 }
        }
        let read = try connection.accept(sdp: text, id: 1, tracks: ["4": "TR_x"])
        let answer = try #require(read)
        #expect(answer.transport.role == .client)
        #expect(answer.transport.credentials.usernameFragment == "server00")
        #expect(answer.candidates == [SocketAddress(ipv4: 0x7f00_0001, port: 7_882)])
        #expect(
            answer.streams
                == [IncomingStream(mid: "4", kind: .video, track: "TR_x", ssrc: 100, retransmissionSSRC: 101)])
        #expect(answer.extensions.transportSequenceNumber == 3 && answer.extensions.mid == 4)
        let publication = try #require(answer.publications.first)
        #expect(publication.mid == "7" && publication.payloadType == 96 && publication.retransmissionPayloadType == 97)
        #expect(publication.extensions.transportSequenceNumber == 0 && publication.extensions.rtpStreamID == 10)
    }

    /// The answer of a real server: it takes the active role, names its candidate in each section, sends four tracks.
    @Test func theAnswerOfARealServerIsRead() throws {
        let real = try SDPSession(parsing: Self.fixture("v1-reference-answer"))
        let sections = real.sections.map { section in
            let use: ClientSection.Use =
                switch section.kind {
                case .audio: .receive(.audio)
                case .video: .receive(.video)
                default: .data
                }
            return ClientSection(mid: section.mid, use: use)
        }
        let answer = try AnswerReader.read(real, offered: sections, tracks: [:])
        #expect(answer.transport.role == .server)
        #expect(answer.candidates.first == SocketAddress(ipv4: 0x7f00_0001, port: 7_882))
        let audio = try #require(answer.streams.first { $0.kind == .audio })
        #expect(audio.ssrc == 924_673_873 && audio.track == "TR_AMuFuZ4BE2kQay")
        let video = try #require(answer.streams.first { $0.kind == .video })
        #expect(video.ssrc == 3_130_012_104 && video.retransmissionSSRC == 2_539_876_100)
        #expect(answer.extensions.transportSequenceNumber == 3 && answer.extensions.repairedRTPStreamID == 11)
    }

    @Test func unusableAnswersAreSentencesNotCrashes() throws {
        var connection = connection()
        let madeOffer = connection.nextOffer()
        let offer = try #require(madeOffer)
        let changes: [(inout SDPSession) -> Void] = [
            { $0.sections.removeLast() }, { $0.sections[2].mid = "x" }, { $0.transport.fingerprints = [] },
            { for index in $0.sections.indices { $0.sections[index].transport.password = nil } },
            { for index in $0.sections.indices { $0.sections[index].port = 0 } },
        ]
        for change in changes {
            var copy = connection
            let text = try Self.answer(to: offer.sdp, change)
            #expect(throws: LoadFailure.self) { _ = try copy.accept(sdp: text, id: 1, tracks: [:]) }
        }
        let text = try Self.answer(to: offer.sdp)
        for length in stride(from: 0, to: text.utf8.count, by: 7) {
            var copy = connection
            _ = try? copy.accept(sdp: String(text.prefix(length)), id: 1, tracks: [:])
        }
    }

    @Test func candidatesAreTrickled() {
        let json =
            #"{"candidate":"candidate:1 1 udp 2130706431 127.0.0.1 7882 typ host","sdpMid":"0","sdpMLineIndex":0}"#
        #expect(TrickledCandidate(json: json)?.address == SocketAddress(ipv4: 0x7f00_0001, port: 7_882))
        for bad in ["", "{}", json.replacing(" udp ", with: " tcp "), json.replacing("127.0.0.1", with: "a.local")] {
            #expect(TrickledCandidate(json: bad) == nil)
        }
    }
}
