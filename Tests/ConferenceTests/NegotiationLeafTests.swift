import Basics
import MediaInterface
import SDP
import Testing

@testable import Conference

@Suite struct CodecSupportTests {
    private func h264(_ payloadType: UInt8, _ mode: Int, _ level: String) -> SDPCodec {
        SDPCodec(
            payloadType: payloadType, name: "H264", clockRateHertz: 90_000,
            parameters: "level-asymmetry-allowed=1;packetization-mode=\(mode);profile-level-id=\(level)")
    }

    /// Profile names after RFC 6184 table 5 and the profiles that browsers announce.
    @Test(arguments: [
        ("42001f", H264Profile.baseline), ("42e01f", .constrainedBaseline), ("42c02a", .constrainedBaseline),
        ("4d001f", .main), ("4d801f", .constrainedBaseline), ("640c1f", .constrainedHigh), ("64001f", .high),
        ("58a01f", .other), ("zzzzzz", .other), ("42", .other), ("", .other),
    ]) func readsProfiles(level: String, profile: H264Profile) {
        #expect(H264Profile(profileLevelID: level) == profile)
    }

    @Test func findsThePayloadTypeOfTheSubscriber() {
        let published = NegotiatedCodec.list(of: [h264(103, 1, "42001f"), h264(109, 0, "42e01f")])
        let subscribed = NegotiatedCodec.list(of: [
            SDPCodec(payloadType: 120, name: "VP8", clockRateHertz: 90_000), h264(97, 0, "42e01f"),
            h264(126, 1, "42e01f"),
            SDPCodec(payloadType: 127, name: "rtx", clockRateHertz: 90_000, parameters: "apt=126"),
        ])
        #expect(
            CodecSupport.mapping(from: published, to: subscribed) == [
                PayloadMapping(published: 103, subscribed: 126, subscribedRetransmission: 127),
                PayloadMapping(published: 109, subscribed: 97),
            ])
        // What is sent first decides.
        let vp9 = NegotiatedCodec.list(of: [SDPCodec(payloadType: 98, name: "VP9", clockRateHertz: 90_000)])
        #expect(CodecSupport.mapping(from: vp9 + published, to: subscribed).isEmpty)
        let high = NegotiatedCodec.list(of: [h264(1, 1, "640c1f")])
        #expect(CodecSupport.mapping(from: high, to: subscribed).isEmpty)
    }

    @Test func profilesOfVP9AreDifferentCodecs() {
        let two = SDPCodec(payloadType: 100, name: "VP9", clockRateHertz: 90_000, parameters: "profile-id=2")
        let zero = SDPCodec(payloadType: 98, name: "vp9", clockRateHertz: 90_000)
        #expect(CodecIdentity(two) != CodecIdentity(zero))
        #expect(
            CodecSupport.mapping(from: NegotiatedCodec.list(of: [zero]), to: NegotiatedCodec.list(of: [two])).isEmpty)
    }

    @Test func oneKindOfBandwidthFeedback() {
        #expect(CodecSupport.acceptedFeedback(["goog-remb", "transport-cc", "nack"]) == ["transport-cc", "nack"])
        #expect(CodecSupport.acceptedFeedback(["goog-remb", "nack pli", "x"]) == ["goog-remb", "nack pli"])
    }

    @Test func theOpusAnswerFollowsTheAnnouncement() throws {
        var room = RoomHarness()
        let alice = try room.join("alice")
        func parameters(_ features: [Int32], _ cid: String) throws -> String {
            room.send(
                .addTrack(AddTrackRequest(cid: cid, kind: .audio, source: .microphone, audioFeatures: features)),
                from: alice)
            let text = Offers.make("alice", sent: [Offers.Sent(kind: .audio, cid: cid)]).replacing(
                "a=rtpmap:111 opus/48000/2",
                with: "a=rtpmap:111 opus/48000/2\r\na=fmtp:111 minptime=10;stereo=1;useinbandfec=1")
            room.offer(text, from: alice)
            return try room.answer(to: alice).parsed.section("s0").codecs[0].parameters
        }
        #expect(try parameters([], "a") == "minptime=10;useinbandfec=1;usedtx=1")
        #expect(try parameters([1], "b") == "minptime=10;useinbandfec=1")
        #expect(try parameters([0, 1], "c") == "minptime=10;useinbandfec=1;stereo=1;maxaveragebitrate=510000")
    }
}

@Suite struct OfferedPublicationTests {
    private func section(_ lines: String) throws -> SDPMediaSection {
        let text = """
            v=0
            m=video 9 UDP/TLS/RTP/SAVPF 96 97
            a=mid:1
            a=sendonly
            a=rtpmap:96 VP8/90000
            a=rtpmap:97 rtx/90000
            a=fmtp:97 apt=96
            \(lines)
            """
        return try SDPSession(parsing: text).sections[0]
    }

    private func encodings(_ lines: String) throws -> [EncodingDescription] {
        let section = try section(lines)
        let publication = OfferedPublication(section, accepted: CodecSupport.accepted(of: section))
        return try #require(publication).encodings(
            layers: SinglePeerConnectionTests.layers, width: 1_280, height: 720)
    }

    /// One source with repeats, as Chrome sends without simulcast.
    @Test func aPairOfSources() throws {
        let found = try encodings("a=ssrc-group:FID 11 12\na=ssrc:11 cname:x\na=ssrc:12 cname:x")
        #expect(found == [EncodingDescription(ssrc: 11, retransmissionSSRC: 12, width: 1_280, height: 720)])
    }

    /// Simulcast by sources, as older clients describe it.
    @Test func aGroupOfSources() throws {
        let found = try encodings(
            "a=ssrc-group:SIM 1 2 3\na=ssrc-group:FID 1 4\na=ssrc-group:FID 2 5\na=ssrc-group:FID 3 6")
        #expect(found.map(\.ssrc) == [1, 2, 3] && found.map(\.retransmissionSSRC) == [4, 5, 6])
        #expect(found.map(\.spatialLayer) == [0, 1, 2] && found.map(\.height) == [180, 360, 720])
    }

    @Test func pausedAndUnknownRestrictionIdentifiers() throws {
        let paused = try encodings("a=rid:q send\na=rid:f send\na=simulcast:send ~q;f,q;x")
        #expect(paused.map(\.rid) == ["q", "f"] && paused.map(\.spatialLayer) == [0, 2])
        let unknown = try encodings("a=rid:lo send\na=rid:hi send\na=simulcast:send lo;hi")
        #expect(unknown.map(\.rid) == ["lo", "hi"] && unknown.map(\.spatialLayer) == [0, 1])
        let many = (0..<8).map { "a=rid:r\($0) send" }.joined(separator: "\n")
        let bounded = try encodings(many + "\na=simulcast:send " + (0..<8).map { "r\($0)" }.joined(separator: ";"))
        #expect(bounded.count == MediaLimits.encodingsPerTrack)
    }

    @Test func nothingKnownIsNothingPublished() throws {
        let unknown = try section("").replacingCodec(name: "H265")
        #expect(OfferedPublication(unknown, accepted: CodecSupport.accepted(of: unknown)) == nil)
        let found = try encodings("")
        #expect(found == [EncodingDescription(width: 1_280, height: 720)])
    }
}

extension SDPMediaSection {
    fileprivate func replacingCodec(name: String) -> SDPMediaSection {
        var copy = self
        copy.codecs[0].name = name
        return copy
    }
}

@Suite struct HeaderExtensionTests {
    @Test func anIdentifierMeansOneThingOnATransport() {
        var ids = HeaderExtensionIDs()
        let first = [
            SDPExtension(id: 4, uri: HeaderExtension.mid.rawValue),
            SDPExtension(id: 15, uri: HeaderExtension.colorSpace.rawValue),
            SDPExtension(id: 0, uri: HeaderExtension.videoOrientation.rawValue),
            SDPExtension(id: 5, uri: "urn:unknown"),
        ]
        let accepted = HeaderExtensionSupport.accepted(first, kind: .video, layering: false, ids: &ids)
        #expect(accepted.map(\.id) == [4] && ids.mid == 4)
        let oneWay = [SDPExtension(id: 7, uri: HeaderExtension.absoluteSendTime.rawValue, direction: .recvonly)]
        let turned = HeaderExtensionSupport.accepted(oneWay, kind: .video, layering: false, ids: &ids)
        #expect(turned.map(\.direction) == [.sendonly])
        let moved = [SDPExtension(id: 6, uri: HeaderExtension.mid.rawValue)]
        #expect(
            HeaderExtensionSupport.accepted(moved, kind: .video, layering: false, ids: &ids).isEmpty && ids.mid == 4)
    }
}

@Suite struct IdentifierTests {
    @Test func mediaNamesLeadToTheirRoom() {
        var identifiers = MediaIdentifiers(room: RoomID(0xffff_fffe))
        let (peer, track, subscription) = (identifiers.peer(), identifiers.track(), identifiers.subscription())
        #expect(Set([peer.rawValue, track.rawValue, subscription.rawValue]).count == 3)
        let events: [MediaEvent] = [
            .peerConnected(peer), .encodingStarted(track, spatialLayer: 0, payloadType: 1),
            .subscriptionStarted(subscription), .audioLevels(RoomID(0xffff_fffe), []),
            .dataReceived(peer, label: "", payload: []),
        ]
        #expect(events.allSatisfy { $0.room == RoomID(0xffff_fffe) })
        #expect(MediaEvent.statistics(MediaStatistics()).room == nil)
    }

    @Test func layersAreChosenByTheirHeight() {
        let layers = SinglePeerConnectionTests.layers
        func quality(_ height: UInt32, _ layers: [VideoLayer]) -> VideoQuality? {
            LayerChoice.quality(
                for: TrackSettings(tracks: [], quality: .medium, width: 10, height: height), layers: layers)
        }
        #expect(quality(1, layers) == .low && quality(200, layers) == .low && quality(201, layers) == .medium)
        #expect(quality(4_000_000_000, layers) == .high)
        #expect(quality(100, []) == .medium, "without sizes the quality decides")
        #expect(quality(720, Array(layers.dropFirst())) == .medium, "the highest there is")
    }
}
