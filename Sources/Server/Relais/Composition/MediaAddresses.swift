// Which addresses of this machine clients are told.

import Basics
import MediaRuntime

extension ServerConfiguration.Media {
    /// The selection for the media threads, with the configured networks applied to what the machine has.
    func selection(from available: [InterfaceAddress]) -> AddressSelection {
        var selection = AddressSelection(
            includesLoopback: includesLoopback,
            includedInterfaces: includedInterfaces.isEmpty ? nil : includedInterfaces,
            excludedInterfaces: excludedInterfaces, nodeAddresses: nodeAddresses)
        guard !includedNetworks.isEmpty || !excludedNetworks.isEmpty, nodeAddresses.isEmpty else { return selection }
        let allowed = selection.candidates(from: available).filter { address in
            (includedNetworks.isEmpty || includedNetworks.contains { $0.contains(address) })
                && !excludedNetworks.contains { $0.contains(address) }
        }
        // Named one by one; interfaces could only add what was just taken out.
        selection.nodeAddresses = allowed
        selection.includedInterfaces = []
        selection.includesLoopback = false
        return selection
    }
}
