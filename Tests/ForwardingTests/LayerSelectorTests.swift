import Basics
import MediaInterface
import RTP
import Testing

@testable import Forwarding

@Suite struct LayerSelectorTests {
    /// Three encodings whose pictures come every 33 ms, as far as they are on.
    private struct Source {
        var flows = EncodingFlows()
        var selector: LayerSelector
        var now = MonotonicTime.ms(1_000)
        var timestamp: UInt32 = 0
        var sequence: Int64 = 0

        init(_ settings: SubscriptionSettings = SubscriptionSettings(), kind: MediaKind = .video) {
            selector = LayerSelector(settings, kind: kind)
            flows.set(Fixture.encodings(3))
        }

        mutating func packet(_ encoding: Int, key: Bool = false, isLate: Bool = false) -> LayerDecision {
            var packet = AcceptedPacket()
            packet.encoding = UInt8(encoding)
            packet.arrival = now
            packet.payloadLength = 10
            packet.codec = .vp8
            packet.isLate = isLate
            packet.traits.startsFrame = true
            packet.traits.isKeyframe = key
            _ = flows.noteArrival(encoding: encoding, timestamp: timestamp, at: now)
            return selector.decide(packet, flows, at: now)
        }

        /// One picture of each encoding; returns what was decided for each.
        mutating func picture(_ encodings: [Int], after milliseconds: Int = 33) -> [LayerDecision] {
            now += .milliseconds(milliseconds)
            timestamp &+= UInt32(milliseconds * 90)
            return encodings.map { packet($0) }
        }
    }

    @Test func startsWithAnyKeyframeThenGoesUp() {
        var source = Source()
        #expect(source.picture([0, 1, 2]) == [.ignore, .ignore, .ignore])
        #expect(source.selector.wantedKeyframe == 2)
        #expect(source.packet(0, key: true) == .start)
        #expect(source.selector.current == 0 && source.selector.wantedKeyframe == 2)
        #expect(source.picture([0, 1, 2]) == [.forward, .ignore, .ignore])
        // The one between is not the best: it is left out.
        #expect(source.packet(1, key: true) == .ignore)
        #expect(source.packet(2, key: true) == .start)
        #expect(source.picture([0, 1, 2]) == [.ignore, .ignore, .forward])
        #expect(source.selector.wantedKeyframe == nil)
        #expect(source.packet(2, isLate: true) == .late)
    }

    @Test func staysWithinTheSettings() {
        var source = Source(SubscriptionSettings(maximumSpatialLayer: 1))
        _ = source.picture([0, 1, 2])
        #expect(source.selector.wantedKeyframe == 1)
        #expect(source.packet(2, key: true) == .ignore)
        #expect(source.packet(1, key: true) == .start)
        source.selector.configure(SubscriptionSettings(maximumSpatialLayer: 0))
        // Goes on until the lower one can start.
        #expect(source.picture([0, 1, 2]) == [.ignore, .forward, .ignore])
        #expect(source.selector.wantedKeyframe == 0)
        #expect(source.packet(0, key: true) == .start)
        #expect(source.picture([0, 1, 2]) == [.forward, .ignore, .ignore])
    }

    @Test func takesTheLowestWhenAllAreAbove() {
        var source = Source(SubscriptionSettings(maximumSpatialLayer: 0))
        _ = source.picture([1, 2])
        #expect(source.selector.wantedKeyframe == 1)
        #expect(source.packet(1, key: true) == .start)
    }

    @Test func fallsBackWhenAnEncodingStops() {
        var source = Source()
        _ = source.picture([0, 1, 2])
        #expect(source.packet(2, key: true) == .start)
        for _ in 0..<15 { _ = source.picture([0, 1]) }
        #expect(source.selector.wantedKeyframe == nil)
        _ = source.picture([0, 1])
        _ = source.picture([0, 1])
        #expect(source.selector.wantedKeyframe == 1)
        // Nothing is shown: the lower one will do.
        #expect(source.packet(0, key: true) == .start)
        #expect(source.packet(1, key: true) == .start)
        // It comes back with a keyframe.
        source.now += .milliseconds(33)
        source.timestamp &+= 3_000
        #expect(source.packet(2, key: true) == .start)
    }

    @Test func doesNotTakeSilenceForLoss() {
        var source = Source()
        _ = source.picture([0, 1, 2])
        _ = source.packet(2, key: true)
        // Muted for a minute, then one picture in two seconds, lowest encoding first.
        for pause in [60_000, 2_000, 2_000, 2_000] {
            #expect(source.picture([0, 1, 2], after: pause) == [.ignore, .ignore, .forward])
            #expect(source.selector.wantedKeyframe == nil)
        }
    }

    @Test func wantsAKeyframeAfterAPause() {
        var source = Source()
        _ = source.picture([0, 1, 2])
        _ = source.packet(2, key: true)
        source.selector.configure(SubscriptionSettings(isEnabled: false))
        #expect(source.picture([0, 1, 2]) == [.ignore, .ignore, .ignore])
        #expect(source.packet(2, key: true) == .ignore && source.packet(2, isLate: true) == .ignore)
        #expect(source.selector.wantedKeyframe == nil)
        source.selector.configure(SubscriptionSettings())
        #expect(source.selector.wantedKeyframe == 2)
        #expect(source.picture([0, 1, 2]) == [.ignore, .ignore, .ignore])
        #expect(source.packet(2, key: true) == .start)
    }

    @Test func answersPictureLoss() {
        var source = Source()
        _ = source.picture([0])
        #expect(source.packet(0, key: true) == .start)
        // On its way before the keyframe.
        source.selector.notePictureLoss(at: source.now + .milliseconds(100))
        #expect(source.selector.wantedKeyframe == nil)
        source.selector.notePictureLoss(at: source.now + .milliseconds(200))
        #expect(source.selector.wantedKeyframe == 0)
        #expect(source.picture([0]) == [.forward])
        #expect(source.packet(0, key: true) == .forward)
        #expect(source.selector.wantedKeyframe == nil)
    }

    @Test func forwardsSoundAtOnce() {
        var source = Source(kind: .audio)
        #expect(source.packet(0) == .start)
        #expect(source.packet(0) == .forward)
        #expect(source.selector.wantedKeyframe == nil)
        source.selector.configure(SubscriptionSettings(isEnabled: false))
        #expect(source.packet(0) == .ignore)
        source.selector.configure(SubscriptionSettings())
        #expect(source.packet(0) == .start)
    }
}
