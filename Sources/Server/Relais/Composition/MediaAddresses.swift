// Which addresses of this machine clients are told.

import Basics
import MediaRuntime

extension ServerConfiguration.Media {
    /// The selection for the media threads, with everything that is configured applied to what the machine has.
    func selection(from available: [InterfaceAddress]) throws(StartError) -> AddressSelection {
        if !nodeAddresses.isEmpty { return named(nodeAddresses + loopback(of: available)) }
        var selection = AddressSelection(
            includesLoopback: includesLoopback,
            includedInterfaces: includedInterfaces.isEmpty ? nil : includedInterfaces,
            excludedInterfaces: excludedInterfaces)
        if !includedNetworks.isEmpty || !excludedNetworks.isEmpty {
            selection = named(selection.candidates(from: available).filter(isInNetworks))
        }
        guard !selection.candidates(from: available).isEmpty else { throw nothingLeft(of: available) }
        return selection
    }

    private func isInNetworks(_ address: SocketAddress) -> Bool {
        (includedNetworks.isEmpty || includedNetworks.contains { $0.contains(address) })
            && !excludedNetworks.contains { $0.contains(address) }
    }

    /// These addresses and no other ones: interfaces could only add what is not wanted, like those of a family that no
    /// configured address has.
    private func named(_ addresses: [SocketAddress]) -> AddressSelection {
        AddressSelection(includedInterfaces: [], nodeAddresses: addresses)
    }

    private func loopback(of available: [InterfaceAddress]) -> [SocketAddress] {
        guard includesLoopback else { return [] }
        return available.map(\.address).filter { $0.isLoopback && !nodeAddresses.contains($0) }
    }

    private func nothingLeft(of available: [InterfaceAddress]) -> StartError {
        let usable = available.filter { !$0.address.isLoopback && !($0.address.isLinkLocal && !$0.address.isIPv4) }
        let list = usable.map { "\($0.address.host) of \($0.interface)" }.joined(separator: ", ")
        let filters = [
            ("`rtc.interfaces`", includedInterfaces.isEmpty && excludedInterfaces.isEmpty),
            ("`rtc.ips`", includedNetworks.isEmpty && excludedNetworks.isEmpty),
        ].filter { !$0.1 }.map(\.0)
        guard !filters.isEmpty else {
            return StartError(
                "Media has no address: no network interface of this machine is up; set `rtc.node_ip` to the address that"
                    + " clients reach.")
        }
        return StartError(
            "Media has no address left: the filters of \(filters.joined(separator: " and ")) take out all that this machine"
                + " has (\(list.isEmpty ? "loopback alone" : list)); change them, or set `rtc.node_ip`.")
    }
}
