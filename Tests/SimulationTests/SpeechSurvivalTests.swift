import Basics
import MediaCore
import MediaInterface
import SyntheticPeer
import Testing

/// Speech over networks that lose much of it: what matters is the share of frames that a jitter buffer of 100 to 200 ms
/// has to conceal.
@Suite struct SpeechSurvivalTests {
    struct Outcome {
        var concealed: Double
        var ear: SyntheticAudioReceiver
        var asked: Int
        /// What the listener received for each byte of plain speech.
        var cost: Double
    }

    /// How the way to the listener loses packets.
    enum Loss: CaseIterable, CustomTestStringConvertible {
        case none, scattered10, scattered20, bursts30

        func conditions(_ roundTrip: Interval) -> PathConditions {
            var path = PathConditions(delay: roundTrip / 2)
            switch self {
            case .none: break
            case .scattered10: path.loss = 0.1
            case .scattered20: path.loss = 0.2
            case .bursts30:
                // Gilbert-Elliott: three packets in a row on average, 30 % of all.
                path.leaveBurst = 1.0 / 3
                path.enterBurst = path.leaveBurst * 0.3 / 0.7
            }
            return path
        }
        var testDescription: String { "\(self)" }
    }

    private func call(
        _ loss: Loss, roundTrip: Interval, redundancy: SyntheticRedundancy? = nil, takesRedundancy: Bool = true,
        asks: Bool = true, pauses: SyntheticPauses? = nil, uplink: PathConditions? = nil, seconds: Int = 60, seed: Int
    ) throws -> Outcome {
        let world = try World(seed: UInt64(seed))
        let speaker = try world.join(PathConditions(delay: .milliseconds(10)))
        let listener = try world.join(PathConditions(delay: roundTrip / 2))
        listener.voice.asks = asks
        listener.roundTrip = roundTrip
        world.run(for: .seconds(3))
        try #require(speaker.isConnected && listener.isConnected)
        let track = world.speak(speaker, redundancy: redundancy, pauses: pauses)
        let ssrc = world.listen(listener, to: track, takesRedundancy: takesRedundancy)
        world.network.reseed(UInt64(seed))
        world.network.downlinks[listener.address] = loss.conditions(roundTrip)
        if let uplink { world.network.conditions[speaker.address] = uplink }
        world.run(for: .seconds(seconds))
        #expect(world.faults().isEmpty, "seed \(seed)")
        #expect(world.statistics.drops.unsealed == 0 && world.statistics.drops.unauthenticated == 0)
        let ear = try #require(listener.voice.ears[ssrc])
        #expect(ear.damaged == 0)
        let plain = Double(speaker.voice.microphones[0].packetsSent) * 92
        return Outcome(
            concealed: ear.playout.concealedShare, ear: ear, asked: listener.voice.asked,
            cost: Double(listener.voice.bytesReceived) / plain)
    }

    @Test(arguments: [50, 100], 1...5)
    func scatteredLossIsNotHeard(roundTrip: Int, seed: Int) throws {
        for redundancy in [nil, SyntheticRedundancy(payloadType: World.red)] {
            let outcome = try call(
                .scattered20, roundTrip: .milliseconds(roundTrip), redundancy: redundancy, seed: seed)
            let share = outcome.concealed
            #expect(share < 0.01, "seed \(seed): \(share * 100) % of \(outcome.ear.playout.played) concealed")
            #expect(outcome.ear.playout.played > 2_900)
        }
    }

    @Test(arguments: [50, 100], [nil, SyntheticRedundancy(payloadType: World.red)])
    func burstsAreHardlyHeard(roundTrip: Int, redundancy: SyntheticRedundancy?) throws {
        let shares = try (1...5).map { seed in
            let outcome = try call(
                .bursts30, roundTrip: .milliseconds(roundTrip), redundancy: redundancy, seconds: 150, seed: seed)
            return outcome.concealed
        }
        // A row of bursts more or less decides a single call.
        #expect(shares.reduce(0, +) / 5 < 0.02 && shares.allSatisfy { $0 < 0.025 }, "\(shares.map { $0 * 100 }) %")
    }

    /// Redundancy alone, for clients that do not ask for what is missing.
    @Test(arguments: [50, 100], 1...3)
    func redundancyAloneCarriesScatteredLoss(roundTrip: Int, seed: Int) throws {
        let outcome = try call(.scattered20, roundTrip: .milliseconds(roundTrip), asks: false, seed: seed)
        #expect(outcome.concealed < 0.02 && outcome.asked == 0, "seed \(seed): \(outcome.concealed * 100) % concealed")
    }

    /// Repetition alone, for clients that do not know redundancy.
    @Test(arguments: 1...3)
    func repetitionAloneCarriesTenPercent(seed: Int) throws {
        let outcome = try call(
            .scattered10, roundTrip: .milliseconds(50), redundancy: SyntheticRedundancy(payloadType: World.red),
            takesRedundancy: false, seed: seed)
        #expect(outcome.concealed < 0.01, "seed \(seed): \(outcome.concealed * 100) % concealed")
        #expect(outcome.ear.redundantFrames == 0)
    }

    /// A good path costs nothing beyond the first seconds.
    @Test func aGoodPathHasNoRedundancy() throws {
        let outcome = try call(.none, roundTrip: .milliseconds(50), seed: 1)
        #expect(outcome.concealed == 0 && outcome.asked == 0)
        #expect(outcome.ear.redundantFrames < 600 && outcome.cost < 1.2, "\(outcome.cost)")
        #expect(outcome.ear.longestGap <= .milliseconds(25))
    }

    /// What is lost on the way from the publisher comes back from its redundancy, or is asked for.
    @Test(arguments: [true, false], 1...3)
    func lossOnTheUplinkIsRepaired(isRedundant: Bool, seed: Int) throws {
        let uplink = PathConditions(delay: .milliseconds(20), loss: 0.1)
        for takesRedundancy in [true, false] {
            let outcome = try call(
                .none, roundTrip: .milliseconds(50),
                redundancy: isRedundant ? SyntheticRedundancy(payloadType: World.red) : nil,
                takesRedundancy: takesRedundancy, uplink: uplink, seed: seed)
            #expect(outcome.concealed < 0.005, "seed \(seed): \(outcome.concealed * 100) % concealed")
            #expect(outcome.ear.packetsLeftOut == 0)
        }
    }

    /// Pauses stay pauses: nothing is sent in them, spurts keep their markers, and nothing from before a pause is
    /// repeated after it.
    @Test(arguments: 1...3)
    func pausesSurvive(seed: Int) throws {
        let pauses = SyntheticPauses(speech: .milliseconds(1_500), silence: .milliseconds(1_300))
        for redundancy in [nil, SyntheticRedundancy(payloadType: World.red, distances: [1, 2])] {
            let clean = try call(
                .none, roundTrip: .milliseconds(50), redundancy: redundancy, pauses: pauses, seed: seed)
            #expect(clean.concealed == 0)
            #expect(clean.ear.longestGap >= .milliseconds(390) && clean.ear.longestGap <= .milliseconds(430))
            #expect(20...23 ~= clean.ear.markers, "\(clean.ear.markers)")
            #expect(1_500...2_000 ~= clean.ear.packetsReceived, "\(clean.ear.packetsReceived)")
            let lossy = try call(
                .scattered20, roundTrip: .milliseconds(50), redundancy: redundancy, pauses: pauses, seed: seed)
            #expect(lossy.concealed < 0.02, "seed \(seed): \(lossy.concealed * 100) % concealed")
        }
    }
}
