import Basics
import MediaInterface
import SDP
import Testing

@testable import Conference

/// Redundancy of speech (RFC 2198) and its negative acknowledgements.
@Suite struct SpeechNegotiationTests {
    private static let opus = SDPCodec(
        payloadType: 111, name: "opus", clockRateHertz: 48_000, channels: 2, feedback: ["transport-cc", "nack"])
    private static let red = SDPCodec(
        payloadType: 63, name: "red", clockRateHertz: 48_000, channels: 2, parameters: "111/111")
    private static let ourOpus = SDPCodec(payloadType: 96, name: "opus", clockRateHertz: 48_000, channels: 2)
    private static let ourRed = SDPCodec(
        payloadType: 97, name: "RED", clockRateHertz: 48_000, channels: 2, parameters: "96/96")

    private func mapping(
        _ published: [SDPCodec], _ subscribed: [SDPCodec], _ redundancy: WishedRedundancy
    ) -> [PayloadMapping] {
        CodecSupport.mapping(
            from: NegotiatedCodec.list(of: published), to: NegotiatedCodec.list(of: subscribed), redundancy: redundancy)
    }

    @Test func everyPairOfClientsFindsItsConversion() {
        let wrapped = PayloadMapping(published: 111, subscribed: 97, redundancy: .wrap(opus: 96))
        let rewrapped = PayloadMapping(published: 63, subscribed: 97, redundancy: .wrap(opus: 96))
        let plain = PayloadMapping(published: 111, subscribed: 96)
        let unwrapped = PayloadMapping(published: 63, subscribed: 96, redundancy: .unwrap)
        let (both, one) = ([Self.opus, Self.red], [Self.opus])
        let (ours, plainOnly) = ([Self.ourOpus, Self.ourRed], [Self.ourOpus])
        #expect(mapping(both, ours, .made) == [wrapped, rewrapped])
        #expect(mapping(one, ours, .made) == [wrapped])
        #expect(mapping([Self.red, Self.opus], ours, .made) == [rewrapped, wrapped])
        #expect(mapping(both, plainOnly, .made) == [plain, unwrapped])
        #expect(mapping(one, plainOnly, .made) == [plain])
        #expect(mapping(both, ours, .removed) == [plain, unwrapped])
        // Encrypted: as it was sent, and nothing that would have to be read.
        #expect(mapping(both, ours, .untouched) == [plain])
        #expect(mapping([Self.red, Self.opus], plainOnly, .untouched) == [plain])
        #expect(mapping(both, [Self.ourRed], .made).isEmpty, "redundancy around nothing")
    }

    @Test func redundancyBelongsToAnOpus() {
        #expect(CodecIdentity(Self.red) == .red(opus: 111))
        for parameters in ["", "111/0", "a/a", "/", "300/300"] {
            var codec = Self.red
            codec.parameters = parameters
            #expect(CodecIdentity(codec) != .red(opus: 111))
        }
        var video = Self.red
        video.clockRateHertz = 90_000
        #expect(CodecIdentity(video) == nil)
        var other = Self.red
        other.parameters = "112/112"
        #expect(NegotiatedCodec.list(of: [Self.opus, other]).map(\.payloadType) == [111])
        #expect(NegotiatedCodec.list(of: [Self.opus, Self.red]).map(\.supportsNACK) == [true, true])
    }

    private func published(
        _ change: (inout AddTrackRequest) -> Void, client: ClientInfo = ClientInfo()
    ) throws -> (section: SDPMediaSection, track: TrackDescription, info: TrackInfo, subscription: [PayloadMapping]) {
        var (room, alice, bob) = try SinglePeerConnectionTests.conversation()
        var request = SinglePeerConnectionTests.microphone
        change(&request)
        room.clear()
        room.send(.addTrack(request), from: alice)
        room.offer(try Fixtures.text("v1-audio-offer"), from: alice)
        let section = try room.answer(to: alice).parsed.section("7")
        let track = try #require(room.published().first)
        let info = try #require(room.state.participant(identity: "alice")?.tracks.first)
        room.wait(.milliseconds(20))
        room.clear()
        room.offer(try Fixtures.text("v1-subscriber-reoffer"), id: 5, from: bob)
        return (section, track, info, try #require(room.subscribed().first).payloads)
    }

    @Test func whoPublishesDecides() throws {
        let open = try published { _ in }
        #expect(open.section.codecs.map(\.payloadType) == [63, 111] && open.info.mimeType == "audio/red")
        #expect(open.info.codecs.map(\.mimeType) == ["audio/red"])
        #expect(open.track.payloads.map(\.codec) == [.opus, .red])
        #expect(open.subscription.allSatisfy { $0.redundancy == .wrap(opus: 111) && $0.subscribed == 63 })
        let changes: [(inout AddTrackRequest) -> Void] = [
            { $0.disablesRED = true }, { $0.encryption = .gcm }, { $0.encryption = .custom },
        ]
        for change in changes {
            let closed = try published(change)
            #expect(closed.section.codecs.map(\.payloadType) == [111] && closed.info.mimeType == "audio/opus")
            #expect(closed.track.payloads.map(\.codec) == [.opus])
            #expect(closed.subscription == [PayloadMapping(published: 111, subscribed: 111)])
        }
    }

    @Test func someBrowsersGetPlainSpeech() {
        for browser in ["Safari", "Mobile Safari", "Firefox", "firefox"] {
            #expect(!ClientInfo(browser: browser).takesRedundancy)
        }
        for browser in ["", "Chrome", "Edge"] { #expect(ClientInfo(browser: browser).takesRedundancy) }
    }
}
