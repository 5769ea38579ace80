import Basics
import MediaInterface
import RTP
import Testing

@testable import Forwarding

@Suite struct LayerRateMeterTests {
    private func frame(_ spatial: Int, _ temporal: Int) -> FrameInfo {
        var frame = FrameInfo()
        frame.knowledge = .layers
        frame.spatialLayer = UInt8(spatial)
        frame.temporalLayer = UInt8(temporal)
        return frame
    }

    private func rates(_ meter: LayerRateMeter, spatialLayer: Int? = nil, at now: Int) -> LayerRates {
        var rates = LayerRates()
        meter.add(to: &rates, spatialLayer: spatialLayer, at: .ms(now))
        return rates
    }

    private func isNear(_ rate: Int, _ expected: Int) -> Bool { abs(rate - expected) * 20 <= expected }

    /// Three spatial and two temporal layers: what is above takes what is below with it.
    @Test func sumsUpWhatGoesTogether() {
        var meter = LayerRateMeter()
        let sizes = [[500, 250], [1_000, 500], [2_000, 1_000]]
        for now in stride(from: 0, to: 4_000, by: 25) {
            let temporal = now / 25 % 2
            for spatial in 0..<3 {
                let size = sizes[spatial][temporal] - ForwardingLimits.rateOverheadBytes
                meter.note(frame(spatial, temporal), byteCount: size, at: .ms(now))
            }
        }
        let rates = rates(meter, at: 4_000)
        // Twenty pictures a second of each temporal layer.
        var below = [0, 0]
        for spatial in 0..<3 {
            below[0] += sizes[spatial][0]
            below[1] += sizes[spatial][0] + sizes[spatial][1]
            #expect(isNear(rates[spatial, 0], below[0] * 160), "\(rates[spatial, 0])")
            #expect(isNear(rates[spatial, 1], below[1] * 160), "\(rates[spatial, 1])")
            #expect(rates[spatial, 2] == 0 && rates[spatial, 3] == 0)
        }
    }

    @Test func anEncodingOfSeveralStandsAtItsLayer() {
        var meter = LayerRateMeter()
        for now in stride(from: 0, to: 2_000, by: 20) { meter.note(FrameInfo(), byteCount: 1_000, at: .ms(now)) }
        let rates = rates(meter, spatialLayer: 2, at: 2_000)
        #expect(isNear(rates[2, 0], 50 * 8 * (1_000 + ForwardingLimits.rateOverheadBytes)))
        #expect(rates[0, 0] == 0 && rates[1, 0] == 0 && rates[2, 1] == 0)
    }

    /// The keyframe that a layer begins with is not taken for its rate.
    @Test func aLayerBeginsWithASensibleRate() {
        var meter = LayerRateMeter()
        for _ in 0..<20 { meter.note(FrameInfo(), byteCount: 1_000, at: .ms(1_000)) }
        let first = rates(meter, at: 1_000)[0, 0]
        #expect(first > 0 && first <= 20 * 8 * 2_200)
        for now in stride(from: 1_033, to: 1_400, by: 33) { meter.note(FrameInfo(), byteCount: 500, at: .ms(now)) }
        #expect(rates(meter, at: 1_400)[0, 0] < 500_000)
    }

    @Test func aLayerThatStopsIsGone() {
        var meter = LayerRateMeter()
        for now in stride(from: 0, to: 6_000, by: 20) {
            meter.note(frame(0, 0), byteCount: 500, at: .ms(now))
            if now < 3_000 { meter.note(frame(1, 0), byteCount: 500, at: .ms(now)) }
        }
        #expect(rates(meter, at: 6_000)[0, 0] > 0)
        #expect(rates(meter, at: 6_000)[1, 0] == 0)
        // A picture that stands still keeps its layers.
        #expect(rates(meter, at: 16_000)[0, 0] == 1)
    }

    @Test func measuresEncodingsOfATrack() throws {
        var track = PublishedTrack(Fixture.track(encodings: 3), at: .zero)
        var sequence: UInt16 = 0
        for now in stride(from: 0, to: 2_000, by: 40) {
            for encoding in 0..<2 {
                let packet = TestPacket(
                    sequence: sequence, timestamp: UInt32(now * 90), ssrc: 0x1000 + UInt32(encoding), marker: true,
                    payload: vp8Payload(
                        key: now == 0, pictureID: now / 40, level: 0, temporal: UInt8(now / 40 % 2), keyIndex: 0,
                        body: [UInt8](repeating: 0, count: encoding == 0 ? 200 : 900)))
                _ = try need(track.accept(packet, encoding: encoding, at: .ms(now)))
            }
            sequence += 1
        }
        let rates = track.layerRates(at: .ms(2_000))
        #expect(rates[0, 1] > rates[0, 0] && rates[0, 0] > 0)
        #expect(rates[1, 1] > 2 * rates[0, 1])
        #expect(rates[2, 0] == 0)
    }
}
