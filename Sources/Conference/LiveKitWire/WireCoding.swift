// How the messages of this target are decoded and encoded. All other files here are generated from Proto/*.proto by
// Proto/generate; they are a target of their own because swift-protobuf's code does not mark what strict memory safety
// calls unsafe. Every other setting of the house holds.

public import SwiftProtobuf

/// Options for the LiveKit protocol's two encodings: binary protobuf and proto3 JSON.
public enum WireCoding {
    /// No message of the protocol nests deeper than about six; the bound keeps hostile input off the stack.
    public static let messageDepthLimit = 32

    /// Binary input: unknown fields are kept, nesting is bounded.
    public static let binaryDecoding: BinaryDecodingOptions = {
        var options = BinaryDecodingOptions()
        options.messageDepthLimit = messageDepthLimit
        return options
    }()

    /// JSON input: unknown fields are ignored (clients are newer than servers), nesting is bounded.
    public static let jsonDecoding: JSONDecodingOptions = {
        var options = JSONDecodingOptions()
        options.messageDepthLimit = messageDepthLimit
        options.ignoreUnknownFields = true
        return options
    }()

    /// JSON in camelCase without defaults: text frames and webhooks.
    public static let jsonEncoding = JSONEncodingOptions()

    /// JSON in snake_case: the server API's answers, as its clients know them. Defaults are left out, which proto3 JSON
    /// lets every reader fill in.
    public static let serverAPIJSONEncoding: JSONEncodingOptions = {
        var options = JSONEncodingOptions()
        options.preserveProtoFieldNames = true
        return options
    }()
}
