import Testing

@testable import LiveKitProtocol

@Suite struct KeyRingTests {
    private let sound = String(repeating: "s", count: 32)

    @Test func wantsLongSecrets() throws {
        _ = try KeyRing([(key: "k", secret: sound)])
        #expect(throws: KeyRingError.shortSecret(key: "k", byteCount: 31)) {
            try KeyRing([(key: "k", secret: String(repeating: "s", count: 31))])
        }
        #expect(KeyRingError.shortSecret(key: "k", byteCount: 6).description.contains("at least 32"))
    }

    @Test func wantsDistinctNamedKeys() {
        #expect(throws: KeyRingError.empty) { try KeyRing([]) }
        #expect(throws: KeyRingError.emptyKey) { try KeyRing([(key: "", secret: sound)]) }
        #expect(throws: KeyRingError.duplicateKey("k")) {
            try KeyRing([(key: "k", secret: sound), (key: "k", secret: sound + "2")])
        }
    }

    @Test func signsWithTheFirst() throws {
        let ring = try KeyRing([(key: "z", secret: sound), (key: "a", secret: sound)])
        #expect(ring.signingKey == "z")
        #expect(ring.contains("a") && !ring.contains("b"))
    }

    /// Configurations are logged, and what holds a ring is printed by its mirror.
    @Test func showsNoSecrets() throws {
        struct Holder {
            let ring: KeyRing
            let other = 1
        }
        let secret = "a secret of thirty-two bytes, or more"
        let ring = try KeyRing([(key: "visible", secret: secret)])
        let mapping = NotificationMapping(profile: ServerProfile(), keys: ring)
        var dumped = ""
        dump(Holder(ring: ring), to: &dumped)
        let bytes = Array(secret.utf8.prefix(8)).map(String.init).joined(separator: ", ")
        for text in [
            "\(ring)", String(reflecting: ring), "\(Holder(ring: ring))", String(reflecting: [ring]), "\(mapping)",
            dumped,
        ] {
            #expect(!text.contains("thirty-two") && !text.contains(bytes) && text.contains("visible"), "\(text)")
        }
    }
}
