// Refusals of the REST interface: problem details (RFC 9457).

import Foundation
import HTTPTypes
import HummingbirdCore
import NIOCore

struct Problem: Encodable, Sendable {
    let title: String
    let status: Int
    /// What to do about it, for the person who meets it.
    let detail: String

    init(_ status: HTTPResponse.Status, detail: String) {
        title = status.reasonPhrase
        self.status = status.code
        self.detail = detail
    }

    var response: Response {
        JSON.response(self, status: .init(code: status), contentType: "application/problem+json")
    }
}

enum JSON {
    static func response(
        _ value: some Encodable, status: HTTPResponse.Status, contentType: String = "application/json"
    ) -> Response {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        // Our own answers hold strings and numbers only.
        let body = try! encoder.encode(value)
        return Response(
            status: status, headers: [.contentType: contentType, .cacheControl: "no-store"],
            body: ResponseBody(byteBuffer: ByteBuffer(bytes: body)))
    }
}
