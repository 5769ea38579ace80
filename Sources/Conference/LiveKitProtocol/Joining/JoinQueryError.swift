// What can be wrong with the query string of a join.

/// Why the parameters of `/rtc` or `/rtc/v1` are refused (HTTP 400), with a sentence for the client's developer.
public enum JoinQueryError: Error, Hashable, Sendable {
    case missingJoinRequest
    case tooLarge(parameter: String, maximumBytes: Int)
    case undecodable(parameter: String)
    case unsupportedCompression
    case unsupportedParameter(String)
}

extension JoinQueryError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .missingJoinRequest:
            // The words that clients know from this protocol.
            "join_request is required"
        case .tooLarge(let parameter, let maximum):
            "\(parameter) is too large: at most \(maximum) bytes are accepted"
        case .undecodable(let parameter):
            "\(parameter) cannot be decoded"
        case .unsupportedCompression:
            "join_request uses a compression that is not supported: send it with gzip or without"
        case .unsupportedParameter(let parameter):
            "\(parameter) is not supported"
        }
    }
}
