// What the server's two kinds of PeerConnections have in common: its own end of the transport, and what it knows of the
// other end.

import MediaInterface
import SDP

struct ConnectionHead: Sendable {
    let peer: PeerID
    let room: RoomID
    private let local: LocalTransport
    private(set) var credentials: ICECredentials
    var remote: RemoteTransport?
    var extensions = HeaderExtensionIDs()
    var sources = SourceAllocator()
    private let sessionID: UInt64
    private var sessionVersion: UInt64 = 0
    /// Candidates are trickled once for each pair of credentials.
    private var hasTrickled = false

    init(peer: PeerID, room: RoomID, local: LocalTransport, random: inout some RandomNumberGenerator) {
        self.peer = peer
        self.room = room
        self.local = local
        credentials = ICECredentials(random: &random)
        sessionID = UInt64.random(in: 1..<(1 << 62), using: &random)
    }

    /// New credentials for the next description (RFC 8839 section 4.4.1.1.1).
    mutating func renewCredentials(random: inout some RandomNumberGenerator) {
        credentials = ICECredentials(random: &random)
        hasTrickled = false
    }

    /// Another certificate is another transport, which needs another session.
    func check(_ offered: RemoteTransport) throws(NegotiationError) {
        if let remote, remote.fingerprint != offered.fingerprint { throw .transportReplaced }
    }

    // MARK: - Descriptions

    /// The next description, still without sections.
    mutating func nextDescription() -> SDPSession {
        sessionVersion += 1
        var session = SDPSession(sessionID: sessionID, sessionVersion: sessionVersion)
        session.isICELite = true
        session.mediaStreamSemantics = "WMS *"
        session.transport.fingerprints = [local.descriptionFingerprint]
        return session
    }

    func describe(_ section: inout SDPMediaSection, setup: SDPSetup) {
        section.transport.usernameFragment = credentials.usernameFragment
        section.transport.password = credentials.password
        section.transport.setup = setup
    }

    func describeData(_ section: inout SDPMediaSection) {
        section.sctpPort = 5_000
        section.maximumMessageSizeBytes = UInt64(MediaLimits.dataMessageBytes - 1)
    }

    /// For the section that stands for the whole bundle.
    func describeCandidates(_ section: inout SDPMediaSection) {
        section.candidates = local.descriptionCandidates
        section.hasEndOfCandidates = true
    }

    // MARK: - Trickling

    /// The candidates of a description once more, as messages: some clients look at these alone. Empty when they were
    /// told before.
    mutating func trickle(after description: SDPSession, to target: TransportTarget) -> [TrickledCandidate] {
        guard !hasTrickled, let index = description.sections.firstIndex(where: { !$0.candidates.isEmpty }) else {
            return []
        }
        hasTrickled = true
        let section = description.sections[index]
        return section.candidates.enumerated().map { number, candidate in
            TrickledCandidate(
                candidate: "\(candidate.attribute) ufrag \(credentials.usernameFragment)", sdpMid: section.mid,
                sdpMLineIndex: index, target: target, isFinal: number == section.candidates.count - 1)
        }
    }
}
