import Basics
import Testing

@testable import RelaisLoad

@Suite struct TargetAndProfileTests {
    @Test func addressesAreRead() throws {
        let plain = try ServerTarget(url: "ws://127.0.0.1:7880")
        #expect(plain.host == "127.0.0.1" && plain.port == 7_880 && plain.pathPrefix == "" && plain.isLoopback)
        let prefixed = try ServerTarget(url: "http://localhost:80/meet//")
        #expect(prefixed.pathPrefix == "/meet" && prefixed.isLoopback)
        let ipv6 = try ServerTarget(url: "ws://[::1]:7880")
        #expect(ipv6.host == "::1" && ipv6.isLoopback && ipv6.url == "ws://[::1]:7880")
        for remote in [
            "ws://192.0.2.1:7880", "ws://example.org", "ws://127.0.0.1.example.org:1", "ws://[2001:db8::1]:1",
        ] {
            #expect(try !ServerTarget(url: remote).isLoopback, "\(remote)")
        }
    }

    @Test(arguments: ["", "7880", "ftp://127.0.0.1", "wss://127.0.0.1", "ws://", "ws://127.0.0.1:0", "ws:// x"])
    func badAddressesAreSentences(url: String) {
        #expect(throws: LoadFailure.self) { try ServerTarget(url: url) }
    }

    @Test func aMeetingHasItsPublishersFirst() {
        let shape = MeetingShape(
            room: "r", participants: 30, audioPublishers: 30, videoPublishers: 5, isSimulcast: true,
            videoBitrateBitsPerSecond: 1_500_000, joinsPerSecond: 10)
        let profile = shape.profile
        #expect(profile.audioPublishers == 30 && profile.videoPublishers == 5)
        #expect(profile.participants.prefix(5).allSatisfy { $0.videoEncodings.map(\.rid) == ["q", "h", "f"] })
        #expect(profile.participants.dropFirst(5).allSatisfy { !$0.publishesVideo })
        #expect(Set(profile.participants.map(\.identity)).count == 30)
        // Each of 35 tracks goes to 29 others.
        #expect(profile.expectedStreams == 35 * 29)
    }

    @Test func roomsDoNotHearEachOther() {
        let plans = (0..<6).map {
            ParticipantPlan(
                index: $0, room: "\($0 / 3)", identity: "\($0)", publishesAudio: true, videoEncodings: [])
        }
        #expect(LoadProfile(name: "x", participants: plans, joinsPerSecond: 1).expectedStreams == 2 * 3 * 2)
    }

    @Test(arguments: [30_000, 150_000, 500_000, 1_500_000, 8_000_000])
    func framesMakeTheirBitrate(bitrate: Int) {
        let plan = VideoEncodingPlan(width: 1, height: 1, bitrateBitsPerSecond: bitrate)
        let shape = plan.frameShape
        let made = shape.packets * shape.payloadBytes * 8 * plan.framesPerSecond
        #expect(abs(made - bitrate) < bitrate / 10)
        #expect(shape.payloadBytes <= 1_100 && plan.burst >= 1)
    }
}
