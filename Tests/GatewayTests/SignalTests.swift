import Conference
import Foundation
import LiveKitProtocol
import LiveKitWire
import Testing

@testable import Gateway

@Suite struct SignalTests {
    @Test func theFirstMessageIsJoinInBinary() async throws {
        try await RunningGateway.with { gateway in
            for (target, mode) in [
                ("/rtc?access_token=\(token())", PeerConnectionMode.dual),
                ("/rtc/v1?access_token=\(token())&join_request=\(joinRequest())", .single),
                ("//rtc//v1?access_token=\(token())&join_request=\(joinRequest(compressed: false))", .single),
            ] {
                let connection = try await gateway.connect()
                #expect(try await connection.upgrade(target).status == 101)
                let first = try await connection.frame()
                #expect(first.opcode == 2)
                let join = try first.response().join
                #expect(join.participant.sid == "PA_test" && join.room.name == "r")
                #expect(join.subscriberPrimary == (mode == .dual))
                #expect(join.pingInterval > 0 && join.pingTimeout > 0 && !join.serverInfo.version.isEmpty)
                #expect(join.iceServers.isEmpty)
                let request = try #require(gateway.entrance.joins.last)
                #expect(request.mode == mode && request.client.address == "127.0.0.1")
                await connection.close()
            }
        }
    }

    @Test func resumesAreHandedOn() async throws {
        try await RunningGateway.with { gateway in
            let wire = joinRequest {
                $0.reconnect = true
                $0.participantSid = "PA_before"
                $0.reconnectReason = .rrSignalDisconnected
            }
            _ = try await gateway.joined(target: "/rtc/v1?access_token=\(token())&join_request=\(wire)")
            #expect(gateway.entrance.joins.last?.resume?.participant == ParticipantSID("PA_before"))
            _ = try await gateway.joined(target: "/rtc?access_token=\(token())&reconnect=1&sid=PA_again")
            #expect(gateway.entrance.joins.last?.resume?.participant == ParticipantSID("PA_again"))
        }
    }

    @Test func requestsGoInOrderAndNotificationsComeInOrder() async throws {
        try await RunningGateway.with { gateway in
            let (connection, session) = try await gateway.joined()
            for number in 0..<200 {
                try await connection.sendFrame(
                    opcode: 2,
                    frame {
                        $0.updateMetadata.requestID = UInt32(number)
                        $0.updateMetadata.name = "n"
                    })
            }
            #expect(try await eventually { session.requests.count == 200 })
            for (number, request) in session.requests.enumerated() {
                #expect(
                    request == .updateMetadata(requestID: UInt32(number), metadata: nil, name: "n", attributes: [:]))
            }
            for number in 0..<200 { session.tell(.mediaSectionsRequired(audios: UInt32(number), videos: 0)) }
            for number in 0..<200 {
                let response = try await connection.frame().response()
                #expect(response.mediaSectionsRequirement.numAudios == UInt32(number))
            }
        }
    }

    @Test func keepAliveIsAnsweredAtTheDoor() async throws {
        try await RunningGateway.with { gateway in
            let (connection, session) = try await gateway.joined()
            let before = Int64(Date().timeIntervalSince1970 * 1_000)
            try await connection.sendFrame(opcode: 2, frame { $0.ping = 5 })
            let pong = try await connection.frame().response().pong
            // Milliseconds: nanoseconds would overflow a browser's numbers.
            #expect((before - 1...before + 10_000).contains(pong))
            try await connection.sendFrame(opcode: 2, frame { $0.pingReq.timestamp = 77 })
            #expect(try await connection.frame().response().pongResp.lastPingTimestamp == 77)
            try await connection.sendFrame(opcode: 9, Array("hello".utf8))
            let control = try await connection.frame()
            #expect(control.opcode == 10 && control.payload == Array("hello".utf8))
            #expect(session.requests.isEmpty)
        }
    }

    @Test func answersComeInTheEncodingOfTheLastFrame() async throws {
        try await RunningGateway.with { gateway in
            let (connection, session) = try await gateway.joined()
            try await connection.sendFrame(opcode: 1, Array(#"{"pingReq": {"timestamp": "3"}, "unknown": 1}"#.utf8))
            let text = try await connection.frame()
            #expect(text.opcode == 1)
            #expect(try text.response().pongResp.lastPingTimestamp == 3)
            session.tell(.mediaSectionsRequired(audios: 1, videos: 0))
            #expect(try await connection.frame().opcode == 1)
            try await connection.sendFrame(opcode: 2, frame { $0.ping = 1 })
            #expect(try await connection.frame().opcode == 2)
        }
    }

    @Test func aMessageInManyFrames() async throws {
        try await RunningGateway.with { gateway in
            let (connection, session) = try await gateway.joined()
            let sdp = "v=0\r\n" + String(repeating: "a=x\r\n", count: 200_000)
            let message = frame {
                $0.offer.type = "offer"
                $0.offer.sdp = sdp
                $0.offer.id = 9
            }
            #expect(message.count > 1_000_000)
            let pieces = stride(from: 0, to: message.count, by: 65_536).map {
                Array(message[$0..<min($0 + 65_536, message.count)])
            }
            for (index, piece) in pieces.enumerated() {
                try await connection.sendFrame(opcode: index == 0 ? 2 : 0, piece, isFinal: index == pieces.count - 1)
            }
            #expect(try await eventually { session.requests.count == 1 })
            guard case .offer(let offer) = session.requests[0] else { return #expect(Bool(false)) }
            #expect(offer.sdp == sdp && offer.id == 9)
        }
    }

    @Test func theClientLeaves() async throws {
        try await RunningGateway.with { gateway in
            let (connection, session) = try await gateway.joined()
            try await connection.sendFrame(opcode: 2, frame { $0.leave.reason = .clientInitiated })
            #expect(try await connection.frame().closeCode == 1_000)
            #expect(await connection.isClosedByPeer())
            #expect(session.requests == [.leave(.clientInitiated)])
            #expect(!session.isLost)
        }
    }

    @Test func theRoomSendsThemAway() async throws {
        try await RunningGateway.with { gateway in
            let (connection, session) = try await gateway.joined()
            session.tell(.mediaSectionsRequired(audios: 1, videos: 0))
            session.tell(.left(.participantRemoved, .disconnect))
            _ = try await connection.frame()
            let leave = try await connection.frame().response().leave
            #expect(leave.reason == .participantRemoved && leave.action == .disconnect)
            #expect(try await connection.frame().closeCode == 1_000)
            // The client confirms, the server closes.
            try await connection.sendFrame(opcode: 8, [0x03, 0xE8])
            #expect(await connection.isClosedByPeer())
            #expect(!session.isLost)
        }
    }

    @Test func aLostSocketIsNoLeave() async throws {
        try await RunningGateway.with { gateway in
            let (connection, session) = try await gateway.joined()
            await connection.close()
            #expect(try await eventually { session.isLost })
            #expect(session.requests.isEmpty)

            let (second, other) = try await gateway.joined()
            try await second.sendFrame(opcode: 8, [0x03, 0xE9])
            #expect(try await second.frame().closeCode == 1_001)
            #expect(try await eventually { other.isLost })
        }
    }

    @Test func anotherSocketTookOver() async throws {
        try await RunningGateway.with { gateway in
            let (connection, session) = try await gateway.joined()
            session.finish()
            let close = try await connection.frame()
            #expect(close.closeCode == 1_008)
            #expect(await connection.isClosedByPeer())
            #expect(!session.isLost)
            #expect(try await eventually { gateway.gateway.statistics.detachedSignals == 1 })
        }
    }

    @Test func silenceAndPings() async throws {
        var timing = SignalTiming()
        timing.ping = .milliseconds(50)
        timing.silence = .seconds(3)
        try await RunningGateway.with(timing: timing) { gateway in
            let (connection, session) = try await gateway.joined()
            // Answered pings keep the socket open beyond the silence that is allowed.
            let end = ContinuousClock.now + .seconds(4)
            var pings = 0
            while ContinuousClock.now < end {
                let ping = try await connection.frame()
                #expect(ping.opcode == 9)
                pings += 1
                try await connection.sendFrame(opcode: 10, ping.payload)
            }
            #expect(pings >= 2)
            var last = try await connection.frame()
            while last.opcode == 9 { last = try await connection.frame() }
            #expect(last.closeCode == 1_008 && last.closeReason.contains("heard"))
            #expect(session.isLost)
        }
    }

    @Test func aClientThatDoesNotReadIsCut() async throws {
        var timing = SignalTiming()
        timing.ping = .milliseconds(50)
        timing.stall = .milliseconds(300)
        try await RunningGateway.with(timing: timing) { gateway in
            let (connection, session) = try await gateway.joined()
            try await connection.stopReading()
            let offer = SessionDescription(type: .offer, sdp: String(repeating: "x", count: 1_000_000), id: 1)
            for _ in 0..<12 { session.tell(.offer(offer)) }
            #expect(try await eventually { gateway.gateway.statistics.detachedSignals == 1 })
            #expect(session.isLost)
        }
    }

    @Test func changedGrantsBecomeANewToken() async throws {
        try await RunningGateway.with { gateway in
            let (connection, session) = try await gateway.joined()
            var grants = try #require(gateway.entrance.joins.first).grants
            grants.name = "renamed"
            grants.permissions.canPublish = false
            session.tell(.grantsRefreshed(grants))
            let text = try await connection.frame().response().refreshToken
            let now = Int64(Date().timeIntervalSince1970)
            let token = try AccessToken.verified(text, by: testKeys, atSeconds: now)
            #expect(token.name == "renamed" && token.identity == "ann" && !token.video.canPublish)
            #expect(token.expiresAtSeconds >= now + 590)
            // It opens the door again.
            #expect(try await gateway.get("/rtc/validate?access_token=\(text)").text == "success")
        }
    }
}
