// The two encodings of a signaling message: binary frames with protobuf, text frames with proto3 JSON.

public import LiveKitWire
import SwiftProtobuf

/// A WebSocket message.
public enum SignalFrame: Hashable, Sendable {
    case binary([UInt8])
    case text(String)

    public enum Encoding: Hashable, Sendable { case binary, text }

    public var encoding: Encoding {
        switch self {
        case .binary: .binary
        case .text: .text
        }
    }
}

/// Why a message of a client cannot be read. The message is dropped; the door decides how many it puts up with.
public enum SignalFrameError: Error, Hashable, Sendable, CustomStringConvertible {
    case tooLarge(byteCount: Int)
    case malformed(SignalFrame.Encoding)

    public var description: String {
        switch self {
        case .tooLarge(let byteCount):
            "The signaling message has \(byteCount) bytes, at most \(WireLimits.signalMessageBytes) are accepted."
        case .malformed(.binary):
            "The signaling message is not a protobuf SignalRequest."
        case .malformed(.text):
            "The signaling message is not the JSON form of a SignalRequest."
        }
    }
}

extension SignalFrame {
    /// What a server reads.
    public func request() throws(SignalFrameError) -> WireSignalRequest { try decoded() }

    /// What a client reads.
    public func response() throws(SignalFrameError) -> WireSignalResponse { try decoded() }

    public init(_ message: WireSignalResponse, as encoding: Encoding) { self.init(encoding, message) }

    public init(_ message: WireSignalRequest, as encoding: Encoding) { self.init(encoding, message) }

    private func decoded<Message: SwiftProtobuf.Message>() throws(SignalFrameError) -> Message {
        do {
            switch self {
            case .binary(let bytes):
                guard bytes.count <= WireLimits.signalMessageBytes else {
                    throw SignalFrameError.tooLarge(byteCount: bytes.count)
                }
                return try Message(serializedBytes: bytes, options: WireCoding.binaryDecoding)
            case .text(let text):
                guard text.utf8.count <= WireLimits.signalMessageBytes else {
                    throw SignalFrameError.tooLarge(byteCount: text.utf8.count)
                }
                return try Message(jsonString: text, options: WireCoding.jsonDecoding)
            }
        } catch let error as SignalFrameError {
            throw error
        } catch {
            throw .malformed(encoding)
        }
    }

    private init(_ encoding: Encoding, _ message: some SwiftProtobuf.Message) {
        switch encoding {
        case .binary:
            self = .binary(serialized(message))
        case .text:
            // Fails only for extensions and `Any`, which the protocol does not have.
            self = .text(try! message.jsonString(options: WireCoding.jsonEncoding))
        }
    }
}

/// The message in protobuf. Fails only for missing proto2 fields and `Any`, which the protocol does not have, and
/// beyond 2 GB.
func serialized(_ message: some SwiftProtobuf.Message) -> [UInt8] { try! message.serializedBytes() }
