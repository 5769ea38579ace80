// What went wrong, in a sentence that says what to look at.

import Basics

enum LoadFailure: Error, Hashable, Sendable {
    /// The URL cannot be used; with the reason.
    case unusableURL(String, reason: String)
    /// Not this machine, and `--allow-remote` was not given.
    case remoteTarget(String)
    case tooFewDescriptors(needed: Int, limit: Int)
    case noSuchProcess(Int32)
    case cannotOpenSocket(String)

    case nothingListens(url: String, reason: String)
    case refused(status: Int, body: String)
    case noAnswer(step: String, seconds: Int)
    /// The server ended the session; with its reason.
    case dismissed(reason: String)
    case signalLost
    case unusableAnswer(String)
    case publicationRefused(String)
    case noMedia(seconds: Int)
    case mediaFailed(String)
    case unusableToken(String)

    var isBeforeStart: Bool {
        switch self {
        case .unusableURL, .remoteTarget, .tooFewDescriptors, .noSuchProcess, .cannotOpenSocket: true
        default: false
        }
    }
}

extension LoadFailure: CustomStringConvertible {
    var description: String {
        switch self {
        case .unusableURL(let url, let reason): "\(url) is no usable server address: \(reason)."
        case .remoteTarget(let host):
            "\(host) is not this machine. Load on other machines needs --allow-remote, and their owner's consent."
        case .tooFewDescriptors(let needed, let limit):
            "This run needs \(needed) open files, the limit is \(limit): raise it with `ulimit -n \(needed)`"
                + " or ask for fewer participants."
        case .noSuchProcess(let pid): "There is no process \(pid) to measure (--server-pid)."
        case .cannotOpenSocket(let reason): "No UDP socket can be opened: \(reason)."
        case .nothingListens(let url, let reason): "Nothing answers at \(url): \(reason). Is the server running?"
        case .refused(let status, let body):
            "The server refused to let a participant in: HTTP \(status)\(body.isEmpty ? "" : ", \(body)")"
                + (body.hasSuffix(".") ? "" : ".")
        case .noAnswer(let step, let seconds): "The server did not send \(step) within \(seconds) s."
        case .dismissed(let reason): "The server ended a session: \(reason)."
        case .signalLost: "The server closed a signaling connection."
        case .unusableAnswer(let reason): "The server's session description cannot be used: \(reason)."
        case .publicationRefused(let reason): "The server refused a track: \(reason)."
        case .noMedia(let seconds): "No media path came up within \(seconds) s (ICE or DTLS)."
        case .mediaFailed(let reason): "A media path failed: \(reason)."
        case .unusableToken(let reason): "No access token can be made: \(reason)."
        }
    }
}
