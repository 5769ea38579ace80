// The configuration as the server uses it: plain, complete and valid.

import Basics
import LiveKitProtocol
import Logging

struct ServerConfiguration: Sendable {
    struct Media: Hashable, Sendable {
        /// One port is one media thread; a range is one thread a port, up to the processors.
        var udpPorts: ClosedRange<UInt16> = 7_882...7_882
        /// Addresses that stand for this machine in candidates; none for those of its interfaces.
        var nodeAddresses: [SocketAddress] = []
        var includesLoopback = false
        var includedInterfaces: [String] = []
        var excludedInterfaces: [String] = []
        var includedNetworks: [AddressRange] = []
        var excludedNetworks: [AddressRange] = []
    }

    struct Rooms: Hashable, Sendable {
        /// Joining a room that does not exist makes it.
        var createsOnJoin = true
        var emptyTimeoutSeconds: UInt32 = 300
        var departureTimeoutSeconds: UInt32 = 20
        /// 0 for no limit.
        var maximumParticipants: UInt32 = 0
        /// MIME types that clients may publish, best first; nil for Relais' own choice.
        var codecs: [String]?
    }

    var port = 7_880
    /// Empty means all interfaces.
    var bindAddresses: [String] = []
    var logLevel = Logger.Level.info
    var logsJSON = false
    var media = Media()
    var rooms = Rooms()
    var keyPairs: [KeyPairs.Pair] = []
    var keys: KeyRing
    var region = ""
    var isDevelopment = false
    var givesGuestTokens = false
}
