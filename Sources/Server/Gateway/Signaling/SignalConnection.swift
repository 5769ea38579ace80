// One WebSocket of a participant: frames to requests, notifications to frames, keep-alive, and an orderly end.

import Conference
import Foundation
import LiveKitProtocol
import Logging
import NIOCore
import NIOWebSocket
import Synchronization

/// Serves one WebSocket from its first message to its last. Three tasks share it: one reads, one tells, one watches.
final class SignalConnection: Sendable {
    typealias Inbound = NIOAsyncChannelInboundStream<WebSocketFrame>
    typealias Outbound = NIOAsyncChannelOutboundWriter<WebSocketFrame>

    private struct State {
        var translator: SignalTranslator
        var lastHeard: ContinuousClock.Instant
        var allowance: MessageAllowance
        var malformedMessages = 0
        var pendingWrites = 0
        /// When the last write began or ended; says something only while one is pending.
        var lastWrite: ContinuousClock.Instant
        var hasLeft = false
        var isClosing = false
    }
    private let state: Mutex<State>
    private let session: any SignalSession
    private let outbound: Outbound
    private let timing: SignalTiming
    private let counters: GatewayCounters
    private let logger: Logger
    private let clock = ContinuousClock()

    init(
        session: any SignalSession, mapping: NotificationMapping, outbound: Outbound,
        timing: SignalTiming, counters: GatewayCounters, logger: Logger
    ) {
        self.session = session
        self.outbound = outbound
        self.timing = timing
        self.counters = counters
        self.logger = logger
        let now = clock.now
        state = Mutex(
            State(
                translator: SignalTranslator(mapping: mapping), lastHeard: now, allowance: timing.allowance(at: now),
                lastWrite: now))
    }

    private enum Event: Sendable {
        case ended(SignalEnding, byReader: Bool)
        case closeFrameSent
        case graceIsOver
    }

    /// Returns when everything is said, or nothing can be said any more.
    func run(_ inbound: Inbound) async -> SignalEnding {
        await withTaskGroup(of: Event.self) { group in
            group.addTask { .ended(await self.read(inbound), byReader: true) }
            group.addTask { .ended(await self.tell(), byReader: false) }
            group.addTask { .ended(await self.watch(), byReader: false) }
            guard case .ended(let ending, let byReader) = await group.next() else { return .failed }

            let hasLeft = state.withLock { state in
                state.isClosing = true
                return state.hasLeft
            }
            if !hasLeft, ending != .finished, ending != .detached { await session.signalLost() }
            if let (code, reason) = ending.closeFrame {
                group.addTask {
                    try? await self.write(.close(code, reason: reason, allocator: ByteBufferAllocator()))
                    return .closeFrameSent
                }
                group.addTask {
                    try? await Task.sleep(for: self.timing.closeGrace)
                    return .graceIsOver
                }
                // The client's own close frame, or the end of its socket, shows that it has read ours.
                var clientIsDone = byReader, frameIsSent = false
                while !(clientIsDone && frameIsSent), let event = await group.next() {
                    if case .ended(_, byReader: true) = event { clientIsDone = true }
                    if case .closeFrameSent = event { frameIsSent = true }
                    if case .graceIsOver = event { break }
                }
            }
            group.cancelAll()
            return ending
        }
    }

    // MARK: Reading

    private func read(_ inbound: Inbound) async -> SignalEnding {
        do {
            for try await frame in inbound {
                state.withLock { $0.lastHeard = clock.now }
                switch frame.opcode {
                case .binary, .text:
                    if let ending = await handle(frame) { return ending }
                case .ping:
                    try await write(WebSocketFrame(fin: true, opcode: .pong, data: frame.unmaskedData))
                case .connectionClose:
                    var data = frame.unmaskedData
                    return .closedByClient(data.readWebSocketErrorCode() ?? .normalClosure)
                default:
                    break
                }
            }
        } catch {
            logger.debug("the socket broke", metadata: ["error": "\(error)"])
            return SignalEnding(error)
        }
        return .gone
    }

    /// Nil when the WebSocket goes on.
    private func handle(_ frame: WebSocketFrame) async -> SignalEnding? {
        let wait = state.withLock { $0.allowance.take(frame.data.readableBytes, at: clock.now) }
        if wait > .zero {
            counters.count(\.slowedMessages)
            guard (try? await Task.sleep(for: wait)) != nil else { return .gone }
        }
        let received: SignalTranslator.Received
        do {
            guard let message = SignalFrame(frame) else { throw SignalFrameError.malformed(.text) }
            let next = try state.withLock { state -> SignalTranslator.Received? in
                if state.isClosing || state.hasLeft { return nil }
                return try state.translator.receive(message, atMilliseconds: Self.nowMilliseconds)
            }
            guard let next else { return nil }
            received = next
        } catch let error as SignalFrameError {
            return refuse(error)
        } catch {
            return .failed
        }
        do {
            for answer in received.answers { try await send(answer) }
        } catch {
            return .gone
        }
        if let request = received.request {
            if case .leave = request { state.withLock { $0.hasLeft = true } }
            await session.request(request)
        }
        return nil
    }

    private func refuse(_ error: SignalFrameError) -> SignalEnding? {
        counters.count(\.malformedMessages)
        if case .tooLarge = error { return .tooLarge("\(error)") }
        let count = state.withLock { state in
            state.malformedMessages += 1
            return state.malformedMessages
        }
        logger.debug("unreadable message", metadata: ["error": "\(error)", "count": "\(count)"])
        return count > GatewayLimits.malformedMessages ? .malformed("\(error)") : nil
    }

    // MARK: Telling

    private func tell() async -> SignalEnding {
        for await notification in session.notifications {
            do {
                try await send(notification)
            } catch {
                return .gone
            }
            if case .left = notification { return .finished }
        }
        return state.withLock { $0.hasLeft } ? .finished : .detached
    }

    private func send(_ notification: ParticipantNotification) async throws {
        let frame = state.withLock {
            $0.translator.frame(for: notification, atMilliseconds: Self.nowMilliseconds)
        }
        try await send(frame)
    }

    private func send(_ frame: SignalFrame) async throws {
        switch frame {
        case .binary(let bytes):
            try await write(WebSocketFrame(fin: true, opcode: .binary, data: ByteBuffer(bytes: bytes)))
        case .text(let text):
            try await write(WebSocketFrame(fin: true, opcode: .text, data: ByteBuffer(string: text)))
        }
    }

    /// Waits while the client does not read.
    private func write(_ frame: WebSocketFrame) async throws {
        state.withLock { state in
            if state.pendingWrites == 0 { state.lastWrite = clock.now }
            state.pendingWrites += 1
        }
        defer {
            state.withLock { state in
                state.pendingWrites -= 1
                state.lastWrite = clock.now
            }
        }
        try await outbound.write(frame)
    }

    // MARK: Keep-alive

    private func watch() async -> SignalEnding {
        while (try? await Task.sleep(for: timing.ping)) != nil {
            let now = clock.now
            let state = self.state.withLock { $0 }
            if now - state.lastHeard >= timing.silence { return .silent }
            if state.pendingWrites > 0 {
                // A ping would only wait behind what the client does not read.
                if now - state.lastWrite >= timing.stall { return .stalled }
                continue
            }
            do {
                try await write(WebSocketFrame(fin: true, opcode: .ping, data: ByteBuffer()))
            } catch {
                return .gone
            }
        }
        return .gone
    }

    private static var nowMilliseconds: Int64 { Int64(Date().timeIntervalSince1970 * 1_000) }
}

/// How often, how long and how many; less in tests.
struct SignalTiming: Sendable {
    var ping = Duration.seconds(GatewayLimits.pingSeconds)
    var silence = Duration.seconds(GatewayLimits.silenceSeconds)
    var stall = Duration.seconds(GatewayLimits.stallSeconds)
    var messageBurst = GatewayLimits.messageBurst
    var messagesPerSecond = GatewayLimits.messagesPerSecond
    var bytesBurst = GatewayLimits.signalBytesBurst
    var bytesPerSecond = GatewayLimits.signalBytesPerSecond
    var closeGrace = Duration.milliseconds(GatewayLimits.closeMilliseconds)

    func allowance(at now: ContinuousClock.Instant) -> MessageAllowance {
        MessageAllowance(
            burst: messageBurst, perSecond: messagesPerSecond, bytesBurst: bytesBurst, bytesPerSecond: bytesPerSecond,
            at: now)
    }
}

extension SignalFrame {
    /// Nil for text that is not UTF-8.
    init?(_ frame: WebSocketFrame) {
        let bytes = Array(frame.unmaskedData.readableBytesView)
        if frame.opcode == .binary {
            self = .binary(bytes)
        } else if let text = String(validating: bytes, as: UTF8.self) {
            self = .text(text)
        } else {
            return nil
        }
    }
}
