// The states of channels, without SCTP.

import Testing

@testable import DataChannels

@Suite struct ChannelTableTests {
    private let parameters = DataChannelParameters(label: "x", isOrdered: false, reliability: .maximumRetransmits(0))
    private var openMessage: [UInt8] { DCEPMessage.open(parameters).serialized()! }

    @Test func channelsWaitForTheAssociation() throws {
        var table = ChannelTable(isDTLSClient: true)
        let first = try table.open(parameters)
        #expect(first.id == 0 && first.actions.isEmpty)
        #expect(throws: DataChannelError.wouldBlock) { try table.sendParameters(0) }
        let second = try table.open(parameters)
        #expect(second.id == 2)
        #expect(table.close(2) == [.event(.channelClosed(id: 2))])
        #expect(table.associationUp() == [.event(.associationUp), .sendControl(stream: 0, openMessage)])
        #expect(table.associationUp() == [.event(.associationUp)])
        #expect(try table.open(parameters).actions == [.sendControl(stream: 2, openMessage)])
    }

    /// RFC 8832 section 6: ordered until the peer has answered.
    @Test func nothingOvertakesTheOpen() throws {
        var table = ChannelTable(isDTLSClient: false)
        _ = table.associationUp()
        #expect(try table.open(parameters).id == 1)
        #expect(try table.sendParameters(1) == SendParameters(isUnordered: false, reliability: .maximumRetransmits(0)))
        let opened = ChannelAction.event(.channelOpened(id: 1, parameters, byPeer: false))
        #expect(table.receive(stream: 1, protocol: 50, [2]) == [opened])
        #expect(try table.sendParameters(1) == SendParameters(isUnordered: true, reliability: .maximumRetransmits(0)))
        #expect(table.receive(stream: 1, protocol: 50, [2]) == [])
    }

    @Test func aMessageStandsForTheAcknowledgement() throws {
        var table = ChannelTable(isDTLSClient: false)
        _ = table.associationUp()
        _ = try table.open(parameters)
        #expect(
            table.receive(stream: 1, protocol: 51, [65]) == [
                .event(.channelOpened(id: 1, parameters, byPeer: false)), .event(.message(id: 1, .string, [65])),
            ])
    }

    @Test func thePeerOpensAndCloses() throws {
        var table = ChannelTable(isDTLSClient: false)
        _ = table.associationUp()
        #expect(
            table.receive(stream: 4, protocol: 50, openMessage) == [
                .sendControl(stream: 4, [2]), .event(.channelOpened(id: 4, parameters, byPeer: true)),
            ])
        #expect(table.receive(stream: 4, protocol: 50, openMessage) == [])
        #expect(table.drops.unexpectedMessages == 1)
        #expect(table.peerReset(4) == [.reset(stream: 4), .event(.channelClosed(id: 4))])
        #expect(throws: DataChannelError.noSuchChannel) { try table.sendParameters(4) }
        #expect(table.close(4) == [] && table.peerReset(4) == [])
        #expect(table.receive(stream: 4, protocol: 53, [1]) == [])
        #expect(table.count == 1)
        table.ownReset(4)
        #expect(table.count == 0)
    }

    @Test(arguments: [true, false]) func weClose(_ ownFirst: Bool) throws {
        var table = ChannelTable(isDTLSClient: true)
        _ = table.associationUp()
        _ = try table.open(parameters)
        #expect(table.close(0) == [.reset(stream: 0)])
        #expect(table.close(0) == [])
        // What the peer had sent before still comes.
        #expect(table.receive(stream: 0, protocol: 53, [1]) == [.event(.message(id: 0, .binary, [1]))])
        if ownFirst { table.ownReset(0) }
        #expect(table.peerReset(0) == [.event(.channelClosed(id: 0))])
        if !ownFirst { table.ownReset(0) }
        #expect(table.count == 0)
        #expect(try table.open(parameters).id == 0)
    }

    @Test func theEndClosesEverythingOnce() throws {
        var table = ChannelTable(isDTLSClient: true)
        _ = table.associationUp()
        _ = try table.open(parameters)
        _ = try table.open(parameters)
        _ = table.receive(stream: 5, protocol: 50, openMessage)
        _ = table.peerReset(5)
        #expect(
            table.associationDown() == [
                .event(.channelClosed(id: 0)), .event(.channelClosed(id: 2)), .event(.associationDown),
            ])
        #expect(table.count == 0)
    }

    @Test func aPeerThatBeginsAnew() throws {
        var table = ChannelTable(isDTLSClient: true)
        _ = table.associationUp()
        _ = try table.open(parameters)
        #expect(table.associationRestarted() == [.event(.channelClosed(id: 0)), .event(.associationUp)])
        #expect(try table.open(parameters).actions.count == 1)
    }

    @Test func strangersAreCounted() {
        var table = ChannelTable(isDTLSClient: true)
        _ = table.associationUp()
        #expect(table.receive(stream: 9, protocol: 53, [1]) == [])
        #expect(table.receive(stream: 9, protocol: 50, [2]) == [])
        #expect(table.receive(stream: 9, protocol: 50, [3]) == [])
        #expect(table.drops.unexpectedMessages == 3)
        #expect(table.receive(stream: DataChannelLimits.streams, protocol: 50, openMessage) == [.reset(stream: 128)])
        #expect(table.drops.refusedChannels == 1)
    }
}

@Suite struct PartialMessageTests {
    @Test func piecesAreJoined() {
        var message = PartialMessage()
        #expect(message.add([1, 2], protocol: 52) == .incomplete)
        #expect(message.add([3], protocol: 52) == .incomplete)
        #expect(message.add([4], protocol: 53) == .complete(.binary, [1, 2, 3, 4]))
        #expect(message.add([65], protocol: 54) == .incomplete)
        #expect(message.add([66], protocol: 51) == .complete(.string, [65, 66]))
        #expect(message.add([0], protocol: 56) == .complete(.string, []))
        #expect(message.add([0], protocol: 57) == .complete(.binary, []))
        #expect(message.add([0], protocol: 58) == .unknown)
    }

    @Test func tooManyPieces() {
        var message = PartialMessage()
        let piece = [UInt8](repeating: 1, count: 40_000)
        #expect(message.add(piece, protocol: 52) == .incomplete)
        #expect(message.add(piece, protocol: 52) == .incomplete)
        #expect(message.add([1], protocol: 52) == .incomplete)
        #expect(message.add([1], protocol: 53) == .tooLarge)
        #expect(message.add([1], protocol: 53) == .complete(.binary, [1]))
        #expect(message.add(piece, protocol: 52) == .incomplete)
        #expect(message.add(piece, protocol: 53) == .tooLarge)
        #expect(message.add([2], protocol: 53) == .complete(.binary, [2]))
    }
}
