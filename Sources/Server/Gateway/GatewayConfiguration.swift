// What the doors need to know of the site.

public import LiveKitProtocol

public struct GatewayConfiguration: Sendable {
    /// Numeric addresses or host names to listen on; empty means all interfaces.
    public var addresses: [String]
    /// 0 lets the system choose.
    public var port: Int
    public var keys: KeyRing
    public var profile: ServerProfile
    /// Anybody who opens the page gets a token for the room of its link.
    public var givesGuestTokens: Bool
    /// The web client.
    public var files: [StaticFile]

    public init(
        addresses: [String], port: Int, keys: KeyRing, profile: ServerProfile = ServerProfile(),
        givesGuestTokens: Bool = false, files: [StaticFile] = []
    ) {
        self.addresses = addresses
        self.port = port
        self.keys = keys
        self.profile = profile
        self.givesGuestTokens = givesGuestTokens
        self.files = files
    }
}
