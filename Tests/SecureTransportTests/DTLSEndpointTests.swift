// Handshakes between two endpoints, what they agree on, and what ends them.

import Basics
import Testing

@testable import SecureTransport

@Suite(.timeLimit(.minutes(2))) struct DTLSEndpointTests {
    private func context(_ profiles: [SRTPProfile]) throws -> DTLSContext {
        try DTLSContext(identity: DTLSFixtures.client.identity, profiles: profiles)
    }

    @Test func aHandshakeYieldsTheSameKeysAtBothEnds() throws {
        let pair = DTLSPair()
        pair.start()
        pair.run { $0.isConnected }
        let client = try #require(pair.clientKeys)
        let server = try #require(pair.serverKeys)
        #expect(client.profile == .aeadAes128Gcm && server.profile == .aeadAes128Gcm)
        #expect(client.local.key == server.remote.key && client.local.salt == server.remote.salt)
        #expect(client.remote.key == server.local.key && client.remote.salt == server.local.salt)
        #expect(client.local.key != client.remote.key)
        #expect(pair.log.allSatisfy { $0.datagram.count <= DTLSLimits.datagramBytes })
        // Two round trips of 20 ms, nothing sent twice.
        #expect(pair.now == .zero + .milliseconds(40))
        #expect(pair.clientDeadline == nil && pair.serverDeadline == nil)

        var sender = SRTPSender(profile: client.profile, master: client.local)
        var receiver = SRTPReceiver(profile: server.profile, master: server.remote)
        var random = SeededRandom(seed: 1)
        let packet = rtpPacket(ssrc: 1, sequence: 1, using: &random)
        #expect(try receiver.opened(sender.sealed(packet)) == packet)
    }

    @Test func theServerPrefersGCM() throws {
        let pair = DTLSPair(client: try context([.aes128CmHmacSha1_80, .aeadAes128Gcm]))
        pair.start()
        pair.run { $0.isConnected }
        #expect(pair.serverKeys?.profile == .aeadAes128Gcm)
        #expect(pair.clientKeys?.profile == .aeadAes128Gcm)
    }

    @Test func counterModeWhenTheClientKnowsNothingElse() throws {
        let pair = DTLSPair(client: try context([.aes128CmHmacSha1_80]))
        pair.start()
        pair.run { $0.isConnected }
        #expect(pair.isConnected)
        #expect(pair.serverKeys?.profile == .aes128CmHmacSha1_80)
        #expect(pair.serverKeys?.remote.salt.count == 14)
    }

    @Test func withoutACommonProfileThereIsNoConnection() throws {
        let pair = DTLSPair(
            client: try context([.aes128CmHmacSha1_80]),
            server: try DTLSContext(identity: DTLSFixtures.server.identity, profiles: [.aeadAes128Gcm]))
        pair.start()
        pair.run()
        #expect(pair.serverState == .failed(.noCommonProfile))
        #expect(pair.clientState != .connected)
        #expect(pair.serverKeys == nil)
    }

    @Test func aClientWithAnRSACertificate() throws {
        let pair = DTLSPair(client: try DTLSContext(identity: DTLSFixtures.rsaIdentity))
        pair.start()
        pair.run { $0.isConnected }
        #expect(pair.isConnected)
    }

    @Test func anotherCertificateThanPromised() throws {
        let stranger = DTLSFixtures.rsaIdentity.fingerprint
        let wrongClient = DTLSPair(serverExpects: stranger)
        wrongClient.start()
        wrongClient.run()
        #expect(wrongClient.serverState == .failed(.fingerprintMismatch))
        #expect(wrongClient.serverKeys == nil)
        let wrongServer = DTLSPair(clientExpects: stranger)
        wrongServer.start()
        wrongServer.run()
        #expect(wrongServer.clientState == .failed(.fingerprintMismatch))
        #expect(wrongServer.clientKeys == nil)
        #expect(wrongServer.clientDeadline == nil)
    }

    @Test(arguments: DTLSFingerprint.Algorithm.allCases)
    func fingerprintsOfAllAlgorithms(_ algorithm: DTLSFingerprint.Algorithm) throws {
        let certificate = unsafe DTLSFixtures.client.identity.certificate
        let expected = try #require(unsafe DTLSFingerprint(of: certificate, algorithm))
        #expect(expected.digest.count == algorithm.count)
        let pair = DTLSPair(serverExpects: expected)
        pair.start()
        pair.run { $0.isConnected }
        #expect(pair.isConnected)
    }

    /// The client's answer may be slower than its first datagrams.
    @Test func aFingerprintThatComesLate() throws {
        let pair = DTLSPair()
        pair.server = DTLSEndpoint(context: DTLSFixtures.server, role: .server)
        pair.start()
        pair.run { $0.clientState == .connected }
        #expect(pair.clientState == .connected && pair.serverState == .handshaking)
        #expect(pair.serverKeys == nil)
        let early: [UInt8] = [1, 2, 3]
        #expect(pair.sendFromClient(early))
        pair.collect()
        _ = pair.advance()
        #expect(pair.receivedByServer.isEmpty)
        pair.server.expect(DTLSFixtures.client.identity.fingerprint)
        #expect(pair.serverState == .connected && pair.serverKeys != nil)
        let late: [UInt8] = [4, 5, 6]
        #expect(pair.sendFromClient(late))
        pair.collect()
        _ = pair.advance()
        #expect(pair.receivedByServer == [late])
        // The expectation cannot be changed any more.
        pair.server.expect(DTLSFixtures.rsaIdentity.fingerprint)
        #expect(pair.serverState == .connected)
    }

    @Test func aLateFingerprintThatIsWrong() {
        let pair = DTLSPair()
        pair.server = DTLSEndpoint(context: DTLSFixtures.server, role: .server)
        pair.start()
        pair.run { $0.clientState == .connected }
        pair.server.expect(DTLSFixtures.rsaIdentity.fingerprint)
        #expect(pair.serverState == .failed(.fingerprintMismatch) && pair.serverKeys == nil)
    }

    @Test func applicationDataBothWays() throws {
        let pair = DTLSPair()
        let message = [UInt8](repeating: 7, count: DTLSLimits.applicationDataBytes)
        #expect(!pair.sendFromClient(message) && !pair.sendFromServer(message))
        pair.start()
        pair.run { $0.isConnected }
        pair.run()
        let before = pair.log.count
        #expect(pair.sendFromClient(message) && pair.sendFromServer(message))
        pair.collect()
        pair.run()
        #expect(pair.receivedByServer == [message] && pair.receivedByClient == [message])
        #expect(pair.log[before...].map(\.datagram.count) == [DTLSLimits.datagramBytes, DTLSLimits.datagramBytes])
        let tooLarge = message + [7]
        let nothing: [UInt8] = []
        #expect(!pair.sendFromClient(tooLarge) && !pair.sendFromClient(nothing))
    }

    @Test func goodByeReachesTheOtherEnd() {
        let pair = DTLSPair()
        pair.start()
        pair.run { $0.isConnected }
        pair.run()
        pair.client.close()
        pair.collect()
        pair.run()
        #expect(pair.clientState == .closed && pair.serverState == .closed)
        let data: [UInt8] = [1]
        #expect(!pair.sendFromServer(data))
    }

    @Test func contextsAreSharedBetweenThreads() async {
        let connected = await withTaskGroup(of: Bool.self) { group in
            for _ in 0..<16 {
                group.addTask {
                    let pair = DTLSPair()
                    pair.start()
                    pair.run { $0.isConnected }
                    return pair.isConnected
                }
            }
            return await group.reduce(into: 0) { $0 += $1 ? 1 : 0 }
        }
        #expect(connected == 16)
    }
}
