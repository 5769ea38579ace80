// When the steps of a join were done.

import Basics

struct JoinTimes: Hashable, Sendable {
    /// The connection to the server was begun.
    var started: MonotonicTime
    var signalOpened: MonotonicTime?
    var joined: MonotonicTime?
    /// ICE and DTLS stood.
    var connected: MonotonicTime?
    /// All of the participant's own tracks were accepted.
    var published: MonotonicTime?
    /// Others' tracks that the server named when it let the participant in.
    var audioTracksAtJoin = 0
    var videoTracksAtJoin = 0
}
