// Where the participants of a run stand, for whoever watches.

import Basics
import Synchronization

final class RunBoard: Sendable {
    enum State: Hashable, Sendable {
        case joining
        case ready
        /// Never became ready.
        case failed(LoadFailure)
        /// Was ready, and lost its session before the end.
        case lost(LoadFailure)
    }

    struct Entry: Hashable, Sendable {
        var state = State.joining
        var times: JoinTimes
    }

    struct Summary: Hashable, Sendable {
        var launched = 0
        var ready = 0
        var failed = 0
        var lost = 0
        var firstFailure: LoadFailure?

        var joining: Int { launched - ready - failed - lost }
        /// Nobody is or was in, and nobody is on the way.
        var isHopeless: Bool { launched > 0 && failed == launched }
        var hasLostEverybody: Bool { launched > 0 && ready == 0 && joining == 0 && lost > 0 }
    }

    private let entries = Mutex<[Int: Entry]>([:])

    func note(_ participant: Int, _ state: State, _ times: JoinTimes) {
        entries.withLock { entries in
            if case .failed(let failure) = state, case .ready? = entries[participant]?.state {
                entries[participant] = Entry(state: .lost(failure), times: times)
            } else {
                entries[participant] = Entry(state: state, times: times)
            }
        }
    }

    var all: [Int: Entry] { entries.withLock { $0 } }

    var summary: Summary {
        var summary = Summary()
        for (_, entry) in all.sorted(by: { $0.key < $1.key }) {
            summary.launched += 1
            switch entry.state {
            case .joining: break
            case .ready: summary.ready += 1
            case .failed(let failure):
                summary.failed += 1
                summary.firstFailure = summary.firstFailure ?? failure
            case .lost(let failure):
                summary.lost += 1
                summary.firstFailure = summary.firstFailure ?? failure
            }
        }
        return summary
    }
}
