// The doors of the server: the web client, the REST interface and LiveKit signaling on one port.

import Conference
import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdCore
import LiveKitProtocol
public import Logging
import NIOCore
import NIOHTTP1
import NIOPosix
import NIOWebSocket
public import ServiceLifecycle
import Synchronization

/// Runs until its task is cancelled or a graceful shutdown begins; then it takes no new connections and waits for the
/// WebSockets, which end when their sessions do.
public struct Gateway: Service, CustomStringConvertible {
    /// Service groups log their services: the configuration holds secrets.
    public var description: String { "Gateway" }
    let counters = GatewayCounters()
    public var statistics: GatewayStatistics { counters.totals }
    let configuration: GatewayConfiguration
    let entrance: any Entrance
    var timing = SignalTiming()
    private let logger: Logger
    private let onListening: @Sendable ([Endpoint]) async -> Void

    /// - Parameter onListening: Told of the bound addresses, once all are.
    public init(
        _ configuration: GatewayConfiguration, entrance: any Entrance, logger: Logger,
        onListening: @escaping @Sendable ([Endpoint]) async -> Void = { _ in }
    ) {
        self.configuration = configuration
        self.entrance = entrance
        self.logger = logger
        self.onListening = onListening
    }

    public func run() async throws {
        // One dual-stack socket takes both families; without IPv6 on the machine there is only the other.
        if configuration.addresses.isEmpty {
            do {
                try await listen(on: ["::"])
            } catch let error as ListenError where error.familyIsMissing {
                try await listen(on: ["0.0.0.0"])
            }
        } else {
            try await listen(on: configuration.addresses)
        }
    }

    private func listen(on hosts: [String]) async throws {
        let bound = Mutex<[Endpoint]>([])
        try await withThrowingTaskGroup { group in
            for host in hosts {
                let application = self.application(on: host) { channel in
                    guard let address = channel.localAddress, let port = address.port else { return }
                    let all = bound.withLock { bound in
                        bound.append(Endpoint(host: address.ipAddress ?? host, port: port))
                        return bound
                    }
                    if all.count == hosts.count { await self.onListening(all) }
                }
                group.addTask {
                    do {
                        try await application.run()
                    } catch let error as IOError {
                        throw ListenError(host: host, port: self.configuration.port, cause: .system(error))
                    } catch is SocketAddressError.UnknownHost {
                        throw ListenError(host: host, port: self.configuration.port, cause: .unknownHost)
                    }
                }
            }
            try await group.waitForAll()
        }
    }

    private func application(
        on host: String, onRunning: @escaping @Sendable (any Channel) async -> Void
    ) -> Application<GatewayResponder> {
        let doorkeeper = Doorkeeper(keys: configuration.keys, entrance: entrance)
        // What the library tells of its own start, we tell ourselves.
        var quietLogger = logger
        quietLogger.logLevel = max(logger.logLevel, .notice)
        let server = HTTPServerBuilder { responder in
            UpgradableChannel(
                responder: responder,
                admit: { head, address in await self.admit(head, from: address, by: doorkeeper) },
                serve: { channel, request in await self.serve(channel, request) })
        }
        return Application(
            responder: GatewayResponder(
                doorkeeper: doorkeeper,
                guestTokens: GuestTokens(keys: configuration.keys, isAllowed: configuration.givesGuestTokens),
                files: StaticFiles(configuration.files)),
            server: server,
            configuration: ApplicationConfiguration(
                address: .hostname(host, port: configuration.port), serverName: "Relais", backlog: 1_024,
                availableConnectionsDelegate: MaximumAvailableConnections(GatewayLimits.connections)),
            onServerRunning: onRunning, logger: quietLogger)
    }

    private func admit(
        _ head: HTTPRequestHead, from address: SocketAddress?, by doorkeeper: Doorkeeper
    ) async -> Result<JoinRequest, Refusal> {
        guard let target = RequestTarget(head.uri) else {
            return .failure(Refusal(status: 400, text: "The request's path or query is too long or not valid."))
        }
        guard case .signal(let version) = Route(target) else {
            return .failure(Refusal(status: 404, text: "There is no WebSocket at this address."))
        }
        let result = await doorkeeper.admit(
            version, target, authorization: head.headers.first(name: "authorization"),
            address: address?.ipAddress ?? "", atSeconds: Int64(Date().timeIntervalSince1970))
        if case .failure(let refusal) = result {
            counters.count(\.refusedSignals)
            logger.debug("refused a WebSocket", metadata: ["status": "\(refusal.status)", "reason": "\(refusal.text)"])
        }
        return result
    }

    private func serve(_ channel: NIOAsyncChannel<WebSocketFrame, WebSocketFrame>, _ request: JoinRequest) async {
        var logger = logger
        logger[metadataKey: "room"] = "\(request.grants.roomName)"
        logger[metadataKey: "identity"] = "\(request.grants.identity)"
        counters.count(\.openedSignals)
        defer { counters.count(\.closedSignals) }
        let mapping = NotificationMapping(profile: configuration.profile, keys: configuration.keys)
        do {
            try await channel.executeThenClose { inbound, outbound in
                let session: any SignalSession
                do throws(JoinRefusal) {
                    session = try await entrance.join(request)
                } catch {
                    session = RefusedSession(error)
                }
                let connection = SignalConnection(
                    session: session, mapping: mapping, outbound: outbound, timing: timing,
                    counters: counters, logger: logger)
                count(await connection.run(inbound), logger)
            }
        } catch {
            logger.debug("the socket broke", metadata: ["error": "\(error)"])
        }
    }

    private func count(_ ending: SignalEnding, _ logger: Logger) {
        switch ending {
        case .silent: counters.count(\.silentSignals)
        case .detached, .stalled: counters.count(\.detachedSignals)
        default: break
        }
        logger.debug("signaling ended", metadata: ["how": "\(ending)"])
    }
}

/// Where the gateway listens.
public struct Endpoint: Hashable, Sendable {
    public let host: String
    public let port: Int
    public init(host: String, port: Int) {
        self.host = host
        self.port = port
    }
}

/// The port could not be opened.
public struct ListenError: Error, CustomStringConvertible {
    let host: String
    let port: Int
    let cause: Cause

    enum Cause {
        case system(IOError)
        /// No address, and no name that has one.
        case unknownHost
    }

    var familyIsMissing: Bool {
        if case .system(let error) = cause { [EAFNOSUPPORT, EADDRNOTAVAIL].contains(error.errnoCode) } else { false }
    }

    public var description: String {
        let place = "TCP port \(port) of \(host == "::" || host == "0.0.0.0" ? "all addresses" : host)"
        guard case .system(let cause) = cause else {
            return
                "`bind_addresses` names \(host), which is no address and no known host: name an address of this machine."
        }
        return switch cause.errnoCode {
        case EADDRINUSE: "\(place) is in use by another program: choose another `port`, or stop that program."
        case EACCES: "\(place) may not be opened by this user: choose a `port` above 1023, or grant the right to it."
        case EADDRNOTAVAIL: "\(place) cannot be opened, this machine does not have that address: see `bind_addresses`."
        default: "\(place) cannot be opened: \(cause)."
        }
    }
}

/// What a client hears when the conference changed its mind between the check and the join: `leave`, and nothing else.
private struct RefusedSession: SignalSession {
    let notifications: AsyncStream<ParticipantNotification>

    init(_ refusal: JoinRefusal) {
        let leave: ParticipantNotification =
            switch refusal {
            case .shuttingDown, .serverFull: .left(.serverShutdown, .reconnect)
            case .roomNotFound, .roomFull, .invalid: .left(.joinFailure, .disconnect)
            }
        notifications = AsyncStream { continuation in
            continuation.yield(leave)
            continuation.finish()
        }
    }

    func request(_ request: ParticipantRequest) async {}
    func signalLost() async {}
}
