import Testing

@testable import SDP

@Suite struct SDPParserTests {
    @Test func readsTheOfferOfAClientThatJoins() throws {
        let session = try SDPSession(parsing: Fixtures.text("v1-join-offer"))
        #expect(session.sessionID == 5_111_748_078_924_519_097 && session.sessionVersion == 2)
        #expect(session.bundle == ["0", "1", "2", "3", "4", "5", "6"])
        #expect(session.allowsMixedExtensions && session.mediaStreamSemantics == "WMS")
        #expect(session.sections.map(\.kind) == [.audio, .audio, .audio, .video, .video, .video, .application])
        #expect(session.sections.dropLast().allSatisfy { $0.direction == .recvonly && $0.usesRTCPMux })

        let audio = session.sections[0]
        #expect(audio.codecs.map(\.payloadType) == [111, 63, 9, 0, 8, 13, 110, 126])
        let opus = SDPCodec(
            payloadType: 111, name: "opus", clockRateHertz: 48_000, channels: 2,
            parameters: "minptime=10;useinbandfec=1", feedback: ["transport-cc"])
        #expect(audio.codecs[0] == opus)
        #expect(audio.transport.usernameFragment == "GTO2" && audio.transport.setup == .actpass)
        #expect(audio.transport.options == ["trickle", "goog-sped-v1"])
        #expect(audio.transport.fingerprints.first?.digest.prefix(3) == [0xc9, 0x7f, 0x0f])
        #expect(audio.extensions.map(\.id) == [1, 2, 3, 4])

        let video = session.sections[3]
        #expect(video.codecs[0].feedback == ["goog-remb", "transport-cc", "ccm fir", "nack", "nack pli"])
        #expect(video.codecs[1].name == "rtx" && video.codecs[1].parameter("apt") == "96")
        let data = session.sections[6]
        #expect(data.format == "webrtc-datachannel" && data.sctpPort == 5_000)
        #expect(data.maximumMessageSizeBytes == 262_144 && data.codecs.isEmpty)
    }

    @Test func readsSimulcastAndSources() throws {
        let session = try SDPSession(parsing: Fixtures.text("v1-simulcast-offer"))
        let video = try #require(session.sections.last)
        #expect(video.rids.map(\.id) == ["f", "h", "q"] && video.rids.allSatisfy { $0.direction == .send })
        #expect(video.simulcast == SDPSimulcast(send: [["f"], ["h"], ["q"]]))
        #expect(video.sentMediaStream?.track == "79ad4d37-aae9-4d4c-ad55-eb07b5d379e8")
        let audio = session.sections[7]
        #expect(audio.sources.map(\.ssrc) == [3_972_215_197])
        #expect(audio.sources[0].cname == "IpB4/OH5IA/37xS9" && audio.sources[0].mediaStream?.stream == "-")
        #expect(session.sections[0].candidates.count == 23)
        #expect(session.sections[0].candidates[9].extensions.hasPrefix("tcptype passive"))
    }

    @Test func readsSourceGroupsAndCandidatesOfAnotherServer() throws {
        let session = try SDPSession(parsing: Fixtures.text("v0-reference-offer"))
        #expect(session.transport.fingerprints.count == 1)
        let video = session.sections[2]
        #expect(video.sourceGroups == [SDPSourceGroup(semantics: "FID", sources: [1_914_550_846, 1_934_189_941])])
        #expect(session.sections[0].hasEndOfCandidates && session.sections[0].candidates[1].component == 2)
        #expect(session.sections[0].candidates[0].port == 7_882)
    }

    @Test func readsWhatTheTracesDoNotShow() throws {
        let text = """
            v=0
            o=mozilla...THIS_IS_SDPARTA-99.0 987654321 0 IN IP4 0.0.0.0
            s=-
            t=0 0
            a=ice-lite
            a=sendonly
            a=fingerprint:SHA-256 0a:FF
            a=extmap:2/recvonly urn:x
            m=video 0/2 UDP/TLS/RTP/SAVPF 120 121
            a=bundle-only
            a=mid:v
            a=rtcp-fb:* nack
            a=extmap:3/sendonly urn:y
            a=rid:a send pt=120;max-width=640
            a=simulcast:send a,~b;c recv d
            a=msid:stream
            a=rtpmap:120 VP8/90000
            a=rtpmap:999 VP8/90000
            a=nonsense
            m=message 5 TCP *
            """
        let session = try SDPSession(parsing: text)
        #expect(session.isICELite && session.sessionID == 987_654_321)
        #expect(session.transport.fingerprints == [SDPFingerprint(algorithm: "sha-256", digest: [10, 255])])
        #expect(session.extensions == [SDPExtension(id: 2, uri: "urn:x", direction: .recvonly)])
        let video = session.sections[0]
        #expect(!video.isRejected && video.effectiveDirection == .sendonly)
        #expect(video.codecs.allSatisfy { $0.feedback == ["nack"] })
        #expect(video.rids == [SDPRID(id: "a", direction: .send, restrictions: "pt=120;max-width=640")])
        #expect(video.simulcast == SDPSimulcast(send: [["a", "~b"], ["c"]], receive: [["d"]]))
        #expect(video.mediaStreams == [SDPMediaStreamID(stream: "stream")] && video.sentMediaStream == nil)
        #expect(session.sections[1].kind == .other("message") && session.sections[1].format == "*")
        #expect(session.ignoredLines == 2)
    }

    @Test(arguments: [
        ("", 1), ("s=-\r\n", 1), ("v=1\r\n", 1), ("v=0\r\nv=0\r\n", 2), ("v=0\r\no=- x 1 IN IP4 0\r\n", 2),
        ("v=0\r\nm=audio\r\n", 2), ("v=0\r\nm=audio 70000 RTP 1\r\n", 2), ("v=0\r\nm=audio 9 RTP 128\r\n", 2),
        ("v=0\r\nhello\r\n", 2), ("v=0\r\nm=video 9 RTP -1\r\n", 2),
    ]) func refusesWhatIsNoDescription(text: String, line: Int) {
        do {
            _ = try SDPSession(parsing: text)
            Issue.record("accepted \(text)")
        } catch {
            guard case .malformed(let where_, _) = error else {
                Issue.record("\(error)")
                return
            }
            #expect(where_ == line)
        }
    }
}
