// Opens signaling connections: TCP, HTTP upgrade, WebSocket.

import Glibc
import LiveKitProtocol
import LiveKitWire
import NIOCore
import NIOHTTP1
import NIOPosix
import NIOWebSocket

struct SignalingClient: Sendable {
    let target: ServerTarget
    let group: any EventLoopGroup

    /// Everything that happens, failures included, comes to `sink`, from an event loop.
    func open(_ join: WireJoinRequest, token: String, sink: @escaping SignalSink) {
        let head = request(join, token: token)
        ClientBootstrap(group: group)
            .connectTimeout(.seconds(Int64(LoadLimits.connectSeconds)))
            .channelOption(.socketOption(.tcp_nodelay), value: 1)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture { try configure(channel, head, sink) }
            }
            .connect(host: target.host, port: target.port)
            .whenFailure { error in
                let reason = Self.text(error)
                sink(.failed(.nothingListens(url: target.url, reason: reason)))
            }
    }

    private func request(_ join: WireJoinRequest, token: String) -> HTTPRequestHead {
        var headers = HTTPHeaders()
        headers.add(name: "Host", value: "\(target.hostInURL):\(target.port)")
        headers.add(name: "Authorization", value: "Bearer \(token)")
        let query = "join_request=\(Self.escaped(join.wrapped(compressed: true)))"
        return HTTPRequestHead(
            version: .http1_1, method: .GET, uri: "\(target.pathPrefix)/rtc/v1?\(query)", headers: headers)
    }

    /// Base64url leaves only its padding to escape.
    private static func escaped(_ text: String) -> String {
        text.split(separator: "=", omittingEmptySubsequences: false).joined(separator: "%3D")
    }

    private func configure(_ channel: any Channel, _ head: HTTPRequestHead, _ sink: @escaping SignalSink) throws {
        let upgrader = NIOTypedWebSocketClientUpgrader<Void>(maxFrameSize: LoadLimits.messageBytes) { channel, _ in
            channel.eventLoop.makeCompletedFuture {
                let aggregator = NIOWebSocketFrameAggregator(
                    minNonFinalFragmentSize: 0, maxAccumulatedFrameCount: 1_024,
                    maxAccumulatedFrameSize: LoadLimits.messageBytes)
                try channel.pipeline.syncOperations.addHandlers(aggregator, SignalFrameHandler(sink: sink))
                sink(.opened(SignalConnection(channel)))
            }
        }
        let configuration = NIOTypedHTTPClientUpgradeConfiguration<Void>(
            upgradeRequestHead: head, upgraders: [upgrader],
            notUpgradingCompletionHandler: { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(RefusalReader(sink: sink))
                }
            })
        var pipeline = NIOUpgradableHTTPClientPipelineConfiguration(upgradeConfiguration: configuration)
        // A quick server's first message comes together with its consent to the upgrade.
        pipeline.leftOverBytesStrategy = .forwardBytes
        let upgraded = try channel.pipeline.syncOperations.configureUpgradableHTTPClientPipeline(
            configuration: pipeline)
        upgraded.whenFailure { _ in
            sink(.failed(.signalLost))
            channel.close(promise: nil)
        }
    }

    private static func text(_ error: any Error) -> String {
        if let error = error as? NIOConnectionError {
            if let single = error.connectionErrors.first { return text(single.error) }
            return "\(error.host) is unknown"
        }
        if let error = error as? IOError {
            return error.errnoCode == ECONNREFUSED ? "connection refused" : "\(error)"
        }
        if case .connectTimeout? = error as? ChannelError {
            return "no connection within \(LoadLimits.connectSeconds) s"
        }
        return "\(error)"
    }
}
