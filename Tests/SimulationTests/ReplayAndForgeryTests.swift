import Basics
import MediaCore
import MediaInterface
import RTP
import SyntheticPeer
import Testing

@Suite struct ReplayAndForgeryTests {
    /// A room in which one publisher sends to one subscriber, up and running.
    private func room() throws -> (World, SimulatedClient, SimulatedClient) {
        let world = try World(seed: 7)
        let publisher = try world.join()
        let track = world.publish(publisher)
        let subscriber = try world.join()
        world.subscribe(subscriber, to: track)
        world.run(for: .seconds(2))
        return (world, publisher, subscriber)
    }

    @Test func aReplayedPacketIsDroppedAndCounted() throws {
        let (world, publisher, subscriber) = try room()
        var sequence: UInt16 = 0
        let packets = publisher.encodings[0].packets(at: world.now + .milliseconds(40), transportSequence: &sequence)
        publisher.transport.sendRTP(try #require(packets.first))
        let sealed = try #require(publisher.transport.drain().last?.bytes)
        let before = world.statistics
        for _ in 0..<10 { world.inject(sealed, from: publisher.transport.localAddress) }
        #expect(world.statistics.drops.replayed == before.drops.replayed + 9)
        #expect(world.statistics.packetsForwarded == before.packetsForwarded + 1)
        #expect(subscriber.isConnected)
    }

    @Test func aForgedPacketIsDroppedAndNothingOfItIsForwarded() throws {
        let (world, publisher, subscriber) = try room()
        let address = publisher.transport.localAddress
        let ssrc = publisher.encodings[0].ssrc
        var packet: [UInt8] = [0x80, 96, 0, 1, 0, 0, 0, 1]
        packet += (0..<4).map { UInt8(truncatingIfNeeded: ssrc >> (24 - 8 * UInt32($0))) }
        packet += [UInt8](repeating: 0x55, count: 200)
        let before = world.statistics
        for _ in 0..<100 { world.inject(packet, from: address) }
        #expect(world.statistics.drops.unauthenticated == before.drops.unauthenticated + 100)
        #expect(world.statistics.packetsForwarded == before.packetsForwarded)
        #expect(world.faults().isEmpty && subscriber.isConnected)
    }

    @Test func garbageOnThePortDisturbsNobody() throws {
        let (world, publisher, subscriber) = try room()
        var random = SeededRandom(seed: 99)
        let strangers = SocketAddress(ipv4: 0x0a09_0909, port: 999)
        let framesBefore = try #require(subscriber.receivers.values.first).framesDecoded
        for round in 0..<20_000 {
            var bytes = (0..<Int.random(in: 0...200, using: &random)).map { _ in
                UInt8.random(in: 0...255, using: &random)
            }
            // Every class of datagram, from a stranger and from a known address.
            if let kind = [0, 1, 22, 128, 200].randomElement(using: &random), !bytes.isEmpty { bytes[0] = UInt8(kind) }
            world.inject(bytes, from: round % 2 == 0 ? strangers : publisher.transport.localAddress)
        }
        world.run(for: .seconds(1))
        let receiver = try #require(subscriber.receivers.values.first)
        #expect(receiver.framesDecoded >= framesBefore + 24)
        #expect(world.faults().isEmpty)
        let drops = world.statistics.drops
        #expect(drops.unknownAddress > 0 && drops.malformedSTUN > 0 && drops.unauthenticated > 0)
    }

    @Test func aCheckWithAWrongPasswordBindsNothing() throws {
        let world = try World(seed: 3)
        let client = try world.join()
        var stolen = world.credentials()
        stolen.password += "x"
        // The client's checks now carry another password than the shard expects.
        client.transport.restartICE(
            local: world.credentials(),
            remote: ICECredentials(usernameFragment: "nobody1234", password: stolen.password), at: world.now)
        world.run(for: .seconds(3))
        #expect(!client.isConnected)
        #expect(world.statistics.drops.refusedSTUN > 0)
    }
}
