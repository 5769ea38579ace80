// A gateway on a loopback port of its own, for the length of a test.

import Conference
import Foundation
import LiveKitProtocol
import LiveKitWire
import Logging
import NIOCore
import ServiceLifecycle
import Synchronization

@testable import Gateway

let testSecret = "0123456789abcdef0123456789abcdef"
let testKeys = try! KeyRing([("test", testSecret)])

struct RunningGateway: Sendable {
    let entrance: FakeEntrance
    let gateway: Gateway
    let address: SocketAddress

    func connect() async throws -> RawConnection { try await RawConnection(to: address) }

    func get(_ target: String, method: String = "GET", headers: [String: String] = [:], body: String = "") async throws
        -> HTTPReply
    {
        try await connect().get(target, method: method, headers: headers, body: body)
    }

    /// A WebSocket past its first message.
    func joined(_ identity: String = "ann", target: String? = nil) async throws -> (RawConnection, FakeSession) {
        let before = entrance.sessions.count
        let connection = try await connect()
        let reply = try await connection.upgrade(target ?? "/rtc?access_token=\(token(identity))")
        guard reply.status == 101 else { throw RawConnection.Failure.malformed }
        _ = try await connection.frame()
        return (connection, entrance.sessions[before])
    }

    static func with(
        guestTokens: Bool = true, timing: SignalTiming = SignalTiming(),
        _ body: (RunningGateway) async throws -> Void
    ) async throws {
        let entrance = FakeEntrance()
        let (bound, continuation) = AsyncStream<SocketAddress>.makeStream()
        var configuration = GatewayConfiguration(addresses: ["127.0.0.1"], port: 0, keys: testKeys)
        configuration.givesGuestTokens = guestTokens
        configuration.files = [
            StaticFile(name: "index.html", bytes: Array("<!doctype html>".utf8)),
            StaticFile(name: "main.js", bytes: Array("export {}".utf8)),
        ]
        var logger = Logger(label: "test")
        logger.logLevel = .critical
        var gateway = Gateway(configuration, entrance: entrance, logger: logger) { endpoints in
            continuation.yield(try! SocketAddress(ipAddress: endpoints[0].host, port: endpoints[0].port))
            continuation.finish()
        }
        gateway.timing = timing
        let group = ServiceGroup(configuration: .init(services: [gateway], logger: logger))
        let running = gateway
        try await withThrowingTaskGroup { tasks in
            tasks.addTask { try await group.run() }
            for await address in bound {
                try await body(RunningGateway(entrance: entrance, gateway: running, address: address))
            }
            for session in entrance.sessions { session.tell(.left(.serverShutdown, .reconnect)) }
            await group.triggerGracefulShutdown()
            try await tasks.waitForAll()
        }
    }
}

/// A token to join `room`, valid unless said otherwise.
func token(
    _ identity: String = "ann", room: String = "r", keys: KeyRing = testKeys, expiresInSeconds: Int64 = 3_600,
    mayJoin: Bool = true
) -> String {
    let token = AccessToken(
        identity: identity, video: VideoGrants(room: room, roomJoin: mayJoin),
        expiresAtSeconds: Int64(Date().timeIntervalSince1970) + expiresInSeconds)
    return try! token.signed(by: keys)
}

/// A value of the query parameter `join_request`, percent-encoded.
func joinRequest(compressed: Bool = true, _ change: (inout WireJoinRequest) -> Void = { _ in }) -> String {
    var wire = WireJoinRequest()
    wire.clientInfo.sdk = .python
    wire.connectionSettings.autoSubscribe = true
    change(&wire)
    return wire.wrapped(compressed: compressed).replacing("=", with: "%3D")
}

func frame(_ change: (inout WireSignalRequest) -> Void) -> [UInt8] {
    var message = WireSignalRequest()
    change(&message)
    guard case .binary(let bytes) = SignalFrame(message, as: .binary) else { return [] }
    return bytes
}

extension WireFrame {
    func response() throws -> WireSignalResponse {
        try (opcode == 1 ? SignalFrame.text(String(decoding: payload, as: UTF8.self)) : .binary(payload)).response()
    }
}

/// Polls until `condition` holds, for at least ten seconds.
func eventually(_ condition: () -> Bool) async throws -> Bool {
    for _ in 0..<1_000 {
        if condition() { return true }
        try await Task.sleep(for: .milliseconds(10))
    }
    return false
}
