// Every HTTP request that is not a WebSocket: looks up, calls and passes on.

import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdCore
import NIOCore

struct GatewayResponder: HTTPResponder {
    typealias Context = GatewayRequestContext

    let doorkeeper: Doorkeeper
    let guestTokens: GuestTokens
    let files: StaticFiles

    func respond(to request: Request, context: Context) async throws -> Response {
        guard let target = RequestTarget(request.head.path ?? "") else {
            return Self.text("The request's path or query is too long or not valid.", .badRequest)
        }
        let route = Route(target)
        if request.method == .options { return preflight(request, route) }
        var response = await self.response(to: request, target, route, context)
        // Guest tokens are for our own page: a page of another site must not make a visitor's browser fetch one.
        if !route.isSameOriginOnly { CrossOrigin.allow(&response.headers) }
        if request.method == .head {
            response.body = ResponseBody(contentLength: response.body.contentLength ?? 0) { _ in }
        }
        return response
    }

    private func response(
        to request: Request, _ target: RequestTarget, _ route: Route, _ context: Context
    ) async -> Response {
        switch (route, request.method) {
        case (.validate(let version), .get), (.validate(let version), .head):
            return await validate(version, target, request, context)
        case (.signal, _):
            // As clients know it: only WebSockets lead anywhere here.
            return Self.text("This address is for WebSockets.", .notFound)
        case (.guestToken(let room), .post):
            return await guestToken(for: room, request)
        case (.health, .get), (.health, .head):
            return Self.text("OK", .ok)
        case (.file(let name), .get), (.file(let name), .head):
            return files.response(for: name, ifNoneMatch: request.headers[.ifNoneMatch])
                ?? Self.text("There is nothing at this address.", .notFound)
        default:
            var response = Self.text("This method is not allowed here.", .methodNotAllowed)
            response.headers[.allow] = route.methods
            return response
        }
    }

    private func validate(
        _ version: SignalVersion, _ target: RequestTarget, _ request: Request, _ context: Context
    ) async -> Response {
        let result = await doorkeeper.admit(
            version, target, authorization: request.headers[.authorization], address: context.address,
            atSeconds: Int64(Date().timeIntervalSince1970))
        switch result {
        case .success: return Self.text("success", .ok)
        case .failure(let refusal): return Self.text(refusal.text, .init(code: refusal.status))
        }
    }

    private func guestToken(for room: String, _ request: Request) async -> Response {
        guard let body = try? await request.body.collect(upTo: GatewayLimits.bodyBytes) else {
            return Problem(
                .contentTooLarge, detail: "At most \(GatewayLimits.bodyBytes) bytes of JSON are accepted."
            ).response
        }
        return guestTokens.response(
            for: room, body: Array(body.readableBytesView), contentType: request.headers[.contentType],
            atSeconds: Int64(Date().timeIntervalSince1970))
    }

    private func preflight(_ request: Request, _ route: Route) -> Response {
        if route.isSameOriginOnly {
            // The page asks before it invites anybody: without guest tokens, its address alone leads nowhere.
            return Response(status: .noContent, headers: [.allow: guestTokens.isAllowed ? route.methods : "OPTIONS"])
        }
        return CrossOrigin.preflight(
            wishedHeaders: request.headers[HTTPField.Name("Access-Control-Request-Headers")!])
    }

    private static func text(_ text: String, _ status: HTTPResponse.Status) -> Response {
        Response(
            status: status, headers: [.contentType: "text/plain; charset=utf-8", .cacheControl: "no-store"],
            body: ResponseBody(byteBuffer: ByteBuffer(string: text)))
    }
}

extension Route {
    var isSameOriginOnly: Bool {
        if case .guestToken = self { true } else { false }
    }

    /// For `Allow`.
    var methods: String {
        switch self {
        case .guestToken: "OPTIONS, POST"
        default: "OPTIONS, HEAD, GET"
        }
    }
}

struct GatewayRequestContext: RequestContext {
    var coreContext: CoreRequestContextStorage
    /// The client's network address, without port.
    let address: String

    init(source: ApplicationRequestContextSource) {
        coreContext = CoreRequestContextStorage(source: source)
        address = source.channel.remoteAddress?.ipAddress ?? ""
    }
}
