struct CacheLocation: Hashable, Sendable {
    var chunk: UInt16 = 0
    var generation: UInt32 = 0
    var offset: UInt32 = 0
}
