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
}
