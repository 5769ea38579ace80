import Basics
import MediaCore
import MediaInterface
import SyntheticPeer
import Testing

@testable import MediaRuntime

/// The real shard behind real sockets: ICE, DTLS, SRTP and forwarding on loopback.
@Suite(.serialized) struct LoopbackCallTests {
    static let loopback = [SocketAddress(host: "127.0.0.1", port: 0)!, SocketAddress(host: "::1", port: 0)!]

    func check(_ call: LoopbackCall, frames: Int) {
        #expect(call.isAccepted)
        for client in call.clients {
            #expect(client.isConnected, "peer \(client.id.rawValue) is not connected")
            guard let stream = client.stream else { continue }
            #expect(stream.faults.isEmpty)
            #expect(stream.framesDecoded >= frames, "peer \(client.id.rawValue): \(stream.framesDecoded) frames")
        }
    }

    /// A socket for each family, or one for both; clients of both families in one room.
    @Test(arguments: [true, false])
    func twentySubscribersOfBothFamiliesSeeThePublisher(isBound: Bool) async throws {
        let pool = try MediaPool(
            MediaPoolConfiguration(ports: 0...0, bindAddresses: isBound ? Self.loopback : []),
            shard: Shards.configuration)
        let thread = pool.thread(for: RoomID(1))
        let events = Task {
            var connected: Set<PeerID> = []
            var totals = MediaStatistics()
            for await batch in thread.events {
                for event in batch {
                    switch event {
                    case .peerConnected(let peer): connected.insert(peer)
                    case .statistics(let statistics): totals = statistics
                    default: break
                    }
                }
            }
            return (connected, totals)
        }
        let call = LoopbackCall(on: thread)
        try call.addPublisher(host: "127.0.0.1")
        for index in 0..<20 { try call.addSubscriber(host: index % 2 == 0 ? "127.0.0.1" : "::1") }
        try await call.run(untilFrames: 60, atMost: .seconds(30))
        check(call, frames: 60)
        // One look at the totals after the last packet.
        try await Task.sleep(nanoseconds: 1_200_000_000)
        let peers = Set(call.clients.map(\.id))
        call.leave()
        pool.stop()
        let (connected, totals) = await events.value
        await pool.finished()
        #expect(connected == peers)
        #expect(totals.packetsForwarded >= 20 * 60 * 3)
        #expect(totals.drops.socketFull == 0)
        let sockets = thread.socketStatistics
        #expect(sockets.dropped == 0 && sockets.truncated == 0 && sockets.receiveBufferOverflows == 0)
        // Packets of a frame share messages: that is what segmentation is for.
        #expect(sockets.messagesSent < sockets.datagramsSent)
        #expect(sockets.segmentationRefusals == 0)
    }

    /// Garbage at the port while a call runs: the call does not notice.
    @Test func callSurvivesAFlood() async throws {
        let pool = try MediaPool(
            MediaPoolConfiguration(ports: 0...0, bindAddresses: Self.loopback), shard: Shards.configuration)
        let thread = pool.threads[0]
        let flood = Task.detached {
            var random = SeededRandom(seed: 9)
            var sent = 0
            while !Task.isCancelled {
                var client = try UDPSocket(boundTo: Self.loopback[0])
                let destination = Self.loopback[0].withPort(thread.udpPort)
                let batch = (0..<50).map { _ -> (SocketAddress, [UInt8]) in
                    let count = Int.random(in: 0...1_400, using: &random)
                    // First bytes of every class: STUN, DTLS, RTP and none.
                    let first: UInt8 = [0, 1, 20, 22, 128, 144, 200, 255].randomElement(using: &random)!
                    return (destination, [first] + (0..<count).map { _ in UInt8(truncatingIfNeeded: random.next()) })
                }
                client.sendAll(batch)
                sent += batch.count
                try? await Task.sleep(nanoseconds: 2_000_000)
            }
            return sent
        }
        let call = LoopbackCall(on: thread)
        try call.addPublisher(host: "::1")
        for _ in 0..<5 { try call.addSubscriber(host: "127.0.0.1") }
        try await call.run(untilFrames: 50, atMost: .seconds(30))
        flood.cancel()
        let sent = try await flood.value
        #expect(sent > 1_000)
        check(call, frames: 50)
        pool.stop()
        await pool.finished()
    }

    /// Two rooms on two threads of one pool.
    @Test func threadsOfAPoolCarryTheirOwnRooms() async throws {
        let taken = try UDPSocket(boundTo: Self.loopback[0])
        let port = min(taken.localAddress.port, 65_000)
        let pool = try MediaPool(
            MediaPoolConfiguration(ports: port...port + 40, bindAddresses: [Self.loopback[0]], maximumThreads: 2),
            shard: Shards.configuration)
        let calls = (1...2).map { LoopbackCall(on: pool.thread(for: RoomID($0)), number: $0) }
        if pool.threads.count == 2 { #expect(calls[0].thread !== calls[1].thread) }
        for call in calls {
            try call.addPublisher(host: "127.0.0.1")
            for _ in 0..<3 { try call.addSubscriber(host: "127.0.0.1") }
        }
        for _ in 0..<1_000 {
            for call in calls { try await call.run(untilFrames: 25, atMost: .milliseconds(5)) }
            if calls.allSatisfy({ $0.clients.allSatisfy { ($0.stream?.framesDecoded ?? 25) >= 25 } }) { break }
        }
        for call in calls { check(call, frames: 25) }
        pool.stop()
        await pool.finished()
    }
}
