import Basics
import ICE
import Testing

@Suite struct ICECredentialBytesTests {
    @Test func freshCredentialsAreValidAndDiffer() throws {
        var random = SeededRandom(seed: 1)
        var seen = Set<ICECredentialBytes>()
        for _ in 0..<1_000 {
            let fresh = ICECredentialBytes(using: &random)
            #expect(ICECredentialBytes(usernameFragment: fresh.usernameFragment, password: fresh.password) == fresh)
            seen.insert(fresh)
        }
        #expect(seen.count == 1_000)
        // All 64 characters come up.
        #expect(Set(seen.flatMap(\.password)).count == 64)
    }

    @Test func refusesWhatTheGrammarDoesNotHave() {
        let password = String(repeating: "p", count: 22)
        #expect(ICECredentialBytes(usernameFragment: "abcd", password: password) != nil)
        #expect(ICECredentialBytes(usernameFragment: "a+/9", password: password) != nil)
        #expect(ICECredentialBytes(usernameFragment: "abc", password: password) == nil)
        #expect(ICECredentialBytes(usernameFragment: "ab:d", password: password) == nil)
        #expect(ICECredentialBytes(usernameFragment: "abcd", password: String(password.dropLast())) == nil)
        #expect(ICECredentialBytes(usernameFragment: "abcd", password: password + " ") == nil)
        #expect(ICECredentialBytes(usernameFragment: String(repeating: "a", count: 257), password: password) == nil)
        #expect(ICECredentialBytes(usernameFragment: "abcd", password: String(repeating: "a", count: 257)) == nil)
    }
}
