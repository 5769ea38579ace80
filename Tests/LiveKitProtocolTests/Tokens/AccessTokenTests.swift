import Basics
import Conference
import Foundation
import LiveKitWire
import Testing

@testable import LiveKitProtocol

@Suite struct AccessTokenTests {
    private let ring = TokenVectors.ring
    private let now = TokenVectors.notBefore + 100

    /// Signs any claims, sound or not.
    private func token(_ claims: String, header: String = #"{"alg":"HS256","typ":"JWT"}"#) -> String {
        let text = Base64URL.encode(header.utf8) + "." + Base64URL.encode(claims.utf8)
        let signature = HMAC.sha256(key: Array(TokenVectors.secret.utf8).span, message: Array(text.utf8).span)
        return text + "." + Base64URL.encode(signature)
    }

    private func verified(_ claims: String) throws(AccessTokenError) -> AccessToken {
        try AccessToken.verified(token(claims), by: ring, atSeconds: now)
    }

    // MARK: What other implementations issue

    @Test func readsEveryClaimOfThePythonSDK() throws {
        let token = try AccessToken.verified(TokenVectors.full, by: ring, atSeconds: now)
        #expect(token.apiKey == TokenVectors.key)
        #expect(token.identity == "alice")
        #expect(token.name == "Alice Émilie")
        #expect(token.metadata == #"{"m":1}"#)
        #expect(token.attributes == ["lang": "fr", "hand": "up"])
        #expect(token.kind == .agent)
        #expect(token.notBeforeSeconds == TokenVectors.notBefore)
        #expect(token.expiresAtSeconds == TokenVectors.expires)
        #expect(
            token.video
                == VideoGrants(
                    room: "atelier", roomJoin: true, roomAdmin: true, canPublishSources: [.camera, .screenShareAudio],
                    canSubscribe: false, canSubscribeMetrics: true, canUpdateOwnMetadata: true, hidden: true))
    }

    @Test func acceptsNullAttributes() throws {
        let token = try AccessToken.verified(TokenVectors.nullAttribute, by: ring, atSeconds: 1_795_448_174)
        #expect(token.attributes == ["color": "red"])
        let grants = try token.joinGrants()
        #expect(grants.permissions.publishableSources == [.camera])
        #expect(grants.permissions.canPublishData)
    }

    /// The first as livekit-api for Python writes it, the second with the names of protobuf's definition.
    @Test(arguments: [
        #"{"emptyTimeout":10,"departureTimeout":5,"maxParticipants":3,"syncStreams":true,"#
            + #""agents":[{"agentName":"x"}],"metadata":"m"}"#,
        #"{"empty_timeout":10,"departure_timeout":5,"max_participants":3,"metadata":"m","new":[1]}"#,
    ]) func readsWishesForTheRoom(claim: String) throws {
        let token = try verified(
            #"{"iss":"\#(TokenVectors.key)","sub":"a","exp":\#(now + 60),"roomPreset":"p","#
                + #""video":{"roomJoin":true,"room":"r"},"roomConfig":\#(claim)}"#)
        let wishes = RoomConfiguration(
            emptyTimeoutSeconds: 10, departureTimeoutSeconds: 5, maximumParticipants: 3, metadata: "m")
        #expect(token.roomConfiguration == wishes)
        let grants = try token.joinGrants()
        #expect(grants.roomConfiguration == wishes)
        // It stays in the tokens that the server gives later.
        let refreshed = try AccessToken(refreshing: grants, atSeconds: now).signed(by: ring)
        #expect(try AccessToken.verified(refreshed, by: ring, atSeconds: now).roomConfiguration == wishes)
    }

    @Test func wishesForTheRoomMayBeAbsentButNotNonsense() throws {
        func token(_ claim: String) throws -> AccessToken {
            try verified(#"{"iss":"\#(TokenVectors.key)","sub":"a","exp":\#(now + 60)\#(claim)}"#)
        }
        #expect(try token("").roomConfiguration == nil && token(#","roomConfig":null"#).roomConfiguration == nil)
        let zeros = try token(#","roomConfig":{"emptyTimeout":0,"metadata":"","maxParticipants":null}"#)
        #expect(zeros.roomConfiguration == RoomConfiguration())
        for claim in ["5", #"{"emptyTimeout":-1}"#, #"{"maxParticipants":"many"}"#, #"{"metadata":{}}"#] {
            #expect(throws: AccessTokenError.self, "\(claim)") { try token(#","roomConfig":\#(claim)"#) }
        }
    }

    @Test func agentSessionsAreGranted() throws {
        for isGranted in [true, false] {
            let video = VideoGrants(room: "r", roomJoin: true, canManageAgentSession: isGranted)
            let grants = try AccessToken(identity: "a", video: video, expiresAtSeconds: now).joinGrants()
            #expect(grants.permissions.canManageAgentSession == isGranted)
            #expect(AccessToken(refreshing: grants, atSeconds: now).video.canManageAgentSession == isGranted)
            let wire = WireParticipantPermission(grants.permissions)
            #expect(wire.canManageAgentSession == isGranted)
            #expect(Permissions(wire).canManageAgentSession == isGranted)
        }
    }

    @Test func turnsIntoJoinGrants() throws {
        let grants = try AccessToken.verified(TokenVectors.full, by: ring, atSeconds: now).joinGrants()
        #expect(grants.identity == "alice")
        #expect(grants.roomName == "atelier")
        #expect(grants.kind == .agent)
        #expect(grants.isRoomAdmin)
        #expect(grants.expiresAtSeconds == TokenVectors.expires)
        #expect(
            grants.permissions
                == Permissions(
                    canSubscribe: false, publishableSources: [.camera, .screenShareAudio], canUpdateOwnMetadata: true,
                    isHidden: true, isAgent: true, canSubscribeMetrics: true))
    }

    // MARK: What is refused

    @Test func refusesOtherAlgorithms() {
        #expect(throws: AccessTokenError.unsupportedAlgorithm("none")) {
            try AccessToken.verified(TokenVectors.unsigned, by: ring, atSeconds: 1_795_448_174)
        }
        for name in ["HS512", "RS256", "hs256", "None"] {
            let forged = token(#"{"iss":"APIvectors","exp":1895461504}"#, header: #"{"alg":"\#(name)"}"#)
            #expect(throws: AccessTokenError.unsupportedAlgorithm(name)) {
                try AccessToken.verified(forged, by: ring, atSeconds: now)
            }
        }
    }

    @Test func refusesCriticalExtensions() {
        let forged = token(#"{"iss":"APIvectors","exp":1895461504}"#, header: #"{"alg":"HS256","crit":["b64"]}"#)
        #expect(throws: AccessTokenError.unsupportedExtension) {
            try AccessToken.verified(forged, by: ring, atSeconds: now)
        }
    }

    @Test func refusesAnotherKeysSignature() throws {
        let other = try KeyRing([(key: TokenVectors.key, secret: "another secret that has 32 bytes or more")])
        #expect(throws: AccessTokenError.wrongSignature) {
            try AccessToken.verified(TokenVectors.full, by: other, atSeconds: now)
        }
        let unrelated = try KeyRing([(key: "elsewhere", secret: TokenVectors.secret)])
        #expect(throws: AccessTokenError.unknownKey(TokenVectors.key)) {
            try AccessToken.verified(TokenVectors.full, by: unrelated, atSeconds: now)
        }
        #expect(throws: AccessTokenError.missingKey) { try verified(#"{"exp":1895461504}"#) }
    }

    @Test func refusesEveryChangedCharacter() {
        let characters = Array(TokenVectors.plain)
        for index in characters.indices where characters[index] != "." {
            // The last character of a part carries bits that base64 throws away; skip what decodes to the same bytes.
            var changed = characters
            changed[index] = characters[index] == "A" ? "B" : "A"
            let parts = String(changed).split(separator: ".")
            let original = TokenVectors.plain.split(separator: ".")
            if zip(parts, original).allSatisfy({ Base64URL.decode($0) == Base64URL.decode($1) }) { continue }
            #expect(throws: AccessTokenError.self) {
                try AccessToken.verified(String(changed), by: ring, atSeconds: now)
            }
        }
    }

    @Test func honoursTimesWithLeeway() throws {
        func verify(at seconds: Int64) throws(AccessTokenError) {
            _ = try AccessToken.verified(TokenVectors.plain, by: ring, atSeconds: seconds)
        }
        try verify(at: TokenVectors.expires + 59)
        #expect(throws: AccessTokenError.expired(sinceSeconds: 60)) { try verify(at: TokenVectors.expires + 60) }
        try verify(at: TokenVectors.notBefore - 60)
        #expect(throws: AccessTokenError.notYetValid(inSeconds: 61)) { try verify(at: TokenVectors.notBefore - 61) }
    }

    @Test func refusesTokensThatNeverExpire() {
        #expect(throws: AccessTokenError.missingExpiry) { try verified(#"{"iss":"APIvectors"}"#) }
        #expect(throws: AccessTokenError.missingExpiry) { try verified(#"{"iss":"APIvectors","exp":null}"#) }
    }

    @Test func survivesExtremeTimes() {
        for exp in ["-1e308", "1e308", "-9223372036854775808", "9223372036854775807", "1795461604.75", "0"] {
            _ = try? verified(#"{"iss":"APIvectors","exp":\#(exp)}"#)
            _ = try? verified(#"{"iss":"APIvectors","exp":1895461504,"nbf":\#(exp)}"#)
        }
        #expect(throws: AccessTokenError.expired(sinceSeconds: .max)) {
            try verified(#"{"iss":"APIvectors","exp":-1e308}"#)
        }
    }

    @Test func namesTheClaimOfTheWrongType() {
        #expect(throws: AccessTokenError.malformedClaims("`video.roomJoin` has the wrong type")) {
            try verified(#"{"iss":"APIvectors","exp":1895461504,"video":{"roomJoin":"yes"}}"#)
        }
        #expect(throws: AccessTokenError.malformedClaims("`attributes.a` has the wrong type")) {
            try verified(#"{"iss":"APIvectors","exp":1895461504,"attributes":{"a":1}}"#)
        }
        #expect(throws: AccessTokenError.malformedClaims("they are not a JSON object")) { try verified("[[[") }
        #expect(throws: AccessTokenError.self) { try verified("[]") }
        #expect(throws: AccessTokenError.self) { try verified(String(repeating: "[", count: 10_000)) }
    }

    @Test func ignoresUnknownClaims() throws {
        let token = try verified(
            #"{"iss":"APIvectors","exp":1895461504,"jti":"carol","roomConfig":{"a":[1]},"video":{"roomJoin":true,"new":{}}}"#
        )
        #expect(token.identity == "carol")
        #expect(token.video.roomJoin)
    }

    @Test func boundsItsSize() {
        let huge = #"{"iss":"APIvectors","exp":1895461504,"metadata":"\#(String(repeating: "x", count: 40_000))"}"#
        #expect(throws: AccessTokenError.tooLong(byteCount: token(huge).utf8.count)) { try verified(huge) }
    }

    @Test func refusesEveryTruncation() {
        for count in 0..<TokenVectors.plain.utf8.count {
            #expect(throws: AccessTokenError.self) {
                try AccessToken.verified(String(TokenVectors.plain.prefix(count)), by: ring, atSeconds: now)
            }
        }
    }

    @Test func refusesRandomText() {
        var random = SeededRandom(seed: 7)
        let alphabet = Array("abcXYZ019-_.={}\"é\u{0}")
        for _ in 0..<2_000 {
            let text = String(
                (0..<Int.random(in: 0..<120, using: &random)).map { _ in alphabet.randomElement(using: &random)! })
            #expect(throws: AccessTokenError.self) { try AccessToken.verified(text, by: ring, atSeconds: now) }
        }
    }

    // MARK: What a join needs

    @Test func saysWhatAJoinLacks() {
        func joined(_ claims: String) throws {
            _ = try verified(#"{"iss":"APIvectors","exp":1895461504,\#(claims)}"#).joinGrants()
        }
        #expect(throws: AccessTokenError.missingGrant("roomJoin")) { try joined(#""sub":"a","video":{"room":"r"}"#) }
        #expect(throws: AccessTokenError.missingGrant("roomJoin")) { try joined(#""sub":"a""#) }
        #expect(throws: AccessTokenError.missingIdentity) { try joined(#""video":{"room":"r","roomJoin":true}"#) }
        #expect(throws: AccessTokenError.missingRoom) { try joined(#""sub":"a","video":{"roomJoin":true}"#) }
        let long = String(repeating: "é", count: 129)
        #expect(throws: AccessTokenError.nameTooLong("identity", maximumBytes: 256)) {
            try joined(#""sub":"\#(long)","video":{"room":"r","roomJoin":true}"#)
        }
        #expect(throws: AccessTokenError.nameTooLong("room name", maximumBytes: 256)) {
            try joined(#""sub":"a","video":{"room":"\#(long)","roomJoin":true}"#)
        }
        #expect(AccessTokenError.missingIdentity.httpStatus == 400)
        #expect(AccessTokenError.missingGrant("roomJoin").httpStatus == 401)
    }

    @Test func unknownSourcesAreNotEverySource() throws {
        let token = try verified(
            #"{"iss":"APIvectors","exp":1895461504,"sub":"a","video":{"room":"r","roomJoin":true,"canPublishSources":["hologram"]}}"#
        )
        let permissions = try token.joinGrants().permissions
        for source in [TrackSource.camera, .microphone, .screenShare, .screenShareAudio, .unknown] {
            #expect(!permissions.allowsPublishing(source))
        }
        #expect(permissions.canPublishData)
    }

    @Test func administersOneRoom() throws {
        let admin = AccessToken(video: VideoGrants(room: "r", roomAdmin: true), expiresAtSeconds: 0)
        try admin.requireAdministration(of: "r")
        #expect(throws: AccessTokenError.wrongRoom) { try admin.requireAdministration(of: "s") }
        #expect(throws: AccessTokenError.missingGrant("roomAdmin")) {
            try AccessToken(video: VideoGrants(room: "r"), expiresAtSeconds: 0).requireAdministration(of: "r")
        }
    }

    // MARK: What we sign

    @Test func signsWhatItReads() throws {
        var token = AccessToken(
            identity: "dora", name: "Dora", metadata: "m/é", attributes: ["a": "b"], kind: .sip,
            video: VideoGrants(
                room: "r", roomJoin: true, roomCreate: true, roomList: true, roomRecord: true, roomAdmin: true,
                ingressAdmin: true, destinationRoom: "s", canPublish: false, canPublishSources: [.microphone],
                canPublishData: true, canSubscribe: false, canSubscribeMetrics: true, canUpdateOwnMetadata: true,
                canManageAgentSession: true, hidden: true, recorder: true, agent: true),
            isSIPAdmin: true, canCall: true, notBeforeSeconds: now, expiresAtSeconds: now + 60)
        let text = try token.signed(by: ring)
        token.apiKey = TokenVectors.key
        #expect(try AccessToken.verified(text, by: ring, atSeconds: now) == token)
    }

    @Test func signsWithTheNamedKeyOnly() throws {
        let ring = try KeyRing([
            (key: "first", secret: String(repeating: "1", count: 32)),
            (key: "second", secret: String(repeating: "2", count: 32)),
        ])
        let token = AccessToken(expiresAtSeconds: now + 60)
        #expect(try AccessToken.verified(token.signed(by: ring), by: ring, atSeconds: now).apiKey == "first")
        #expect(
            try AccessToken.verified(token.signed(by: ring, key: "second"), by: ring, atSeconds: now).apiKey == "second"
        )
        #expect(throws: AccessTokenError.unknownKey("third")) { try token.signed(by: ring, key: "third") }
    }

    @Test func refreshKeepsGrantsAndLastsLongEnough() throws {
        var grants = try AccessToken.verified(TokenVectors.full, by: ring, atSeconds: now).joinGrants()
        let late = TokenVectors.expires - 30
        let refreshed = AccessToken(refreshing: grants, atSeconds: late)
        #expect(refreshed.expiresAtSeconds == late + 600)
        let early = AccessToken(refreshing: grants, atSeconds: now)
        #expect(early.expiresAtSeconds == TokenVectors.expires)
        let read = try AccessToken.verified(refreshed.signed(by: ring), by: ring, atSeconds: late).joinGrants()
        grants.expiresAtSeconds = late + 600
        // An agent's kind comes with the grant.
        #expect(read == grants)
    }

    @Test func everyErrorTellsWhatToDo() {
        let errors: [AccessTokenError] = [
            .missing, .tooLong(byteCount: 9), .malformed, .unsupportedAlgorithm("none"), .unsupportedExtension,
            .malformedClaims("x"), .missingKey, .unknownKey("k"), .wrongSignature, .missingExpiry,
            .expired(sinceSeconds: 9), .notYetValid(inSeconds: 9), .missingGrant("g"), .wrongRoom, .missingIdentity,
            .missingRoom, .nameTooLong("identity", maximumBytes: 256),
        ]
        #expect(Set(errors.map(\.description)).count == errors.count)
        for error in errors { #expect(error.description.hasSuffix(".") && error.description.count > 30) }
    }
}
