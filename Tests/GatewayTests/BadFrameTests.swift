import Basics
import Conference
import LiveKitProtocol
import LiveKitWire
import SwiftProtobuf
import Testing

@testable import Gateway

@Suite struct BadFrameTests {
    @Test func unreadableMessagesAreCountedThenRefused() async throws {
        try await RunningGateway.with { gateway in
            let (connection, session) = try await gateway.joined()
            for index in 0...GatewayLimits.malformedMessages {
                // Alternately no protobuf, no JSON, JSON of the wrong shape and text that is not UTF-8.
                switch index % 4 {
                case 0: try await connection.sendFrame(opcode: 2, [0xFF, 0xFF, 0xFF])
                case 1: try await connection.sendFrame(opcode: 1, Array("{".utf8))
                case 2: try await connection.sendFrame(opcode: 1, Array(#"{"offer": [1]}"#.utf8))
                default: try await connection.sendFrame(opcode: 1, [0xFF, 0xFE])
                }
                if index == 2 {
                    try await connection.sendFrame(opcode: 2, frame { $0.ping = 1 })
                    #expect(try await connection.frame().response().pong > 0)
                }
            }
            let close = try await connection.frame()
            #expect(close.closeCode == 1_007 && close.closeReason.contains("SignalRequest"))
            #expect(try await eventually { session.isLost })
            let counted = gateway.gateway.statistics.malformedMessages
            #expect(counted == UInt64(GatewayLimits.malformedMessages + 1))
        }
    }

    @Test func messagesOverTheLimit() async throws {
        try await RunningGateway.with { gateway in
            let (other, otherSession) = try await gateway.joined("bob")
            // In one frame: refused at its head.
            let (first, session) = try await gateway.joined()
            try? await first.sendFrame(opcode: 2, [UInt8](repeating: 0, count: GatewayLimits.messageBytes + 1))
            #expect(await first.isClosedByPeer())
            #expect(try await eventually { session.isLost })
            // In many.
            let (second, secondSession) = try await gateway.joined()
            let piece = [UInt8](repeating: 0, count: 1 << 20)
            for index in 0..<6 { try? await second.sendFrame(opcode: index == 0 ? 2 : 0, piece, isFinal: false) }
            #expect(await second.isClosedByPeer())
            #expect(try await eventually { secondSession.isLost })
            // In very many small ones.
            let (third, thirdSession) = try await gateway.joined()
            for index in 0...GatewayLimits.framesPerMessage {
                try? await third.sendFrame(opcode: index == 0 ? 2 : 0, [0], isFinal: false)
            }
            #expect(await third.isClosedByPeer())
            #expect(try await eventually { thirdSession.isLost })
            // Nobody else noticed.
            try await other.sendFrame(opcode: 2, frame { $0.ping = 1 })
            #expect(try await other.frame().response().pong > 0)
            #expect(!otherSession.isLost)
        }
    }

    @Test func brokenFraming() async throws {
        try await RunningGateway.with { gateway in
            let cases: [(String, code: Int, (RawConnection) async throws -> Void)] = [
                ("not masked", 1_002, { try await $0.sendFrame(opcode: 2, [1, 2, 3], isMasked: false) }),
                ("a reserved bit", 1_002, { try await $0.send([0xC2, 0x80, 0, 0, 0, 0]) }),
                ("an unknown opcode", 1_002, { try await $0.sendFrame(opcode: 5, [1]) }),
                (
                    "a long control frame", 1_002,
                    { try await $0.sendFrame(opcode: 9, [UInt8](repeating: 0, count: 200)) }
                ),
                ("a continuation of nothing", 1_002, { try await $0.sendFrame(opcode: 0, [1]) }),
                ("a control frame in pieces", 1_002, { try await $0.sendFrame(opcode: 9, [1], isFinal: false) }),
                ("a length of 2^63", 1_009, { try await $0.send([0x82, 0xFF, 0x80, 0, 0, 0, 0, 0, 0, 0]) }),
            ]
            for (what, code, send) in cases {
                let (connection, session) = try await gateway.joined()
                try await send(connection)
                #expect(try await connection.frame().closeCode == code, "\(what)")
                #expect(await connection.isClosedByPeer(), "\(what)")
                #expect(try await eventually { session.isLost }, "\(what)")
            }
            #expect(try await gateway.get("/healthz").status == 200)
        }
    }

    @Test func randomBytes() async throws {
        var generator = SeededRandom(seed: 20)
        try await RunningGateway.with { gateway in
            let (other, otherSession) = try await gateway.joined("bob")
            for round in 0..<60 {
                let (connection, _) = try await gateway.joined("ann\(round)")
                for _ in 0..<Int.random(in: 1...20, using: &generator) {
                    let count = Int.random(in: 0...300, using: &generator)
                    let bytes = (0..<count).map { _ in UInt8.random(in: .min ... .max, using: &generator) }
                    do {
                        if round.isMultiple(of: 2) {
                            try await connection.send(bytes)
                        } else {
                            try await connection.sendFrame(opcode: UInt8.random(in: 0...15, using: &generator), bytes)
                        }
                    } catch { break }
                }
                await connection.close()
            }
            try await other.sendFrame(opcode: 2, frame { $0.ping = 1 })
            #expect(try await other.frame().response().pong > 0)
            #expect(!otherSession.isLost)
        }
    }

    @Test func everyTruncationOfAMessage() async throws {
        try await RunningGateway.with { gateway in
            let message = frame {
                $0.addTrack.cid = "cid"
                $0.addTrack.type = .video
                $0.addTrack.layers = [.with { $0.width = 1_280 }]
            }
            for count in 0..<message.count {
                let (connection, _) = try await gateway.joined()
                try await connection.sendFrame(opcode: 2, Array(message.prefix(count)))
                try await connection.sendFrame(opcode: 2, frame { $0.ping = 1 })
                var response = try await connection.frame().response()
                // A prefix may happen to be a whole request that the door refuses by itself.
                if case .requestResponse = response.message { response = try await connection.frame().response() }
                #expect(response.pong > 0, "after \(count) bytes")
                await connection.close()
            }
        }
    }

    @Test func aFloodIsSlowedAndNotLost() async throws {
        var timing = SignalTiming()
        timing.messageBurst = 5
        timing.messagesPerSecond = 20
        try await RunningGateway.with(timing: timing) { gateway in
            let (connection, session) = try await gateway.joined()
            let mute = RawConnection.encoded(opcode: 2, frame { $0.mute.sid = "TR_x" })
            let start = ContinuousClock.now
            try await connection.send(Array(repeatElement(mute, count: 25).joined()))
            #expect(try await eventually { session.requests.count == 25 })
            #expect(ContinuousClock.now - start > .milliseconds(900))
            #expect(gateway.gateway.statistics.slowedMessages > 0)
        }
    }
}
