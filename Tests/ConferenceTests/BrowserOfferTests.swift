import Basics
import MediaInterface
import SDP
import Testing

@testable import Conference

/// What Firefox does differently: its own payload types, transport attributes on the session, extensions with a
/// direction, sources beside rids. Written after its offers, shortened.
@Suite struct BrowserOfferTests {
    static let firefox = """
        v=0
        o=mozilla...THIS_IS_SDPARTA-128.0 5273649127465839201 0 IN IP4 0.0.0.0
        s=-
        t=0 0
        a=fingerprint:sha-256 \((0..<32).map { _ in "AB" }.joined(separator: ":"))
        a=group:BUNDLE 0 1 2 3
        a=ice-options:trickle
        a=msid-semantic:WMS *
        m=audio 9 UDP/TLS/RTP/SAVPF 109 9 0 8 101
        c=IN IP4 0.0.0.0
        a=recvonly
        a=extmap:1 urn:ietf:params:rtp-hdrext:ssrc-audio-level
        a=extmap:2/recvonly urn:ietf:params:rtp-hdrext:csrc-audio-level
        a=extmap:3 urn:ietf:params:rtp-hdrext:sdes:mid
        a=fmtp:109 maxplaybackrate=48000;stereo=1;useinbandfec=1
        a=fmtp:101 0-15
        a=ice-pwd:c0ffee00c0ffee00c0ffee00c0ffee00
        a=ice-ufrag:1a2b3c4d
        a=mid:0
        a=rtcp-mux
        a=rtpmap:109 opus/48000/2
        a=rtpmap:101 telephone-event/8000/1
        a=setup:actpass
        m=video 9 UDP/TLS/RTP/SAVPF 120 124 121 125 126 127 97 98
        c=IN IP4 0.0.0.0
        a=recvonly
        a=extmap:3 urn:ietf:params:rtp-hdrext:sdes:mid
        a=extmap:4 http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time
        a=extmap:6/recvonly http://www.webrtc.org/experiments/rtp-hdrext/playout-delay
        a=extmap:7 http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01
        a=fmtp:126 profile-level-id=42e01f;level-asymmetry-allowed=1;packetization-mode=1
        a=fmtp:97 profile-level-id=42e01f;level-asymmetry-allowed=1
        a=fmtp:124 apt=120
        a=fmtp:125 apt=121
        a=fmtp:127 apt=126
        a=fmtp:98 apt=97
        a=ice-pwd:c0ffee00c0ffee00c0ffee00c0ffee00
        a=ice-ufrag:1a2b3c4d
        a=mid:1
        a=rtcp-fb:120 nack
        a=rtcp-fb:120 nack pli
        a=rtcp-fb:120 ccm fir
        a=rtcp-fb:120 goog-remb
        a=rtcp-fb:120 transport-cc
        a=rtcp-mux
        a=rtcp-rsize
        a=rtpmap:120 VP8/90000
        a=rtpmap:124 rtx/90000
        a=rtpmap:121 VP9/90000
        a=rtpmap:125 rtx/90000
        a=rtpmap:126 H264/90000
        a=rtpmap:127 rtx/90000
        a=rtpmap:97 H264/90000
        a=rtpmap:98 rtx/90000
        a=setup:actpass
        m=video 9 UDP/TLS/RTP/SAVPF 120 124
        c=IN IP4 0.0.0.0
        a=sendonly
        a=extmap:3 urn:ietf:params:rtp-hdrext:sdes:mid
        a=extmap:8/sendonly urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id
        a=extmap:9/sendonly urn:ietf:params:rtp-hdrext:sdes:repaired-rtp-stream-id
        a=fmtp:124 apt=120
        a=ice-pwd:c0ffee00c0ffee00c0ffee00c0ffee00
        a=ice-ufrag:1a2b3c4d
        a=mid:2
        a=msid:{stream} {track}
        a=rid:q send
        a=rid:h send
        a=rid:f send
        a=rtcp-fb:120 nack
        a=rtcp-mux
        a=rtpmap:120 VP8/90000
        a=rtpmap:124 rtx/90000
        a=setup:actpass
        a=simulcast:send q;h;f
        a=ssrc:1000 cname:{c}
        a=ssrc:2000 cname:{c}
        a=ssrc-group:FID 1000 2000
        m=application 9 UDP/DTLS/SCTP webrtc-datachannel
        c=IN IP4 0.0.0.0
        a=sendrecv
        a=ice-pwd:c0ffee00c0ffee00c0ffee00c0ffee00
        a=ice-ufrag:1a2b3c4d
        a=mid:3
        a=setup:actpass
        a=sctp-port:5000
        a=max-message-size:1073741823
        """

    @Test func firefoxKeepsItsNumbers() throws {
        var room = RoomHarness()
        let publisher = try room.enterConnected("publisher")
        room.publish([.camera], from: publisher)
        let firefox = try room.join("firefox")
        room.send(
            .addTrack(
                AddTrackRequest(
                    cid: "another name", kind: .video, source: .camera, layers: SinglePeerConnectionTests.layers)),
            from: firefox)
        room.clear()
        room.offer(Self.firefox, id: 1, from: firefox)
        let answer = try room.answer(to: firefox).parsed
        #expect(try answer.section("0").codecs.map(\.payloadType) == [109])
        #expect(try answer.section("1").codecs.map(\.payloadType) == [120, 124, 121, 125, 126, 127, 97, 98])
        // VP8 of the publisher is 96 there and 120 here.
        #expect(
            room.subscribed().first?.payloads == [
                PayloadMapping(published: 96, subscribed: 120, subscribedRetransmission: 124)
            ])
        let sending = try answer.section("2")
        #expect(sending.simulcast == SDPSimulcast(receive: [["q"], ["h"], ["f"]]))
        #expect(sending.extensions.map(\.direction) == [nil, .recvonly, .recvonly])
        let track = try #require(room.published().first)
        #expect(track.encodings.map(\.rid) == ["q", "h", "f"] && track.encodings.map(\.spatialLayer) == [0, 1, 2])
        #expect(track.payloads.map(\.retransmissionPayloadType) == [124])
        #expect(room.state.participant(identity: "firefox")?.tracks.first?.codecs[0].sdpCID == "{track}")
        let ids = room.commands.compactMap { command -> HeaderExtensionIDs? in
            if case .setHeaderExtensions(_, let ids) = command { ids } else { nil }
        }
        #expect(ids.last?.mid == 3 && ids.last?.rtpStreamID == 8 && ids.last?.transportSequenceNumber == 7)
        #expect(room.addedPeers().first?.maximumMessageSizeBytes == 1_073_741_823)
    }
}
