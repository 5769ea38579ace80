// Our messages and tokens against those of the Python SDK, live.

import Conference
import Foundation
import LiveKitWire
import SwiftProtobuf
import Testing

@testable import LiveKitProtocol

@Suite(.enabled(if: PythonOracle.isAvailable, Comment(rawValue: PythonOracle.reason)))
struct PythonOracleTests {
    /// Where protoc is missing there is nothing to compare with; the script then says so with the status 77.
    @Test func descriptorsAreTheProtocols() throws {
        let output = try PythonOracle.run(script: "compare_descriptors.py")
        if output.status == 77 {
            try Test.cancel("Descriptors not compared: \(output.text)")
        }
        #expect(output.status == 0, "\(output.text)")
    }

    private struct Message: Decodable {
        var type: String
        var binary: String
        var json: String
    }

    /// The script fills every field of every message; both encodings must mean the same to us, and nothing may be lost.
    @Test func readsBothEncodingsOfEveryMessage() throws {
        let output = try PythonOracle.run(script: "messages.py")
        try #require(output.status == 0)
        let messages = try JSONDecoder().decode([Message].self, from: output.bytes)
        #expect(messages.count > 80)
        for message in messages {
            let type = try #require(Self.types[message.type], "\(message.type)")
            try check(message, type)
        }
    }

    private func check<M: SwiftProtobuf.Message & Equatable>(_ message: Message, _ type: M.Type) throws {
        var options = WireCoding.binaryDecoding
        options.discardUnknownFields = true
        let bytes = try #require(Data(base64Encoded: message.binary))
        let fromBinary = try M(serializedBytes: bytes, options: options)
        let fromJSON = try M(jsonString: message.json, options: WireCoding.jsonDecoding)
        #expect(fromBinary == fromJSON, "\(message.type)")
        #expect(try M(serializedBytes: fromBinary.serializedBytes() as [UInt8]) == fromBinary)
        #expect(try M(jsonString: fromJSON.jsonString(), options: WireCoding.jsonDecoding) == fromJSON)
    }

    private static let types: [String: any (SwiftProtobuf.Message & Equatable).Type] = [
        "SignalRequest": WireSignalRequest.self, "SignalResponse": WireSignalResponse.self,
        "JoinRequest": WireJoinRequest.self, "WrappedJoinRequest": WireWrappedJoinRequest.self,
        "DataPacket": WireDataPacket.self, "WebhookEvent": WireWebhookEvent.self,
        "RoomConfiguration": WireRoomConfiguration.self, "CreateRoomRequest": WireCreateRoomRequest.self,
        "ListRoomsRequest": WireListRoomsRequest.self, "ListRoomsResponse": WireListRoomsResponse.self,
        "DeleteRoomRequest": WireDeleteRoomRequest.self, "ListParticipantsResponse": WireListParticipantsResponse.self,
        "RoomParticipantIdentity": WireRoomParticipantIdentity.self,
        "MuteRoomTrackRequest": WireMuteRoomTrackRequest.self,
        "MuteRoomTrackResponse": WireMuteRoomTrackResponse.self,
        "UpdateParticipantRequest": WireUpdateParticipantRequest.self,
        "UpdateSubscriptionsRequest": WireUpdateSubscriptionsRequest.self, "SendDataRequest": WireSendDataRequest.self,
        "UpdateRoomMetadataRequest": WireUpdateRoomMetadataRequest.self,
        "MoveParticipantRequest": WireMoveParticipantRequest.self,
        "ForwardParticipantRequest": WireForwardParticipantRequest.self,
        "PerformRpcRequest": WirePerformRpcRequest.self,
        "PerformRpcResponse": WirePerformRpcResponse.self,
        "CreateAgentDispatchRequest": WireCreateAgentDispatchRequest.self,
        "DeleteAgentDispatchRequest": WireDeleteAgentDispatchRequest.self,
        "ListAgentDispatchResponse": WireListAgentDispatchResponse.self,
    ]

    // MARK: Tokens

    private struct Exchange: Codable {
        var key = TokenVectors.key
        var secret = TokenVectors.secret
        var tokens: [String]
        var webhooks: [[String]]
    }

    private struct Verdict: Decodable {
        struct Claims: Decodable {
            var identity: String
            var name: String
            var metadata: String
            var kind: String
            var attributes: [String: String]
            var room: String
            var roomJoin: Bool?
            var canPublish: Bool
            var canSubscribe: Bool
            var canPublishData: Bool
            var canPublishSources: [String]?
            var hidden: Bool?
        }
        var issued: [String]
        var verified: [Claims]
        var webhooks: [String]
        var refused: [String]
    }

    @Test func tokensAreUnderstoodBothWays() throws {
        let now = Int64(Date().timeIntervalSince1970)
        let ours = AccessToken(
            identity: "élise", name: "Élise / \"E\"", metadata: #"{"a":1}"#, attributes: ["k": "v"], kind: .agent,
            video: VideoGrants(
                room: "atelier", roomJoin: true, canPublishSources: [.camera, .screenShare], canPublishData: false,
                canSubscribe: false, hidden: true),
            notBeforeSeconds: now, expiresAtSeconds: now + 60)
        let expired = AccessToken(identity: "e", expiresAtSeconds: now - 61)
        let webhook = try WebhookRequest(WebhookRequestTests.event, signedBy: TokenVectors.ring, atSeconds: now)
        let exchange = Exchange(
            tokens: [try ours.signed(by: TokenVectors.ring), try expired.signed(by: TokenVectors.ring)],
            webhooks: [[String(decoding: webhook.body, as: UTF8.self), webhook.authorization]])
        let output = try PythonOracle.run(script: "tokens.py", input: JSONEncoder().encode(exchange))
        try #require(output.status == 0, "\(output.text)")
        let verdict = try JSONDecoder().decode(Verdict.self, from: output.bytes)

        let claims = try #require(verdict.verified.first)
        #expect(verdict.verified.count == 1 && verdict.refused == ["ExpiredSignatureError"])
        #expect(claims.identity == "élise" && claims.name == ours.name && claims.metadata == ours.metadata)
        #expect(claims.kind == "agent" && claims.attributes == ["k": "v"] && claims.room == "atelier")
        #expect(claims.roomJoin == true && claims.hidden == true)
        #expect(claims.canPublish && !claims.canPublishData && !claims.canSubscribe)
        #expect(claims.canPublishSources == ["camera", "screen_share"])
        #expect(verdict.webhooks == ["participant_joined alice TR_VCcam 1795448174399"])

        #expect(verdict.issued.count == 2)
        let full = try AccessToken.verified(verdict.issued[0], by: TokenVectors.ring, atSeconds: now)
        #expect(full.identity == "zoé" && full.attributes == ["a": "b"] && full.isSIPAdmin && full.canCall)
        #expect(
            full.video
                == VideoGrants(
                    room: "r", roomJoin: true, roomCreate: true, roomList: true, roomRecord: true, roomAdmin: true,
                    ingressAdmin: true, destinationRoom: "s", canPublish: false, canPublishSources: [.microphone],
                    canPublishData: true, canSubscribe: false, canSubscribeMetrics: true, canUpdateOwnMetadata: true,
                    canManageAgentSession: true, hidden: true, recorder: true, agent: true))
        let plain = try AccessToken.verified(verdict.issued[1], by: TokenVectors.ring, atSeconds: now)
        #expect(plain.video == VideoGrants(room: "r", roomJoin: true))
    }
}
