// What a run needs to know beyond its profile.

struct LoadOptions: Sendable {
    var target: ServerTarget
    var apiKey: String
    var apiSecret: String
    var measuredSeconds: Int
    var serverPID: Int32?
    var allowsRemote = false
    var mediaThreads = 1
    var showsProgress = true
    /// Same seed, same sources and phases.
    var seed: UInt64
}
