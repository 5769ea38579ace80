import Basics
import MediaCore
import MediaInterface
import SyntheticPeer
import Testing

@Suite struct OneToTwentyTests {
    /// 2 % loss, 50 ms delay and reordering on every path, 200 seeds: every stream continuous, decodable, repaired.
    @Test(arguments: 0..<200)
    func streamsSurviveLossDelayAndReordering(seed: Int) throws {
        let world = try World(seed: UInt64(seed))
        let conditions = PathConditions(delay: .milliseconds(50), jitter: .milliseconds(8), loss: 0.02)
        let publisher = try world.join(conditions)
        let track = world.publish(publisher)
        for _ in 0..<20 { world.subscribe(try world.join(conditions), to: track) }
        world.run(for: .seconds(4))

        #expect(world.faults().isEmpty, "seed \(seed)")
        var received = 0
        var lost = 0
        var late = 0
        for client in world.clients {
            for receiver in client.receivers.values {
                let who = "seed \(seed), peer \(client.id.rawValue)"
                received += receiver.packetsReceived
                lost += receiver.packetsLost
                // A client whose first checks are lost in a row tries again after seconds (RFC 8489 section 6.2.1).
                guard let ready = max(client.connectedAt, publisher.connectedAt), world.now - ready > .seconds(2) else {
                    late += 1
                    continue
                }
                // A keyframe must be asked for, made and carried over two lossy paths of 100 ms round trip each; where one
                // has just been made, the next is a second later.
                let first = try #require(receiver.firstFrameAt, "\(who) sees nothing")
                #expect(first - ready < .seconds(2), "\(who): \((first - ready).milliseconds) ms")
                // The newest frames may wait for their repair.
                let expected = Int((world.now - first).milliseconds / 40) - 4
                #expect(receiver.framesDecoded >= expected * 9 / 10, "\(who): \(receiver.framesDecoded) of \(expected)")
            }
        }
        #expect(
            late <= 3 || publisher.connectedAt.map { world.now - $0 <= .seconds(2) } ?? true,
            "seed \(seed): \(late) came late")
        #expect(Double(lost) < Double(received) * 0.001, "seed \(seed): \(lost) of \(received) lost for good")
    }
}

/// The later of two moments, nil while one of them has not come.
private func max(_ a: MonotonicTime?, _ b: MonotonicTime?) -> MonotonicTime? {
    guard let a, let b else { return nil }
    return a > b ? a : b
}
