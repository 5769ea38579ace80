import Conference
import Foundation
import LiveKitProtocol
import Testing

@testable import Gateway

@Suite struct HTTPTests {
    @Test func thePageAndItsFiles() async throws {
        try await RunningGateway.with { gateway in
            let page = try await gateway.get("/?room=demo")
            #expect(page.status == 200)
            #expect(page.headers["content-type"] == "text/html; charset=utf-8")
            #expect(page.text == "<!doctype html>")
            let policy = try #require(page.headers["content-security-policy"])
            #expect(policy.contains("default-src 'none'") && policy.contains("connect-src 'self' ws: wss:"))
            #expect(!policy.contains("http:") && !policy.contains("unsafe"))

            let script = try await gateway.get("/some/prefix/main.js")
            #expect(script.status == 200 && script.headers["content-type"] == "text/javascript; charset=utf-8")
            let tag = try #require(script.headers["etag"])
            let again = try await gateway.get("/main.js", headers: ["If-None-Match": "W/\(tag), \"x\""])
            #expect(again.status == 304 && again.body.isEmpty)
            #expect(try await gateway.get("/main.js", headers: ["If-None-Match": "\"x\""]).status == 200)
            #expect(try await gateway.get("/nothing.js").status == 404)
            #expect(try await gateway.get("/../../etc/passwd").status == 404)
            #expect(try await gateway.get("/%2e%2e%2fmain.js").status == 404)
        }
    }

    @Test func headSaysAsMuchAsGetWithoutTheBody() async throws {
        try await RunningGateway.with { gateway in
            let connection = try await gateway.connect()
            let head = try await connection.get("/", method: "HEAD")
            #expect(head.status == 200)
            #expect(head.headers["content-length"] == "15")
            #expect(head.headers["access-control-allow-origin"] == "*")
            // Nothing of a body stands before the next answer.
            let next = try await connection.get("/healthz")
            #expect(next.status == 200 && next.text == "OK")
        }
    }

    @Test func otherSitesMayAskButNotForGuestTokens() async throws {
        try await RunningGateway.with { gateway in
            let origin = [
                "Origin": "https://elsewhere.example", "Access-Control-Request-Headers": "authorization, x-y",
            ]
            let preflight = try await gateway.get("/rtc/v1/validate", method: "OPTIONS", headers: origin)
            #expect(preflight.status == 204)
            #expect(preflight.headers["access-control-allow-origin"] == "*")
            #expect(preflight.headers["access-control-allow-headers"] == "authorization, x-y")
            #expect(preflight.headers["access-control-allow-methods"]?.contains("POST") == true)

            let path = "/api/v1/rooms/r/tokens"
            let refused = try await gateway.get(path, method: "OPTIONS", headers: origin)
            #expect(refused.headers["access-control-allow-origin"] == nil)
            #expect(refused.headers["allow"] == "OPTIONS, POST")
            let form = try await gateway.get(
                path, method: "POST", headers: origin.merging(["Content-Type": "text/plain"]) { $1 }, body: "{}")
            #expect(form.status == 415 && form.headers["access-control-allow-origin"] == nil)
        }
    }

    @Test func methodsThatAreNotServed() async throws {
        try await RunningGateway.with { gateway in
            let reply = try await gateway.get("/", method: "DELETE")
            #expect(reply.status == 405 && reply.headers["allow"] == "OPTIONS, HEAD, GET")
            #expect(try await gateway.get("/api/v1/rooms/r/tokens").status == 405)
            // Plain requests for the signaling addresses: the reference's answer.
            #expect(try await gateway.get("/rtc").status == 404)
            #expect(try await gateway.get("/rtc/v1").status == 404)
        }
    }

    @Test func guestTokens() async throws {
        try await RunningGateway.with { gateway in
            let json = ["Content-Type": "application/json; charset=utf-8"]
            let reply = try await gateway.get(
                "/api/v1/rooms/salle%20%C3%A9t%C3%A9/tokens", method: "POST", headers: json,
                body: #"{"name": "Zoé", "identity": "zoe"}"#)
            #expect(reply.status == 201)
            let answer = try JSONDecoder().decode([String: String].self, from: Data(reply.body))
            let identity = try #require(answer["identity"])
            #expect(answer["room"] == "salle été" && identity.hasPrefix("zoe-") && identity.count > 10)
            let token = try AccessToken.verified(
                #require(answer["token"]), by: testKeys, atSeconds: Int64(Date().timeIntervalSince1970))
            #expect(try token.joinGrants().roomName == "salle été")
            #expect(
                token.identity == identity && token.name == "Zoé" && !token.video.roomAdmin && !token.video.roomCreate)

            // No two get the same identity, whatever they ask for: the second would put the first out of the room.
            var identities: Set<String> = [identity]
            for body in ["{}", #"{"identity": "zoe"}"#, #"{"identity": "\#(identity)"}"#] {
                for _ in 0..<5 {
                    let reply = try await gateway.get(
                        "/prefix/api/v1/rooms/r/tokens", method: "POST", headers: json, body: body)
                    let answer = try JSONDecoder().decode([String: String].self, from: Data(reply.body))
                    identities.insert(try #require(answer["identity"]))
                }
            }
            #expect(identities.count == 16)

            for (body, status) in [
                ("[]", 400), ("{\"name\": 5}", 400), ("", 400), ("{", 400),
                ("{\"name\": \"\(String(repeating: "n", count: 300))\"}", 400),
                ("{\"name\": \"\(String(repeating: "n", count: 20_000))\"}", 413),
            ] {
                let reply = try await gateway.get(
                    "/api/v1/rooms/r/tokens", method: "POST", headers: json, body: body)
                #expect(reply.status == status, "\(body.prefix(20))")
                #expect(reply.headers["content-type"] == "application/problem+json")
            }
        }
    }

    @Test func whoShowsATokenOfBeforeKeepsTheIdentity() async throws {
        let now = Int64(Date().timeIntervalSince1970)
        func token(_ room: String, _ expiresAtSeconds: Int64, _ keys: KeyRing = testKeys) throws -> String {
            let grants = VideoGrants(room: room, roomJoin: true)
            return try AccessToken(identity: "zoe-1", video: grants, expiresAtSeconds: expiresAtSeconds).signed(
                by: keys)
        }
        let strangers = try KeyRing([("key", String(repeating: "another secret ", count: 4))])
        let cases = [
            (try token("r", now + 60), true), (try token("r", now - 3_600), true),
            (try token("r", now - 7 * 3_600), false), (try token("other", now + 60), false),
            (try token("r", now + 60, strangers), false), ("x", false),
        ]
        try await RunningGateway.with { gateway in
            for (text, isKept) in cases {
                let reply = try await gateway.get(
                    "/api/v1/rooms/r/tokens", method: "POST", headers: ["Content-Type": "application/json"],
                    body: #"{"token": "\#(text)"}"#)
                let answer = try JSONDecoder().decode([String: String].self, from: Data(reply.body))
                #expect((answer["identity"] == "zoe-1") == isKept)
            }
        }
    }

    @Test func noGuestTokensUnlessTheSiteSaysSo() async throws {
        try await RunningGateway.with(guestTokens: false) { gateway in
            let reply = try await gateway.get(
                "/api/v1/rooms/r/tokens", method: "POST", headers: ["Content-Type": "application/json"], body: "{}")
            #expect(reply.status == 403)
            #expect(reply.headers["content-type"] == "application/problem+json")
            #expect(reply.text.contains("web.guest_tokens"))
            let methods = try await gateway.get("/api/v1/rooms/r/tokens", method: "OPTIONS")
            #expect(methods.status == 204 && methods.headers["allow"] == "OPTIONS")
        }
    }

    @Test func connectionsAreKeptAndBrokenRequestsAreNot() async throws {
        try await RunningGateway.with { gateway in
            let connection = try await gateway.connect()
            for _ in 0..<5 { #expect(try await connection.get("/main.js").status == 200) }

            for bytes in [
                "\u{0}\u{1}\u{2}\r\n\r\n", "GET\r\n\r\n", "GET / HTTP/9.9\r\n\r\n", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
            ] {
                let connection = try await gateway.connect()
                try await connection.send(bytes)
                #expect(try await connection.reply().status == 400, "\(bytes.debugDescription)")
                #expect(await connection.isClosedByPeer())
            }
            // The same after a good request.
            #expect(try await connection.get("/main.js").status == 200)
            try await connection.send("nonsense\r\n\r\n")
            #expect(try await connection.reply().status == 400)
            #expect(await connection.isClosedByPeer())
            #expect(try await gateway.get("/healthz").status == 200)
        }
    }

    @Test func longRequestLines() async throws {
        try await RunningGateway.with { gateway in
            #expect(try await gateway.get("/?x=" + String(repeating: "x", count: 65_000)).status == 200)
            #expect(try await gateway.get("/?x=" + String(repeating: "x", count: 66_000)).status == 400)
            let connection = try await gateway.connect()
            try? await connection.send("GET /?x=" + String(repeating: "x", count: 4_000_000))
            let status = try? await connection.reply().status
            // The answer may be lost when the socket closes on unread bytes.
            #expect([nil, 400, 431].contains(status))
            #expect(await connection.isClosedByPeer())
        }
    }
}
