// Cross-origin requests (Fetch standard, "CORS protocol"): pages of other sites use this server with their own token.

import HTTPTypes
import HummingbirdCore

enum CrossOrigin {
    /// Lets pages of any site read the answer. Credentials are never sent: tokens are no cookies.
    static func allow(_ headers: inout HTTPFields) {
        headers[.accessControlAllowOrigin] = "*"
        headers[.accessControlExposeHeaders] = "*"
    }

    /// The answer to a preflight. The wildcard would not cover `Authorization`, so the wish is repeated.
    static func preflight(wishedHeaders: String?) -> Response {
        var headers: HTTPFields = [
            .accessControlAllowMethods: "OPTIONS, HEAD, GET, POST, PATCH, DELETE",
            .accessControlMaxAge: "7200",
            .vary: "Access-Control-Request-Headers",
        ]
        headers[.accessControlAllowHeaders] = wishedHeaders ?? "*"
        allow(&headers)
        return Response(status: .noContent, headers: headers)
    }
}
