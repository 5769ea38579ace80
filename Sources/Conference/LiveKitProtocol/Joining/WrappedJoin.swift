// The join request of `/rtc/v1`: base64url around a protobuf envelope around an often compressed protobuf.

import Foundation
public import LiveKitWire
import SwiftProtobuf

extension WireJoinRequest {
    /// Decodes the value of the query parameter `join_request`.
    /// - Parameter text: base64url, with or without padding; nil when the parameter is absent.
    public init(wrapped text: String?) throws(JoinQueryError) {
        let parameter = "join_request"
        guard let text, !text.isEmpty else { throw .missingJoinRequest }
        guard text.utf8.count <= WireLimits.joinRequestTextBytes else {
            throw .tooLarge(parameter: parameter, maximumBytes: WireLimits.joinRequestTextBytes)
        }
        guard let envelope = Base64URL.decode(text),
            let wrapped = try? WireWrappedJoinRequest(serializedBytes: envelope, options: WireCoding.binaryDecoding)
        else { throw .undecodable(parameter: parameter) }
        let content: [UInt8]
        switch wrapped.compression {
        case .none:
            content = Array(wrapped.joinRequest)
        case .gzip:
            do {
                content = try Gzip.decompress(
                    Array(wrapped.joinRequest), maximumBytes: WireLimits.joinRequestBytes)
            } catch .tooLarge {
                throw .tooLarge(parameter: parameter, maximumBytes: WireLimits.joinRequestBytes)
            } catch {
                throw .undecodable(parameter: parameter)
            }
        case .UNRECOGNIZED:
            throw .unsupportedCompression
        }
        guard let request = try? WireJoinRequest(serializedBytes: content, options: WireCoding.binaryDecoding) else {
            throw .undecodable(parameter: parameter)
        }
        self = request
    }

    /// The value of the query parameter, as clients make it.
    public func wrapped(compressed: Bool) -> String {
        var envelope = WireWrappedJoinRequest()
        let content: [UInt8] = serialized(self)
        envelope.compression = compressed ? .gzip : .none
        envelope.joinRequest = Data(compressed ? Gzip.compress(content) : content)
        let text = Base64URL.encode(serialized(envelope))
        return text + String(repeating: "=", count: (4 - text.utf8.count % 4) % 4)
    }
}
