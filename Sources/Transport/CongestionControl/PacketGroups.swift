// Groups of packets sent together and how the time between groups changed on the way
// (draft-ietf-rmcat-gcc-02 section 5.2 and 5.3).

import Basics

/// Joins packets that were sent within 5 ms, or that arrived as one burst, and compares each group with the one before.
struct PacketGroups: Sendable {
    struct Delta: Sendable {
        /// Between the last packets of two groups, in milliseconds.
        var sendMilliseconds: Double
        var arrivalMilliseconds: Double
        /// Of the newer group's last packet.
        var arrival: Double
    }

    private struct Group: Sendable {
        var firstSend: Double
        var lastSend: Double
        var firstArrival: Double
        var lastArrival: Double
    }

    /// Sent within this time is sent at once.
    static let groupMilliseconds = 5.0
    /// What a link holds back and then delivers together (radio scheduling) is one group, up to this length.
    static let longestBurstMilliseconds = 100.0
    /// So many groups in a row that arrive before their predecessors: the receiver's clock is another one.
    static let reorderedGroups = 3

    private var current: Group?
    private var previous: Group?
    private var reordered = 0
    /// Mean of the absolute changes of the delay between groups.
    private(set) var jitterMilliseconds = 0.0
    private static let jitterWeight = 1 / 16.0

    /// Takes one arrival, in the order of sending; times in milliseconds, each on its own clock.
    ///
    /// - Returns: the change between the last two complete groups when this packet begins a new one
    mutating func note(send: Double, arrival: Double) -> Delta? {
        guard var group = current else {
            current = Group(firstSend: send, lastSend: send, firstArrival: arrival, lastArrival: arrival)
            return nil
        }
        // Told late: its group is over.
        guard send >= group.firstSend else { return nil }
        if belongs(send, arrival, to: group) {
            group.lastSend = max(group.lastSend, send)
            group.lastArrival = max(group.lastArrival, arrival)
            current = group
            return nil
        }
        var delta: Delta?
        if let previous {
            let between = group.lastArrival - previous.lastArrival
            if between < 0 {
                reordered += 1
                if reordered >= Self.reorderedGroups { reset() }
                if current == nil { return nil }
            } else {
                reordered = 0
                let sent = group.lastSend - previous.lastSend
                delta = Delta(sendMilliseconds: sent, arrivalMilliseconds: between, arrival: group.lastArrival)
                jitterMilliseconds += (min(abs(between - sent), 50) - jitterMilliseconds) * Self.jitterWeight
            }
        }
        previous = group
        current = Group(firstSend: send, lastSend: send, firstArrival: arrival, lastArrival: arrival)
        return delta
    }

    mutating func reset() {
        current = nil
        previous = nil
        reordered = 0
    }

    private func belongs(_ send: Double, _ arrival: Double, to group: Group) -> Bool {
        if send - group.firstSend <= Self.groupMilliseconds { return true }
        let arrivalGap = arrival - group.lastArrival
        let delayChange = arrivalGap - (send - group.lastSend)
        return delayChange < 0 && arrivalGap <= Self.groupMilliseconds
            && arrival - group.firstArrival < Self.longestBurstMilliseconds
    }
}
