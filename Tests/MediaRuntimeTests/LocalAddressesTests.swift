import Basics
import Testing

@testable import MediaRuntime

@Suite struct AddressSelectionTests {
    static let machine = [
        ("lo", "127.0.0.1"), ("lo", "::1"), ("eth0", "192.0.2.7"), ("eth0", "2001:db8::7"), ("eth0", "fe80::7"),
        ("docker0", "172.17.0.1"), ("eth0", "192.0.2.7"),
    ].map { InterfaceAddress(interface: $0.0, address: SocketAddress(host: $0.1, port: 0)!) }

    func hosts(_ selection: AddressSelection, from all: [InterfaceAddress] = machine) -> [String] {
        selection.candidates(from: all).map(\.host)
    }

    @Test func leavesOutLoopbackAndLinkLocal() {
        #expect(hosts(AddressSelection()) == ["192.0.2.7", "2001:db8::7", "172.17.0.1"])
    }

    @Test func loopbackComesLastWhenAskedFor() {
        #expect(
            hosts(AddressSelection(includesLoopback: true))
                == ["192.0.2.7", "2001:db8::7", "172.17.0.1", "127.0.0.1", "::1"])
    }

    @Test func loopbackStandsInForNothing() {
        #expect(hosts(AddressSelection(), from: Array(Self.machine[..<2])) == ["127.0.0.1", "::1"])
        #expect(hosts(AddressSelection(), from: []) == [])
    }

    @Test func filtersInterfaces() {
        #expect(hosts(AddressSelection(excludedInterfaces: ["docker0"])) == ["192.0.2.7", "2001:db8::7"])
        #expect(hosts(AddressSelection(includedInterfaces: ["docker0"])) == ["172.17.0.1"])
        #expect(
            hosts(AddressSelection(includedInterfaces: ["docker0", "lo"], excludedInterfaces: ["docker0"])) == [
                "127.0.0.1", "::1",
            ])
    }

    @Test func nodeAddressStandsForItsFamily() {
        let ipv4 = SocketAddress(host: "203.0.113.9", port: 0)!
        #expect(hosts(AddressSelection(nodeAddresses: [ipv4])) == ["203.0.113.9", "2001:db8::7"])
        let ipv6 = SocketAddress(host: "2001:db8::99", port: 0)!
        #expect(hosts(AddressSelection(nodeAddresses: [ipv4, ipv6])) == ["203.0.113.9", "2001:db8::99"])
    }

    @Test func multicastAndWildcardAreNoCandidates() {
        let odd = ["224.0.0.1", "ff02::1", "0.0.0.0", "::"].map {
            InterfaceAddress(interface: "eth0", address: SocketAddress(host: $0, port: 0)!)
        }
        #expect(hosts(AddressSelection(), from: odd) == [])
    }
}

@Suite struct LocalAddressesTests {
    @Test func findsLoopback() throws {
        let found = try LocalAddresses.discover()
        #expect(found.contains { $0.interface == "lo" && $0.address.host == "127.0.0.1" })
        #expect(found.allSatisfy { $0.address.port == 0 && !$0.interface.isEmpty })
    }
}
