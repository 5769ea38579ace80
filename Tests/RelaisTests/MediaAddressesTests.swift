import Basics
import MediaRuntime
import Testing

@testable import Relais

@Suite struct MediaAddressesTests {
    private static func address(_ text: String) -> SocketAddress { SocketAddress(host: text, port: 0)! }

    private static let available = [
        InterfaceAddress(interface: "eth0", address: address("10.0.0.5")),
        InterfaceAddress(interface: "eth0", address: address("fd00::5")),
        InterfaceAddress(interface: "eth0", address: address("fe80::5")),
        InterfaceAddress(interface: "docker0", address: address("172.17.0.1")),
        InterfaceAddress(interface: "lo", address: address("127.0.0.1")),
    ]

    private static func chosen(
        _ media: ServerConfiguration.Media, from available: [InterfaceAddress] = available
    ) throws -> [String] {
        try media.selection(from: available).candidates(from: available).map(\.host)
    }

    private static func refusal(
        _ media: ServerConfiguration.Media, from available: [InterfaceAddress] = available
    ) -> String {
        do {
            return "no refusal: \(try chosen(media, from: available))"
        } catch {
            return "\(error)"
        }
    }

    @Test func interfacesAndNetworksChoose() throws {
        var media = ServerConfiguration.Media()
        #expect(try Self.chosen(media) == ["10.0.0.5", "fd00::5", "172.17.0.1"])
        media.excludedInterfaces = ["docker0"]
        #expect(try Self.chosen(media) == ["10.0.0.5", "fd00::5"])
        media.excludedNetworks = [AddressRange("fd00::/8")!]
        #expect(try Self.chosen(media) == ["10.0.0.5"])
        media.excludedInterfaces = []
        media.includedNetworks = [AddressRange("172.16.0.0/12")!]
        #expect(try Self.chosen(media) == ["172.17.0.1"])
    }

    @Test func aNodeAddressIsTheOnlyOne() throws {
        var media = ServerConfiguration.Media()
        media.nodeAddresses = [Self.address("203.0.113.1")]
        #expect(try Self.chosen(media) == ["203.0.113.1"])
        // Filters speak of the machine's own addresses: beside a node address they have nothing to say.
        media.includedNetworks = [AddressRange("172.16.0.0/12")!]
        media.includedInterfaces = ["none7"]
        #expect(try Self.chosen(media) == ["203.0.113.1"])
        media.nodeAddresses.append(Self.address("2001:db8::1"))
        #expect(try Self.chosen(media) == ["203.0.113.1", "2001:db8::1"])
    }

    @Test func loopbackComesBesideANodeAddressWhereItIsAskedFor() throws {
        var media = ServerConfiguration.Media()
        media.nodeAddresses = [Self.address("203.0.113.1")]
        media.includesLoopback = true
        #expect(try Self.chosen(media) == ["203.0.113.1", "127.0.0.1"])
        media.nodeAddresses = [Self.address("127.0.0.1")]
        #expect(try Self.chosen(media) == ["127.0.0.1"])
    }

    @Test func whatLeavesNothingIsRefused() {
        var media = ServerConfiguration.Media()
        media.includedInterfaces = ["eth1"]
        let interfaces = Self.refusal(media)
        #expect(interfaces.contains("`rtc.interfaces`") && !interfaces.contains("`rtc.ips`"), "\(interfaces)")
        #expect(interfaces.contains("10.0.0.5 of eth0") && !interfaces.contains("fe80"), "\(interfaces)")
        media.includedInterfaces = []
        media.includedNetworks = [AddressRange("192.0.2.0/24")!]
        let networks = Self.refusal(media)
        #expect(networks.contains("`rtc.ips`") && !networks.contains("`rtc.interfaces`"), "\(networks)")
        let bare = Self.refusal(ServerConfiguration.Media(), from: [])
        #expect(bare.contains("no network interface") && bare.contains("`rtc.node_ip`"), "\(bare)")
        for sentence in [interfaces, networks, bare] {
            #expect(sentence.hasSuffix(".") && !sentence.contains("\n"))
        }
    }
}
