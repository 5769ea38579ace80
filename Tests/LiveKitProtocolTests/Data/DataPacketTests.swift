import Basics
import Conference
import Foundation
import LiveKitWire
import SwiftProtobuf
import Testing

@testable import LiveKitProtocol

@Suite struct DataPacketTests {
    private let alice = DataSender(
        participant: ParticipantSID("PA_alice")!, identity: "alice", isAgent: false, isReliable: true)
    private let agent = DataSender(
        participant: ParticipantSID("PA_agent")!, identity: "agent", isAgent: true, isReliable: true)

    private func rewrite(
        from sender: DataSender, _ build: (inout WireDataPacket) -> Void
    ) throws -> (packet: WireDataPacket, relayed: RelayedData)? {
        guard let relayed = DataPackets.rewrite(try WireDataPacket.with(build).serializedBytes(), from: sender) else {
            return nil
        }
        return (try WireDataPacket(serializedBytes: relayed.payload), relayed)
    }

    @Test func nobodySpeaksInAnothersName() throws {
        let (packet, relayed) = try #require(
            try rewrite(from: alice) {
                $0.kind = .lossy
                $0.participantSid = "PA_bob"
                $0.participantIdentity = "bob"
                $0.sequence = 7
                $0.user.participantSid = "PA_bob"
                $0.user.participantIdentity = "bob"
                $0.user.payload = Data([1, 2, 3])
                $0.user.topic = "t"
                $0.user.nonce = Data(count: 16)
            })
        #expect(packet.kind == .reliable)
        #expect(packet.participantSid == "PA_alice" && packet.participantIdentity == "alice")
        #expect(packet.user.participantSid == "PA_alice" && packet.user.participantIdentity == "alice")
        #expect(packet.user.payload == Data([1, 2, 3]) && packet.user.topic == "t" && packet.user.nonce.count == 16)
        #expect(relayed.nonce == [UInt8](repeating: 0, count: 16))
        #expect(packet.sequence == 7 && relayed.sequence == 7)
        #expect(relayed.destinationIdentities.isEmpty && relayed.destinationSIDs.isEmpty)
    }

    @Test func theChannelDecidesTheKind() throws {
        var sender = alice
        sender.isReliable = false
        let (packet, relayed) = try #require(
            try rewrite(from: sender) {
                $0.sequence = 3
                $0.user.payload = Data([1])
            })
        #expect(packet.kind == .lossy && packet.sequence == 3)
        #expect(relayed.sequence == 0)
    }

    @Test func hiddenSendersStayHidden() throws {
        var sender = alice
        sender.identity = ""
        let (packet, _) = try #require(
            try rewrite(from: sender) {
                $0.participantIdentity = "alice"
                $0.user.participantSid = "PA_alice"
                $0.user.participantIdentity = "alice"
            })
        #expect(
            packet.participantIdentity == "" && packet.user.participantIdentity == ""
                && packet.user.participantSid == "")
    }

    @Test func addresseesAreMirrored() throws {
        let outer = try #require(
            try rewrite(from: alice) {
                $0.destinationIdentities = ["bob"]
                $0.user.destinationIdentities = ["carol"]
            })
        #expect(outer.packet.user.destinationIdentities == ["bob"] && outer.relayed.destinationIdentities == ["bob"])
        let inner = try #require(try rewrite(from: alice) { $0.user.destinationIdentities = ["carol", "bob"] })
        #expect(inner.packet.destinationIdentities == ["carol", "bob"])
        #expect(inner.relayed.destinationIdentities == ["bob", "carol"])
        let sids = try #require(try rewrite(from: alice) { $0.user.destinationSids = ["PA_bob", "junk"] })
        #expect(sids.relayed.destinationSIDs == [ParticipantSID("PA_bob")!])
        let stream = try #require(
            try rewrite(from: alice) {
                $0.destinationIdentities = ["bob"]
                $0.streamChunk.streamID = "s"
            })
        #expect(stream.relayed.destinationIdentities == ["bob"])
    }

    @Test func privateIsNeverPublic() throws {
        #expect(try rewrite(from: alice) { $0.user.destinationSids = ["bob's sid"] } == nil)
    }

    @Test func whatParticipantsMayNotSend() throws {
        #expect(try rewrite(from: alice) { $0.transcription.trackID = "TR_a" } == nil)
        #expect(try rewrite(from: agent) { $0.transcription.trackID = "TR_a" } != nil)
        #expect(try rewrite(from: agent) { $0.speaker.speakers = [.init()] } == nil)
        #expect(try rewrite(from: alice) { $0.metrics = WireMetricsBatch() } == nil)
        #expect(try rewrite(from: alice) { $0.sequence = 1 } == nil)
        #expect(DataPackets.rewrite([], from: alice) == nil)
    }

    @Test func agentsMayQuoteInText() throws {
        let chat = try #require(
            try rewrite(from: agent) {
                $0.participantIdentity = "alice"
                $0.chatMessage.message = "m"
            })
        #expect(chat.packet.participantIdentity == "alice" && chat.packet.chatMessage.generated)
        #expect(chat.packet.participantSid == "PA_agent")
        let text = try #require(
            try rewrite(from: agent) {
                $0.participantIdentity = "alice"
                $0.streamHeader.textHeader.version = 1
                $0.streamHeader.topic = "lk.transcription"
            })
        #expect(text.packet.participantIdentity == "alice" && text.packet.streamHeader.textHeader.generated)
        #expect(
            text.packet.streamHeader.topic == "lk.transcription" && text.packet.streamHeader.textHeader.version == 1)
        let file = try #require(
            try rewrite(from: agent) {
                $0.participantIdentity = "alice"
                $0.streamHeader.byteHeader.name = "f"
            })
        #expect(file.packet.participantIdentity == "agent")
        let own = try #require(
            try rewrite(from: agent) {
                $0.participantIdentity = "agent"
                $0.chatMessage.message = "m"
            })
        #expect(!own.packet.chatMessage.generated)
        let person = try #require(
            try rewrite(from: alice) {
                $0.participantIdentity = "bob"
                $0.streamHeader.textHeader.version = 1
            })
        #expect(person.packet.participantIdentity == "alice" && !person.packet.streamHeader.textHeader.generated)
    }

    @Test func keepsWhatItDoesNotKnow() throws {
        // Metrics of a later kind: field 40 of the packet, a message; field 90 of a chunk, a number.
        let unknown: [UInt8] = [0xc2, 0x02, 0x02, 0x08, 0x01]
        let later = try #require(DataPackets.rewrite(unknown, from: alice))
        #expect(Array(later.payload.suffix(unknown.count)) == unknown)
        var chunk = WireDataStream.Chunk.with { $0.streamID = "s" }
        try chunk.merge(serializedBytes: [0xd0, 0x05, 0x07])
        let packet = try #require(try rewrite(from: alice) { $0.streamChunk = chunk }).packet
        #expect(packet.streamChunk == chunk && packet.streamChunk.unknownFields.data == Data([0xd0, 0x05, 0x07]))
    }

    @Test func everyOtherKindPassesUnchanged() throws {
        let kinds: [WireDataPacket.OneOf_Value] = [
            .sipDtmf(.with { $0.digit = "7" }), .rpcRequest(.with { $0.method = "m" }),
            .rpcAck(.with { $0.requestID = "r" }),
            .rpcResponse(.with { $0.error.code = 3 }), .streamHeader(.with { $0.inlineContent = Data([1]) }),
            .streamChunk(.with { $0.content = Data([0, 255]) }), .streamTrailer(.with { $0.reason = "r" }),
            .encryptedPacket(.with { $0.encryptedValue = Data([9]) }), .chatMessage(.with { $0.message = "é" }),
        ]
        for kind in kinds { #expect(try rewrite(from: alice) { $0.value = kind }?.packet.value == kind) }
    }

    @Test func serverPacketsHaveNoSender() throws {
        let relayed = DataPackets.fromServer(
            payload: [1, 2], topic: nil, isReliable: true, destinationIdentities: ["bob"],
            destinationSIDs: [ParticipantSID("PA_c")!], nonce: [UInt8](repeating: 3, count: 16))
        let packet = try WireDataPacket(serializedBytes: relayed.payload)
        #expect(packet.participantSid == "" && packet.participantIdentity == "" && packet.sequence == 0)
        #expect(packet.user.nonce == Data(repeating: 3, count: 16) && relayed.nonce == Array(packet.user.nonce))
        #expect(packet.user.payload == Data([1, 2]) && !packet.user.hasTopic && packet.kind == .reliable)
        #expect(packet.destinationIdentities == ["bob"] && relayed.destinationIdentities == ["bob"])
        #expect(relayed.destinationSIDs == [ParticipantSID("PA_c")!] && relayed.sequence == 0)
    }

    // MARK: Bad input

    @Test func survivesEveryTruncationAndDamage() throws {
        let sound: [UInt8] = try WireDataPacket.with {
            $0.destinationIdentities = ["bob", "carol"]
            $0.sequence = 5
            $0.user.payload = Data(repeating: 7, count: 40)
            $0.user.topic = "topic"
            $0.user.destinationSids = ["PA_bob"]
        }.serializedBytes()
        for count in sound.indices { check(DataPackets.rewrite(Array(sound[..<count]), from: alice)) }
        var random = SeededRandom(seed: 21)
        for _ in 0..<20_000 {
            var damaged = sound
            for _ in 0..<Int.random(in: 1...5, using: &random) {
                damaged[Int.random(in: 0..<damaged.count, using: &random)] = UInt8.random(in: 0...255, using: &random)
            }
            check(DataPackets.rewrite(damaged, from: alice))
        }
        for _ in 0..<20_000 {
            let bytes = (0..<Int.random(in: 0..<64, using: &random)).map { _ in
                UInt8.random(in: 0...255, using: &random)
            }
            check(DataPackets.rewrite(bytes, from: alice))
        }
    }

    /// Whatever came in, what goes out is sound and bears the sender's own name.
    private func check(_ relayed: RelayedData?) {
        guard let relayed else { return }
        guard let packet = try? WireDataPacket(serializedBytes: relayed.payload) else {
            Issue.record("unreadable packet")
            return
        }
        #expect(
            packet.participantSid == "PA_alice" && packet.participantIdentity == "alice" && packet.kind == .reliable)
        if case .user(let user) = packet.value {
            #expect(user.participantSid == "PA_alice" && user.participantIdentity == "alice")
        }
    }

    @Test func boundsItsSize() throws {
        #expect(try rewrite(from: alice) { $0.user.payload = Data(count: 65_000) } != nil)
        #expect(try rewrite(from: alice) { $0.user.payload = Data(count: 65_600) } == nil)
    }
}
