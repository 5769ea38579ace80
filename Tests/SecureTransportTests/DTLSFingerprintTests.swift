import Testing

@testable import SecureTransport

@Suite struct DTLSFingerprintTests {
    @Test func readsWhatItWrites() throws {
        let fingerprint = DTLSFixtures.server.identity.fingerprint
        #expect(fingerprint.text.count == 95)
        #expect(DTLSFingerprint(algorithm: "sha-256", text: fingerprint.text) == fingerprint)
        #expect(DTLSFingerprint(algorithm: "SHA-256", text: fingerprint.text.lowercased()) == fingerprint)
    }

    @Test func refusesWhatIsNotOne() {
        let text = DTLSFixtures.server.identity.fingerprint.text
        #expect(DTLSFingerprint(algorithm: "sha-1", text: text) == nil)
        #expect(DTLSFingerprint(algorithm: "sha-384", text: text) == nil)
        for length in 0..<text.count {
            #expect(DTLSFingerprint(algorithm: "sha-256", text: text.prefix(length)) == nil)
        }
        #expect(DTLSFingerprint(algorithm: "sha-256", text: text + ":00") == nil)
        #expect(DTLSFingerprint(algorithm: "sha-256", text: text.replacing(":", with: "-")) == nil)
        #expect(DTLSFingerprint(algorithm: "sha-256", text: "G" + text.dropFirst()) == nil)
        #expect(DTLSFingerprint(algorithm: .sha256, digest: [1, 2]) == nil)
    }

    @Test func identitiesDiffer() throws {
        #expect(try DTLSIdentity().fingerprint != DTLSIdentity().fingerprint)
    }
}
