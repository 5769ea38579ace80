import Basics
import Conference
import Foundation
import LiveKitProtocol
import LiveKitWire
import Testing

@testable import Gateway

/// What is refused at the door, by WebSocket and by `/validate` alike.
@Suite struct AdmissionTests {
    /// Header and claims as given, unsigned or signed by nobody we know.
    private static func jwt(_ header: String, _ claims: String) -> String {
        [header, claims].map { Data($0.utf8).base64EncodedString().replacing("=", with: "") }.joined(separator: ".")
            + "."
    }

    private static func expectRefusal(
        _ query: String, status: Int, _ words: String, version: String = "", headers: [String: String] = [:]
    ) async throws {
        try await RunningGateway.with { gateway in
            let connection = try await gateway.connect()
            let upgrade = try await connection.upgrade("/rtc\(version)\(query)", headers: headers)
            #expect(upgrade.status == status && upgrade.text.contains(words), "\(upgrade.status) \(upgrade.text)")
            #expect(upgrade.headers["content-type"] == "text/plain; charset=utf-8")
            #expect(await connection.isClosedByPeer())
            let validate = try await gateway.get("/rtc\(version)/validate\(query)", headers: headers)
            #expect(validate.status == status && validate.text == upgrade.text)
            #expect(validate.headers["access-control-allow-origin"] == "*")
            #expect(gateway.entrance.joins.isEmpty)
        }
    }

    @Test func tokens() async throws {
        try await Self.expectRefusal("", status: 401, "No access token")
        try await Self.expectRefusal("?access_token=nonsense", status: 401, "not a JWT")
        try await Self.expectRefusal("?access_token=\(token(expiresInSeconds: -120))", status: 401, "expired")
        let others = try KeyRing([("test", String(repeating: "x", count: 32))])
        try await Self.expectRefusal("?access_token=\(token(keys: others))", status: 401, "signature")
        let unknown = try KeyRing([("other", testSecret)])
        try await Self.expectRefusal("?access_token=\(token(keys: unknown))", status: 401, "does not know")
        let claims = #"{"iss":"test","sub":"a","exp":99999999999,"video":{"room":"r","roomJoin":true}}"#
        let none = Self.jwt(#"{"alg":"none"}"#, claims)
        try await Self.expectRefusal("?access_token=\(none)", status: 401, "HS256")
        try await Self.expectRefusal("?access_token=\(token(room: ""))", status: 400, "no room")
        try await Self.expectRefusal("?access_token=\(token(""))", status: 400, "no participant")
        try await Self.expectRefusal("?access_token=\(token(mayJoin: false))", status: 401, "roomJoin")
        try await Self.expectRefusal(
            "", status: 401, "signature", headers: ["Authorization": "Bearer \(token(keys: others))"])
    }

    @Test func nullAttributesAreFine() async throws {
        let claims = """
            {"iss":"test","sub":"a","exp":99999999999,"attributes":{"room_role":null,"color":"red"},\
            "video":{"room":"r","roomJoin":true}}
            """
        let unsigned = Self.jwt(#"{"alg":"HS256"}"#, claims).dropLast()
        let text = "\(unsigned).\(Self.signature(of: String(unsigned)))"
        try await RunningGateway.with { gateway in
            let connection = try await gateway.connect()
            #expect(try await connection.upgrade("/rtc?access_token=\(text)").status == 101)
            _ = try await connection.frame()
            #expect(gateway.entrance.joins.first?.grants.attributes == ["color": "red"])
        }
    }

    /// HMAC-SHA-256 in base64url.
    private static func signature(of text: String) -> String {
        let bytes = HMAC.sha256(key: Array(testSecret.utf8).span, message: Array(text.utf8).span)
        return Data(bytes).base64EncodedString()
            .replacing("+", with: "-").replacing("/", with: "_").replacing("=", with: "")
    }

    @Test func joinRequests() async throws {
        let access = "access_token=\(token())"
        try await Self.expectRefusal("?\(access)", status: 400, "join_request is required", version: "/v1")
        try await Self.expectRefusal("?\(access)&join_request=%21", status: 400, "cannot be decoded", version: "/v1")
        try await Self.expectRefusal("?\(access)&join_request=AAAA", status: 400, "cannot be decoded", version: "/v1")
        // Two megabytes of zeros in two kilobytes.
        let bomb = joinRequest { $0.metadata = String(repeating: "0", count: 2_000_000) }
        #expect(bomb.utf8.count < 10_000)
        try await Self.expectRefusal("?\(access)&join_request=\(bomb)", status: 400, "too large", version: "/v1")
    }

    @Test func randomJoinRequestsAreRefusedOrHarmless() async throws {
        var generator = SystemRandomNumberGenerator()
        let valid = Array(joinRequest(compressed: false) { $0.participantSid = "PA_x" }.utf8)
        try await RunningGateway.with { gateway in
            for _ in 0..<300 {
                var bytes = valid
                for _ in 0..<Int.random(in: 1...6, using: &generator) {
                    bytes[Int.random(in: 0..<bytes.count, using: &generator)] = UInt8.random(in: 0x21...0x7E)
                }
                let text = String(decoding: bytes, as: UTF8.self).replacing("#", with: "").replacing(" ", with: "")
                let reply = try await gateway.get("/rtc/v1/validate?access_token=\(token())&join_request=\(text)")
                #expect([200, 400].contains(reply.status), "\(text)")
            }
        }
    }

    @Test func theRoomRefuses() async throws {
        for (refusal, status, words) in [
            (JoinRefusal.roomNotFound, 404, "requested room does not exist"), (.roomFull(limit: 3), 403, "at most 3"),
            (.serverFull, 503, "full"), (.shuttingDown, 503, "restarting"), (.invalid("Too long."), 400, "Too long."),
        ] {
            try await RunningGateway.with { gateway in
                gateway.entrance.refuse(refusal)
                let query = "/rtc/v1?access_token=\(token())&join_request=\(joinRequest())"
                let reply = try await gateway.connect().upgrade(query)
                #expect(reply.status == status && reply.text.contains(words), "\(reply)")
                let validate = try await gateway.get(query.replacing("/v1?", with: "/v1/validate?"))
                #expect(validate.status == status && validate.text == reply.text)
            }
        }
    }

    @Test func aRefusalAfterTheUpgradeIsALeave() async throws {
        try await RunningGateway.with { gateway in
            for (refusal, action) in [
                (JoinRefusal.roomFull(limit: 3), WireLeaveRequest.Action.disconnect), (.shuttingDown, .reconnect),
            ] {
                gateway.entrance.refuse(refusal, onlyAtJoin: true)
                let connection = try await gateway.connect()
                #expect(try await connection.upgrade("/rtc?access_token=\(token())").status == 101)
                #expect(try await connection.frame().response().leave.action == action)
                #expect(try await connection.frame().closeCode == 1_000)
            }
        }
    }

    @Test func validateSaysSuccess() async throws {
        try await RunningGateway.with { gateway in
            let reply = try await gateway.get(
                "/rtc/v1/validate?join_request=\(joinRequest())", headers: ["authorization": "Bearer \(token())"])
            #expect(reply.status == 200 && reply.text == "success")
            #expect(reply.headers["access-control-allow-origin"] == "*")
            #expect(try await gateway.get("/rtc/validate?access_token=\(token())").text == "success")
            #expect(gateway.entrance.joins.isEmpty)
        }
    }

    @Test func upgradesThatAreNone() async throws {
        try await RunningGateway.with { gateway in
            let query = "/rtc?access_token=\(token())"
            #expect(try await gateway.connect().upgrade("/elsewhere").status == 404)
            #expect(try await gateway.connect().upgrade("/rtc?a=%zz").status == 400)
            // Anything but a WebSocket: as if it had not asked.
            for headers in [
                ["Upgrade": "h2c"], ["Upgrade": "h2c, foo"], ["Connection": "close"], ["Sec-WebSocket-Version": "8"],
                ["Sec-WebSocket-Key": ""], ["Sec-WebSocket-Key": "short"],
            ] {
                let connection = try await gateway.connect()
                #expect(try await connection.upgrade(query, headers: headers).status == 404, "\(headers)")
            }
            let page = try await gateway.connect().get("/", headers: ["Upgrade": "h2c", "Connection": "Upgrade"])
            #expect(page.status == 200)
            #expect(try await gateway.get("/healthz").status == 200)
            #expect(gateway.entrance.joins.isEmpty)
        }
    }
}
