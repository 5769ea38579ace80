// Who may come in: token, query and room, checked in one way for the WebSocket and for its `/validate`.

import Conference
import LiveKitProtocol
import LiveKitWire

struct Doorkeeper: Sendable {
    let keys: KeyRing
    let entrance: any Entrance

    /// - Parameters:
    ///   - authorization: The header's value.
    ///   - address: The client's network address, without port.
    func admit(
        _ version: SignalVersion, _ target: RequestTarget, authorization: String?, address: String,
        atSeconds nowSeconds: Int64
    ) async -> Result<JoinRequest, Refusal> {
        do {
            let text = Self.bearer(authorization) ?? target.parameters["access_token"] ?? ""
            let grants = try AccessToken.verified(text, by: keys, atSeconds: nowSeconds).joinGrants()
            let wire =
                switch version {
                case .v0: try WireJoinRequest(queryParameters: target.parameters)
                case .v1: try WireJoinRequest(wrapped: target.parameters["join_request"])
                }
            let request = JoinRequest(
                wire, grants: grants, mode: version == .v0 ? .dual : .single, address: address)
            try await entrance.check(request)
            return .success(request)
        } catch {
            return .failure(Refusal(error))
        }
    }

    private static func bearer(_ authorization: String?) -> String? {
        guard let authorization, authorization.lowercased().hasPrefix("bearer ") else { return nil }
        return String(authorization.dropFirst(7).drop { $0 == " " })
    }
}

extension Refusal {
    init(_ error: any Error) {
        switch error {
        case let error as AccessTokenError:
            self.init(status: error.httpStatus, text: "\(error)")
        case let error as JoinQueryError:
            self.init(status: 400, text: "\(error)")
        case let refusal as JoinRefusal:
            self.init(refusal)
        default:
            self.init(status: 500, text: "The server failed to read this request.")
        }
    }

    init(_ refusal: JoinRefusal) {
        switch refusal {
        case .roomNotFound:
            // Browsers read these very words: without them they take 404 for "no /rtc/v1 here" and try /rtc.
            self.init(status: 404, text: "requested room does not exist")
        case .roomFull(let limit):
            // 401 and 403 are what makes clients give up instead of knocking again at once.
            self.init(status: 403, text: "The room is full: at most \(limit) participants are allowed.")
        case .serverFull:
            self.init(status: 503, text: "The server is full: try again later.")
        case .shuttingDown:
            self.init(status: 503, text: "The server is restarting: try again in a few seconds.")
        case .invalid(let reason):
            self.init(status: 400, text: reason)
        }
    }
}
