import Basics
import MediaInterface
import RTP
import Testing

@testable import MediaCore

@Suite struct PeerStreamsTests {
    private func description(mid: String, rids: [String?]) -> TrackDescription {
        TrackDescription(
            id: TrackID(1), publisher: PeerID(1), kind: .video, mid: mid, payloads: [],
            encodings: rids.enumerated().map { EncodingDescription(rid: $1, spatialLayer: UInt8($0)) })
    }

    /// A packet with the mid under identifier 1 and the rid under 2 (one-byte form, RFC 8285 section 4.2).
    private func packet(ssrc: UInt32, mid: UInt8, rid: UInt8) -> [UInt8] {
        [
            0x90, 96, 0, 1, 0, 0, 0, 0, UInt8(ssrc >> 24), UInt8(ssrc >> 16 & 0xff), UInt8(ssrc >> 8 & 0xff),
            UInt8(ssrc & 0xff), 0xbe, 0xde, 0, 1, 0x10, mid, 0x20, rid, 1,
        ]
    }

    private let extensions: HeaderExtensionIDs = {
        var ids = HeaderExtensionIDs()
        ids.mid = 1
        ids.rtpStreamID = 2
        return ids
    }()

    private func handles(_ count: Int) -> [SlotHandle] {
        var map = SlotMap<Int>(limit: count)
        return (0..<count).compactMap { map.insert($0) }
    }

    @Test func aSectionThatIsUsedAgainKeepsItsStreams() throws {
        var streams = PeerStreams()
        let tracks = handles(2)
        #expect(streams.bind(description(mid: "3", rids: ["q", "h"]), to: tracks[0]).isEmpty)
        let bytes = packet(ssrc: 77, mid: UInt8(ascii: "3"), rid: UInt8(ascii: "h"))
        let header = try RTPHeader(parsing: bytes.span)
        let learnt = streams.learn(header, bytes.span, extensions: extensions)
        #expect(learnt == ReceivedStream(track: tracks[0], encoding: 1, isRetransmission: false))

        streams.forget(track: tracks[0])
        #expect(streams.stream(ofSSRC: 77) == nil)
        // The client does not say mid and rid again.
        let known = streams.bind(description(mid: "3", rids: ["q", "h"]), to: tracks[1])
        #expect(known.map(\.ssrc) == [77])
        #expect(streams.stream(ofSSRC: 77) == ReceivedStream(track: tracks[1], encoding: 1, isRetransmission: false))
    }

    @Test func anotherSectionGetsNothingOfIt() throws {
        var streams = PeerStreams()
        let tracks = handles(2)
        _ = streams.bind(description(mid: "3", rids: ["q", "h"]), to: tracks[0])
        let bytes = packet(ssrc: 77, mid: UInt8(ascii: "3"), rid: UInt8(ascii: "h"))
        _ = streams.learn(try RTPHeader(parsing: bytes.span), bytes.span, extensions: extensions)
        streams.forget(track: tracks[0])
        #expect(streams.bind(description(mid: "4", rids: ["q", "h"]), to: tracks[1]).isEmpty)
        #expect(streams.stream(ofSSRC: 77) == nil)
    }

    @Test func whatIsRememberedIsBounded() throws {
        var streams = PeerStreams()
        for (number, track) in handles(200).enumerated() {
            _ = streams.bind(description(mid: "3", rids: ["q"]), to: track)
            let ssrc = UInt32(1_000 + number)
            let bytes = packet(ssrc: ssrc, mid: UInt8(ascii: "3"), rid: UInt8(ascii: "q"))
            _ = streams.learn(try RTPHeader(parsing: bytes.span), bytes.span, extensions: extensions)
            streams.forget(track: track)
        }
        let known = streams.bind(description(mid: "3", rids: ["q"]), to: handles(1)[0])
        #expect(known.count <= PeerLimits.formerSSRCs)
        #expect(known.contains { $0.ssrc == 1_199 })
    }
}
