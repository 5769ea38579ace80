import Basics
import MediaInterface
import RTP
import SyntheticPeer
import Testing

@Suite struct SyntheticVideoPacingTests {
    private static let start = MonotonicTime(nanoseconds: 1_000_000_000)

    private func camera(burst: Int) -> SyntheticVideo {
        let track = TrackDescription(
            id: TrackID(1), publisher: PeerID(1), kind: .video, mid: "0",
            payloads: [PayloadDescription(payloadType: 96, codec: .vp8, clockRateHertz: 90_000)],
            encodings: [EncodingDescription(ssrc: 5, retransmissionSSRC: 6)])
        var random = SeededRandom(seed: 3)
        return SyntheticVideo(
            track: track, encoding: 0, extensions: HeaderExtensionIDs(), packetsPerFrame: 6, burst: burst,
            random: &random, at: Self.start)
    }

    /// Packets by the millisecond in which they left, over ten frames.
    private func sent(_ camera: SyntheticVideo) -> [(millisecond: Int, packets: [[UInt8]])] {
        var camera = camera
        var transportSequence: UInt16 = 0
        return (0..<400).map { millisecond in
            let now = Self.start + .milliseconds(millisecond)
            return (millisecond, camera.packets(at: now, transportSequence: &transportSequence))
        }
    }

    @Test func pacingSpreadsAFrameAndChangesNothingElse() throws {
        let whole = sent(camera(burst: .max))
        let paced = sent(camera(burst: 2))
        #expect(whole.map(\.packets.count).max() == 18)
        #expect(paced.map(\.packets.count).max() == 2)
        #expect(paced.filter { !$0.packets.isEmpty }.allSatisfy { $0.millisecond % 5 == 0 })
        let headers = { (list: [(millisecond: Int, packets: [[UInt8]])]) in
            try list.flatMap(\.packets).map { try RTPHeader(parsing: $0.span) }
        }
        #expect(try headers(whole) == headers(paced))
    }

    @Test func theReceiverDecodesPacedFrames() {
        var receiver = SyntheticReceiver(ssrc: 5, retransmissionSSRC: 6)
        for (millisecond, packets) in sent(camera(burst: 2)) {
            for packet in packets { receiver.receive(packet.span, at: Self.start + .milliseconds(millisecond)) }
        }
        #expect(receiver.framesDecoded >= 9 && receiver.faults.isEmpty && receiver.packetsLost == 0)
    }

    @Test func theDeadlineIsThatOfTheNextPacket() {
        var camera = camera(burst: 2)
        var transportSequence: UInt16 = 0
        _ = camera.packets(at: Self.start, transportSequence: &transportSequence)
        #expect(camera.nextDeadline == Self.start + .milliseconds(5))
    }
}
