// A TCP connection of which the test writes and reads every byte: what a broken or hostile client would do.

import NIOCore
import NIOPosix

struct HTTPReply {
    var status: Int
    var headers: [String: String]
    var body: [UInt8]
    var text: String { String(decoding: body, as: UTF8.self) }
}

/// A WebSocket frame as it came.
struct WireFrame {
    var opcode: UInt8
    var payload: [UInt8]
    var closeCode: Int? { opcode == 8 && payload.count >= 2 ? Int(payload[0]) << 8 | Int(payload[1]) : nil }
    var closeReason: String { String(decoding: payload.dropFirst(2), as: UTF8.self) }
}

/// Use from one task at a time.
final class RawConnection {
    enum Failure: Error { case closed, malformed }
    private let channel: any Channel
    private var iterator: AsyncStream<ByteBuffer>.Iterator
    private var received: [UInt8] = []

    private final class Collector: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer
        let continuation: AsyncStream<ByteBuffer>.Continuation
        init(_ continuation: AsyncStream<ByteBuffer>.Continuation) { self.continuation = continuation }
        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            continuation.yield(Self.unwrapInboundIn(data))
        }
        func channelInactive(context: ChannelHandlerContext) { continuation.finish() }
        func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
    }

    init(to address: SocketAddress) async throws {
        let (stream, continuation) = AsyncStream<ByteBuffer>.makeStream()
        channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            // Little, so that a peer's writes come to a halt early when nothing is read.
            .channelOption(.socketOption(.so_rcvbuf), value: 65_536)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(Collector(continuation))
                }
            }
            .connect(to: address).get()
        iterator = stream.makeAsyncIterator()
    }

    func send(_ text: String) async throws { try await send(Array(text.utf8)) }
    func send(_ bytes: [UInt8]) async throws { try await channel.writeAndFlush(ByteBuffer(bytes: bytes)).get() }
    func close() async { try? await channel.close().get() }
    /// Reads nothing more, so that the peer's writes come to a halt.
    func stopReading() async throws { try await channel.setOption(.autoRead, value: false).get() }

    private func fill() async throws {
        guard let next = await iterator.next() else { throw Failure.closed }
        received.append(contentsOf: next.readableBytesView)
    }
    private func read(_ count: Int) async throws -> [UInt8] {
        while received.count < count { try await fill() }
        defer { received.removeFirst(count) }
        return Array(received.prefix(count))
    }
    /// True once the peer has closed; what it still sent is dropped.
    func isClosedByPeer() async -> Bool {
        while await iterator.next() != nil {}
        return true
    }

    // MARK: HTTP

    func reply(bodyFollows: Bool = true) async throws -> HTTPReply {
        let end = Array("\r\n\r\n".utf8)
        var length: Int?
        while length == nil {
            if received.count >= 4 {
                length = (0...(received.count - 4)).first { Array(received[$0..<$0 + 4]) == end }
            }
            if length == nil { try await fill() }
        }
        let lines = String(decoding: try await read(length! + 4), as: UTF8.self).split(separator: "\r\n")
        var headers: [String: String] = [:]
        for line in lines.dropFirst() {
            let parts = line.split(separator: ":", maxSplits: 1)
            headers[parts[0].lowercased()] = parts.count > 1 ? parts[1].trimmingPrefix(" ").description : ""
        }
        guard let status = Int(lines[0].split(separator: " ")[1]) else { throw Failure.malformed }
        let count = bodyFollows && status != 101 && status != 304 ? Int(headers["content-length"] ?? "") ?? 0 : 0
        return HTTPReply(status: status, headers: headers, body: try await read(count))
    }

    func get(_ target: String, method: String = "GET", headers: [String: String] = [:], body: String = "") async throws
        -> HTTPReply
    {
        var head = "\(method) \(target) HTTP/1.1\r\nHost: localhost\r\n"
        for (name, value) in headers { head += "\(name): \(value)\r\n" }
        if !body.isEmpty { head += "Content-Length: \(body.utf8.count)\r\n" }
        try await send(head + "\r\n" + body)
        return try await reply(bodyFollows: method != "HEAD")
    }

    func upgrade(_ target: String, headers: [String: String] = [:]) async throws -> HTTPReply {
        try await get(
            target,
            headers: headers.merging([
                "Upgrade": "websocket", "Connection": "Upgrade", "Sec-WebSocket-Version": "13",
                "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
            ]) { own, _ in own })
    }

    // MARK: WebSocket (RFC 6455 section 5.2)

    func sendFrame(opcode: UInt8, _ payload: [UInt8], isFinal: Bool = true, isMasked: Bool = true) async throws {
        try await send(Self.encoded(opcode: opcode, payload, isFinal: isFinal, isMasked: isMasked))
    }

    static func encoded(opcode: UInt8, _ payload: [UInt8], isFinal: Bool = true, isMasked: Bool = true) -> [UInt8] {
        var frame: [UInt8] = [(isFinal ? 0x80 : 0) | opcode]
        let mask: UInt8 = isMasked ? 0x80 : 0
        switch payload.count {
        case ..<126: frame.append(mask | UInt8(payload.count))
        case ..<65_536: frame += [mask | 126, UInt8(payload.count >> 8), UInt8(payload.count & 255)]
        default:
            frame.append(mask | 127)
            frame += (0..<8).map { UInt8(truncatingIfNeeded: payload.count >> (56 - 8 * $0)) }
        }
        // Masking megabytes in an unoptimized build would hold up the other tests: the zero key changes nothing.
        let isPlain = !isMasked || payload.count > 65_536
        let key: [UInt8] = isPlain ? [0, 0, 0, 0] : [0x12, 0x34, 0x56, 0x78]
        if isMasked { frame += key }
        frame += isPlain ? payload : payload.indices.map { payload[$0] ^ key[$0 % 4] }
        return frame
    }

    func frame() async throws -> WireFrame {
        let head = try await read(2)
        let short = Int(head[1] & 0x7F)
        let extended = short == 126 ? 2 : short == 127 ? 8 : 0
        let count = extended == 0 ? short : try await read(extended).reduce(0) { $0 << 8 | Int($1) }
        return WireFrame(opcode: head[0] & 0x0F, payload: try await read(count))
    }
}
