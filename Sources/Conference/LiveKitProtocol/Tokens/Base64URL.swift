// base64url (RFC 4648 section 5), the alphabet of tokens and of query parameters.

import Foundation

enum Base64URL {
    /// Without padding.
    static func encode(_ bytes: some Sequence<UInt8>) -> String {
        Data(bytes).base64EncodedString()
            .replacing("+", with: "-").replacing("/", with: "_").replacing("=", with: "")
    }

    /// With or without padding; nil for any character outside the alphabet or an impossible length.
    static func decode(_ text: some StringProtocol) -> [UInt8]? {
        var body = Array(text.utf8)
        var padding = 0
        while body.last == UInt8(ascii: "="), padding < 2 {
            body.removeLast()
            padding += 1
        }
        guard padding == 0 || (body.count + padding) % 4 == 0, body.count % 4 != 1 else { return nil }
        for index in body.indices {
            switch body[index] {
            case UInt8(ascii: "-"): body[index] = UInt8(ascii: "+")
            case UInt8(ascii: "_"): body[index] = UInt8(ascii: "/")
            case UInt8(ascii: "+"), UInt8(ascii: "/"), UInt8(ascii: "="): return nil
            default: break
            }
        }
        body.append(contentsOf: repeatElement(UInt8(ascii: "="), count: (4 - body.count % 4) % 4))
        return Data(base64Encoded: Data(body)).map { Array($0) }
    }
}
