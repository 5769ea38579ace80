// A run: everybody joins, then it is measured, then everybody leaves.

import Basics
import Conference
import Foundation
import LiveKitProtocol
import NIOCore
import NIOPosix
import SecureTransport

struct LoadRun: Sendable {
    private let profile: LoadProfile
    private let options: LoadOptions
    private let board = RunBoard()
    private let progress: Progress

    init(profile: LoadProfile, options: LoadOptions) {
        self.profile = profile
        self.options = options
        progress = Progress(isShown: options.showsProgress)
    }

    /// Throws what makes a run impossible; whatever happens later is in the report.
    func run() async throws -> LoadReport {
        guard options.allowsRemote || options.target.isLoopback else {
            throw LoadFailure.remoteTarget(options.target.host)
        }
        try OwnProcess.requireDescriptors(participants: profile.participants.count)
        let probe = options.serverPID.map { ServerProbe(pid: $0) }
        if let probe, probe.sample(at: LoadClock.now()) == nil { throw LoadFailure.noSuchProcess(probe.pid) }
        let keys = try KeyRing([(options.apiKey, options.apiSecret)])
        let identity = try DTLSIdentity()
        let context = try DTLSContext(identity: identity)
        var loops: [MediaLoop] = []
        for index in 0..<max(1, options.mediaThreads) {
            loops.append(try MediaLoop(index: index, context: context, seed: options.seed &+ UInt64(index)))
        }
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let environment = LoadEnvironment(
            client: SignalingClient(target: options.target, group: group), loops: loops, board: board,
            fingerprint: identity.fingerprint, allowsRemote: options.allowsRemote, seed: options.seed
        ) { plan in try Self.token(for: plan, keys: keys) }
        let measurement = await measure(environment, probe)
        for loop in loops { loop.stop() }
        progress.finish()
        // What the server wants to say to those who left interests nobody.
        try? await group.shutdownGracefully()
        return LoadReport(profile: profile, options: options, measurement: measurement)
    }

    private static func token(for plan: ParticipantPlan, keys: KeyRing) throws -> String {
        let now = Int64(Date().timeIntervalSince1970)
        let grants = VideoGrants(room: plan.room, roomJoin: true)
        return try AccessToken(
            identity: plan.identity, name: plan.identity, video: grants, expiresAtSeconds: now + 6 * 3_600
        )
        .signed(by: keys)
    }

    // MARK: Phases

    private func measure(_ environment: LoadEnvironment, _ probe: ServerProbe?) async -> RunMeasurement {
        await withTaskGroup(of: Void.self) { group in
            var recorder = MeasurementRecorder(loops: environment.loops, probe: probe)
            await ramp(environment, &group)
            let isComplete = await waitUntilReady()
            if isComplete { await recorder.record(seconds: options.measuredSeconds, watch: watch) }
            let measurement = await recorder.finish(board: board, wasInterrupted: Interruption.isNoted)
            group.cancelAll()
            await group.waitForAll()
            return measurement
        }
    }

    /// Starts the participants one after the other. Stops early when there is no use in going on.
    private func ramp(_ environment: LoadEnvironment, _ group: inout TaskGroup<Void>) async {
        let start = LoadClock.now()
        for (index, plan) in profile.participants.enumerated() {
            let due = start + .seconds(Double(index) / profile.joinsPerSecond)
            while LoadClock.now() < due, !mustStop {
                let left = min(100, max(1, (due - LoadClock.now()).wholeMilliseconds))
                try? await Task.sleep(for: .milliseconds(left))
                showProgress("joining")
            }
            if mustStop { return }
            let participant = LoadParticipant(plan: plan, environment: environment)
            group.addTask { await participant.run() }
        }
    }

    private var mustStop: Bool {
        if Interruption.isNoted { return true }
        let summary = board.summary
        return summary.isHopeless || summary.hasLostEverybody
    }

    /// True when nobody is on the way in any more, and somebody is in.
    private func waitUntilReady() async -> Bool {
        var settled: MonotonicTime?
        while !mustStop {
            let summary = board.summary
            if summary.launched == profile.participants.count, summary.joining == 0 {
                let since = settled ?? LoadClock.now()
                settled = since
                if LoadClock.now() - since >= .seconds(LoadLimits.settleSeconds) { return true }
            }
            showProgress("joining")
            try? await Task.sleep(for: .milliseconds(100))
        }
        return false
    }

    /// Called several times a second while it is measured; false ends the measurement.
    private func watch(_ elapsed: Interval, _ meter: LoadMeter) -> Bool {
        showProgress("\(Int(elapsed.seconds)) of \(options.measuredSeconds) s", meter)
        return !mustStop
    }

    private func showProgress(_ phase: String, _ meter: LoadMeter? = nil) {
        progress.show(phase: phase, board.summary, of: profile.participants.count, meter, at: LoadClock.now())
    }
}
