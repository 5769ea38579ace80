import Basics
import Foundation
import LiveKitWire
import SwiftProtobuf
import Testing

@testable import LiveKitProtocol

@Suite struct WebhookRequestTests {
    static let event = WireWebhookEvent.with {
        $0.event = "participant_joined"
        $0.id = "EV_1"
        $0.createdAt = 1_795_448_175
        $0.room = WireRoom(Samples.room)
        $0.participant = WireParticipantInfo(Samples.participant)
        $0.track = WireTrackInfo(Samples.track)
    }

    @Test func tokenVouchesForTheBody() throws {
        let now: Int64 = 1_795_448_175
        let request = try WebhookRequest(Self.event, signedBy: TokenVectors.ring, atSeconds: now)
        #expect(!request.authorization.hasPrefix("Bearer"))
        let token = try AccessToken.verified(request.authorization, by: TokenVectors.ring, atSeconds: now)
        #expect(token.bodySHA256 == Data(SHA256.digest(request.body.span)).base64EncodedString())
        #expect(token.expiresAtSeconds == now + 300)
        // It must not open a door by itself.
        #expect(!token.video.roomJoin && !token.video.roomAdmin && !token.video.roomList)
    }

    @Test func bodyIsTheJSONThatReceiversKnow() throws {
        let request = try WebhookRequest(Self.event, signedBy: TokenVectors.ring, atSeconds: 0)
        let json = String(decoding: request.body, as: UTF8.self)
        for part in [
            #""event":"participant_joined""#, #""createdAt":"1795448175""#, #""creationTimeMs":"1795448174399""#,
            #""state":"ACTIVE""#, #""mimeType":"video/VP8""#, #""emptyTimeout":300"#,
        ] { #expect(json.contains(part), "\(part)") }
        #expect(!json.contains("numDropped"))
    }
}
