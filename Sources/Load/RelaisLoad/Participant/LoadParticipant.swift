// Runs one participant: carries its state machine's effects out, brings it what happens.

import Basics
import LiveKitWire
import MediaInterface
import SecureTransport

/// What all participants of a run share.
struct LoadEnvironment: Sendable {
    var client: SignalingClient
    var loops: [MediaLoop]
    var board: RunBoard
    var fingerprint: DTLSFingerprint
    var allowsRemote: Bool
    var seed: UInt64
    /// An access token for a participant.
    var token: @Sendable (ParticipantPlan) throws -> String

    func loop(of participant: Int) -> MediaLoop { loops[participant % loops.count] }
}

struct LoadParticipant: Sendable {
    private enum Event: Sendable {
        case input(ParticipantSession.Input)
        case opened(SignalConnection)
        case leave
    }

    private let plan: ParticipantPlan
    private let environment: LoadEnvironment
    private let events: AsyncStream<Event>
    private let inbox: AsyncStream<Event>.Continuation
    private static let tickMilliseconds = 200

    init(plan: ParticipantPlan, environment: LoadEnvironment) {
        self.plan = plan
        self.environment = environment
        (events, inbox) = AsyncStream.makeStream()
    }

    /// Joins, and stays until the task is cancelled or the session ends; then says good-bye.
    func run() async {
        await withTaskGroup(of: Void.self) { group in
            group.addTask {
                while (try? await Task.sleep(for: .milliseconds(Self.tickMilliseconds))) != nil {
                    inbox.yield(.input(.tick))
                }
                inbox.yield(.leave)
            }
            await follow()
            group.cancelAll()
        }
    }

    private func follow() async {
        var random = SeededRandom(seed: environment.seed ^ (UInt64(plan.index) &+ 1) &* 0x9e37_79b9_7f4a_7c15)
        let transport = ClientTransport(
            credentials: ICECredentials(random: &random), fingerprint: environment.fingerprint)
        var session = ParticipantSession(
            plan: plan, connection: ClientPeerConnection(transport: transport, sessionID: random.next() >> 2),
            publications: plan.publications(using: &random), at: LoadClock.now())
        environment.board.note(plan.index, .joining, session.times)
        open(&session)
        var signal: SignalConnection?
        for await event in events {
            guard let input = input(of: event, &signal) else { break }
            let effects = session.handle(input, at: LoadClock.now())
            for effect in effects { carryOut(effect, of: session, signal: signal) }
            if session.stage == .ended { break }
        }
        environment.loop(of: plan.index).post(.close(participant: plan.index))
        signal?.send(.goodbye)
        signal?.close()
    }

    /// Nil when it is time to leave.
    private func input(of event: Event, _ signal: inout SignalConnection?) -> ParticipantSession.Input? {
        switch event {
        case .leave: return nil
        case .opened(let connection):
            signal = connection
            return .signalOpened
        case .input(let input): return input
        }
    }

    private func open(_ session: inout ParticipantSession) {
        let inbox = inbox
        do {
            let token = try environment.token(plan)
            environment.client.open(session.joinRequest(), token: token) { event in
                switch event {
                case .opened(let connection): inbox.yield(.opened(connection))
                case .failed(let failure): inbox.yield(.input(.signalFailed(failure)))
                case .message(let message): inbox.yield(.input(.message(message)))
                case .closed: inbox.yield(.input(.signalClosed))
                }
            }
        } catch {
            inbox.yield(.input(.signalFailed(.unusableToken("\(error)"))))
        }
    }

    private func carryOut(
        _ effect: ParticipantSession.Effect, of session: ParticipantSession, signal: SignalConnection?
    ) {
        let loop = environment.loop(of: plan.index)
        let inbox = inbox
        switch effect {
        case .send(let request): signal?.send(request)
        case .openMedia(let server, let candidate):
            let setup = MediaSetup(
                participant: plan.index, server: candidate, local: session.connection.transport.credentials,
                remote: server, allowsRemote: environment.allowsRemote
            ) { notice in
                switch notice {
                case .connected(let time): inbox.yield(.input(.mediaConnected(time)))
                case .failed(let failure): inbox.yield(.input(.mediaFailed(failure)))
                }
            }
            loop.post(.open(setup))
        case .receive(let streams, let extensions):
            loop.post(.receive(participant: plan.index, streams, extensions))
        case .publish(let publication): loop.post(.publish(participant: plan.index, publication))
        case .ready: environment.board.note(plan.index, .ready, session.times)
        case .end(let failure): environment.board.note(plan.index, .failed(failure), session.times)
        }
    }
}

extension ICECredentials {
    /// As many random characters as browsers take, and some more.
    init(random: inout SeededRandom) {
        let alphabet = Array("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+/")
        func text(_ count: Int) -> String { String((0..<count).map { _ in alphabet[Int(random.next() >> 58)] }) }
        self.init(usernameFragment: text(8), password: text(24))
    }
}

extension ParticipantPlan {
    /// The tracks that the plan asks for, with fresh source identifiers.
    func publications(using random: inout SeededRandom) -> [Publication] {
        func source() -> UInt32 { UInt32.random(in: 1...UInt32.max, using: &random) }
        var publications: [Publication] = []
        if publishesAudio {
            let cid = "\(identity)-microphone"
            publications.append(Publication(cid: cid, media: .audio, ssrc: source(), retransmissionSSRC: source()))
        }
        if publishesVideo {
            let media = Publication.Media.video(videoEncodings)
            let cid = "\(identity)-camera"
            publications.append(Publication(cid: cid, media: media, ssrc: source(), retransmissionSSRC: source()))
        }
        return publications
    }
}
