// Why the server does not start: one sentence that says what to do.

struct ConfigurationError: Error, Hashable, CustomStringConvertible {
    /// EX_CONFIG of sysexits.h: something is wrong with the configuration.
    static let exitCode: Int32 = 78

    let description: String
    init(_ description: String) { self.description = description }
}
