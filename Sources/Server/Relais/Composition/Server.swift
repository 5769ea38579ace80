// The whole server put together: media threads, rooms and doors, and the order in which they stop.

import Basics
import Conference
import DataChannels
import Foundation
import Gateway
import LiveKitProtocol
import Logging
import MediaCore
import MediaInterface
import MediaRuntime
import Rooms
import SecureTransport
import ServiceLifecycle
import UnixSignals
import WebClient

struct Server: Sendable {
    private let configuration: ServerConfiguration
    private let logger: Logger
    private let onReady: @Sendable ([Endpoint]) -> Void

    /// - Parameter onReady: Told of the addresses once the doors are open.
    init(
        _ configuration: ServerConfiguration, logger: Logger,
        onReady: @escaping @Sendable ([Endpoint]) -> Void = { _ in }
    ) {
        self.configuration = configuration
        self.logger = logger
        self.onReady = onReady
    }

    /// Runs until SIGTERM or SIGINT, then says goodbye to everybody and returns.
    func run() async throws {
        let (pool, fingerprint) = try media()
        let directory = rooms(on: pool, fingerprint: fingerprint)
        let gateway = Gateway(doors(), entrance: RoomEntrance(directory: directory), logger: logger) { endpoints in
            announce(endpoints, pool)
        }
        // They stop from the last to the first, each when the one after it has ended.
        let group = ServiceGroup(
            configuration: Self.lifecycle(
                [
                    MediaService(pool: pool), MediaEventService(pool: pool, directory: directory, logger: logger),
                    gateway,
                    FarewellService(directory: directory),
                ], logger))
        do {
            try await group.run()
        } catch let error as ListenError {
            throw StartError("\(error)")
        }
        logger.info("stopped")
    }

    private static func lifecycle(_ services: [any Service], _ logger: Logger) -> ServiceGroupConfiguration {
        var configuration = ServiceGroupConfiguration(
            services: services, gracefulShutdownSignals: [.sigterm, .sigint], logger: logger)
        configuration.maximumGracefulShutdownDuration = .milliseconds(4_500)
        return configuration
    }

    // MARK: Parts

    private func media() throws -> (MediaPool, CertificateFingerprint) {
        let identity: DTLSIdentity
        do {
            identity = try DTLSIdentity()
        } catch {
            throw StartError("\(error)")
        }
        let timers = SCTPTimers()
        let clock = SystemClock.ntpClock()
        do {
            let addresses = try configuration.media.selection(from: LocalAddresses.discover())
            let pool = try MediaPool(
                MediaPoolConfiguration(ports: configuration.media.udpPorts, addresses: addresses)
            ) { _ in
                MediaShardConfiguration(
                    identity: identity, clock: clock, seed: .random(in: .min ... .max), dataChannelTimers: timers)
            }
            return (pool, CertificateFingerprint(identity.fingerprint))
        } catch let error as SystemFailure {
            throw StartError("Media cannot start: \(Self.sentence(error)).")
        }
    }

    /// What the system refused, with the setting that can change it.
    private static func sentence(_ failure: SystemFailure) -> String {
        switch failure {
        case .cannotBind(let address, errno: EADDRINUSE):
            "UDP port \(address.port) is in use by another program: choose another `rtc.udp_port`, or stop that program"
        case .cannotBind(let address, errno: EACCES):
            "UDP port \(address.port) may not be opened by this user: choose an `rtc.udp_port` above 1023"
        case .noFreePort: "\(failure): choose another range for `rtc.udp_port`"
        default: "\(failure)"
        }
    }

    private func rooms(on pool: MediaPool, fingerprint: CertificateFingerprint) -> RoomDirectory {
        var settings = RoomSettings(
            emptyTimeoutSeconds: configuration.rooms.emptyTimeoutSeconds,
            departureTimeoutSeconds: configuration.rooms.departureTimeoutSeconds,
            maximumParticipants: configuration.rooms.maximumParticipants)
        if let codecs = configuration.rooms.codecs { settings.publishableCodecs = codecs }
        let logger = logger
        return RoomDirectory(
            configuration: RoomDirectoryConfiguration(
                settings: settings, createsRoomsOnJoin: configuration.rooms.createsOnJoin),
            placement: PoolPlacement(pool: pool, fingerprint: fingerprint),
            clock: RoomClock(
                now: { SystemClock.now() }, wallMilliseconds: { SystemClock.wallNanoseconds() / 1_000_000 }),
            rewriteData: { DataPackets.rewrite($0, from: $1) }, logger: logger,
            onFact: { fact in logger.debug("\(fact)") })
    }

    private func doors() -> GatewayConfiguration {
        GatewayConfiguration(
            addresses: configuration.bindAddresses, port: configuration.port, keys: configuration.keys,
            profile: ServerProfile(nodeID: "relais", region: configuration.region),
            givesGuestTokens: configuration.givesGuestTokens,
            files: WebClient.assets.map { StaticFile(name: $0.name, bytes: $0.bytes) })
    }

    private func announce(_ endpoints: [Endpoint], _ pool: MediaPool) {
        let candidates = pool.threads.flatMap(\.candidates)
        logger.info(
            "ready",
            metadata: [
                "http": "\(endpoints.map { "\($0.host) port \($0.port)" }.joined(separator: ", "))",
                "media": "\(candidates.map { "udp \($0)" }.joined(separator: ", "))",
            ])
        for thread in pool.threads
        where min(thread.receiveBufferBytes, thread.sendBufferBytes) < RuntimeLimits.socketBufferBytes {
            logger.notice(
                """
                the system grants small socket buffers: bursts may be lost, raise net.core.rmem_max and \
                net.core.wmem_max to \(RuntimeLimits.socketBufferBytes)
                """)
            break
        }
        if configuration.isDevelopment, let banner = StartBanner(configuration, endpoints, candidates) {
            // Unbuffered: whoever reads it from a pipe waits for it.
            FileHandle.standardOutput.write(Data("\(banner)\n".utf8))
        }
        onReady(endpoints)
    }
}

/// Something of the machine is in the way; one sentence that says what to do.
struct StartError: Error, CustomStringConvertible {
    /// EX_UNAVAILABLE of sysexits.h.
    static let exitCode: Int32 = 69
    let description: String
    init(_ description: String) { self.description = description }
}

extension CertificateFingerprint {
    init(_ fingerprint: DTLSFingerprint) {
        let algorithm: Algorithm =
            switch fingerprint.algorithm {
            case .sha256: .sha256
            case .sha384: .sha384
            case .sha512: .sha512
            }
        self.init(algorithm: algorithm, digest: fingerprint.digest)
    }
}
