import Conference
import MediaInterface
import Synchronization
import Testing

@testable import Rooms

@Suite struct RefusedCommandsTests {
    /// A media thread that takes commands only while it is told to.
    private final class BusyPort: MediaPort {
        private struct State {
            var takes = true
            var taken: [PeerID] = []
            var messages = 0
        }
        private let state = Mutex(State())
        let local = RecordingPort(port: 1).local
        var taken: [UInt64] { state.withLock { $0.taken.map(\.rawValue) } }
        var messages: Int { state.withLock { $0.messages } }

        func setTakes(_ takes: Bool) { state.withLock { $0.takes = takes } }

        func submit(_ commands: [MediaCommand]) -> Bool {
            state.withLock { state in
                guard state.takes else { return false }
                for command in commands {
                    switch command {
                    case .removePeer(let id): state.taken.append(id)
                    case .sendData: state.messages += 1
                    default: break
                    }
                }
                return true
            }
        }
    }

    private func remove(_ id: UInt64) -> MediaCommand { .removePeer(PeerID(id)) }

    @Test func orderIsKeptOverARefusal() {
        let port = BusyPort()
        var refused = RefusedCommands()
        var verdicts = [refused.submit([remove(1)], to: port)]
        port.setTakes(false)
        verdicts.append(refused.submit([remove(2), .sendData([], label: "x", payload: [1])], to: port))
        verdicts.append(refused.submit([remove(3)], to: port))
        #expect(!refused.isEmpty)
        port.setTakes(true)
        verdicts.append(refused.submit([remove(4)], to: port))
        #expect(verdicts == [.taken, .waiting, .waiting, .taken])
        #expect(port.taken == [1, 2, 3, 4])
        #expect(port.messages == 0)
        #expect(refused.isEmpty)
    }

    @Test func whatWaitsIsBounded() {
        let port = BusyPort()
        port.setTakes(false)
        var refused = RefusedCommands(limit: 2)
        let verdicts = [refused.submit([remove(1), remove(2)], to: port), refused.submit([remove(3)], to: port)]
        #expect(verdicts == [.waiting, .lost])
        port.setTakes(true)
        let isEmptied = refused.retry(to: port)
        #expect(isEmptied)
        #expect(port.taken == [1, 2])
    }
}
