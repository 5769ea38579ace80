// A session description in parsed form, made at most once however many look at it.

import SDP
import Synchronization

/// Shared by the copies of a description. Whoever asks first parses; the rooms come later and find it done.
final class ParsedDescription: Sendable {
    private let result = Mutex<Result<SDPSession, NegotiationError>?>(nil)

    func session(of text: String) throws(NegotiationError) -> SDPSession {
        try result.withLock { known in
            let session = known ?? Self.parse(text)
            known = session
            return session
        }.get()
    }

    private static func parse(_ text: String) -> Result<SDPSession, NegotiationError> {
        do throws(NegotiationError) {
            return .success(try SDPSession.received(text))
        } catch {
            return .failure(error)
        }
    }

    var isDone: Bool { result.withLock { $0 != nil } }
}

extension SessionDescription {
    /// The description within the bounds of the conference.
    func session() throws(NegotiationError) -> SDPSession { try parsed.session(of: sdp) }

    /// Parses now, on the caller's time: a large description takes milliseconds that a room's actor does not have.
    public func prepare() { _ = try? session() }

    /// Nobody will have to parse.
    public var isPrepared: Bool { parsed.isDone }
}

extension ParticipantRequest {
    /// Does ahead what the room would otherwise do on its own time.
    public func prepare() {
        switch self {
        case .offer(let description), .answer(let description): description.prepare()
        default: break
        }
    }
}
