// A look at every packet before usrsctp gets it (RFC 9260 section 3): chunks, parameters and causes must fill each other
// exactly, and only what WebRTC uses may occur. usrsctp 0.9.5 walks the parameters of an INIT for ever when one of them
// claims to have no length; what cannot reach it cannot hang it.

internal import Basics

enum SCTPPacketCheck {
    private static let commonHeaderCount = 12
    private static let chunkHeaderCount = 4

    /// True when `packet` may be given to usrsctp.
    static func isSound(_ packet: Span<UInt8>) -> Bool {
        guard packet.count >= commonHeaderCount + chunkHeaderCount,
            packet.count <= DataChannelLimits.receivedPacketBytes
        else { return false }
        var offset = commonHeaderCount
        var chunks = 0
        var containsInit = false
        while offset < packet.count {
            guard packet.count - offset >= chunkHeaderCount else { return false }
            let count = Int(packet.uint16(at: offset + 2))
            guard count >= chunkHeaderCount, count <= packet.count - offset,
                isSoundChunk(packet.extracting(offset..<offset + count))
            else { return false }
            if packet[offset] == 1 || packet[offset] == 2 { containsInit = true }
            chunks += 1
            // Chunks are padded to four bytes; the last one's padding may be missing.
            offset += (count + 3) & ~3
        }
        // INIT and INIT ACK travel alone (RFC 9260 section 6.10).
        return chunks == 1 || !containsInit
    }

    /// One chunk, its padding left out.
    private static func isSoundChunk(_ chunk: Span<UInt8>) -> Bool {
        let count = chunk.count
        switch chunk[0] {
        // DATA: 16 bytes of header, then at least one of a message.
        case 0: return count > 16
        // INIT and INIT ACK.
        case 1, 2: return count >= 20 && areSoundInitParameters(chunk.extracting(20..<count))
        // SACK: 16 bytes, then four for each gap and each duplicate.
        case 3: return count >= 16 && count == 16 + 4 * (Int(chunk.uint16(at: 12)) + Int(chunk.uint16(at: 14)))
        // HEARTBEAT and its ACK: one parameter.
        case 4, 5: return count >= 8 && Int(chunk.uint16(at: 6)) == count - 4
        // ABORT and ERROR: causes.
        case 6, 9: return walk(chunk.extracting(4..<count)) { _, _ in true }
        // SHUTDOWN
        case 7: return count == 8
        // SHUTDOWN ACK, COOKIE ACK, SHUTDOWN COMPLETE
        case 8, 11, 14: return count == 4
        // COOKIE ECHO: ours, and sealed by us.
        case 10: return count > 4
        // RE-CONFIG (RFC 6525 section 3): one or two parameters.
        case 0x82: return isSoundReconfiguration(chunk.extracting(4..<count))
        // PAD (RFC 4820)
        case 0x84: return true
        // FORWARD TSN (RFC 3758 section 3.2): eight bytes, then four for each stream.
        case 0xc0: return count >= 8 && count % 4 == 0
        // Extensions that we do not announce, so that no peer sends them: ECN, AUTH, ASCONF, I-DATA, NR-SACK, …
        default: return false
        }
    }

    private static func areSoundInitParameters(_ parameters: Span<UInt8>) -> Bool {
        walk(parameters) { type, _ in
            // Addresses, host names and address changes have no meaning over DTLS; everything else may come.
            switch type {
            case 5, 6, 11, 0xc001...0xc006: false
            default: true
            }
        }
    }

    private static func isSoundReconfiguration(_ parameters: Span<UInt8>) -> Bool {
        var seen = 0
        let areSound = walk(parameters) { type, count in
            seen += 1
            return switch type {
            // Outgoing and incoming reset requests: stream numbers of two bytes each behind a fixed part.
            case 13: count >= 16 && count % 2 == 0
            case 14: count >= 8 && count % 2 == 0
            // SSN/TSN reset
            case 15: count == 8
            // Response, with or without TSNs
            case 16: count == 12 || count == 20
            // Adding streams
            case 17, 18: count == 12
            default: false
            }
        }
        return areSound && (1...2).contains(seen)
    }

    /// Visits type and length of each TLV; false when one does not fit or `isSound` says no.
    private static func walk(_ list: Span<UInt8>, _ isSound: (_ type: UInt16, _ count: Int) -> Bool) -> Bool {
        var offset = 0
        while offset < list.count {
            guard list.count - offset >= 4 else { return false }
            let count = Int(list.uint16(at: offset + 2))
            guard count >= 4, count <= list.count - offset, isSound(list.uint16(at: offset), count) else {
                return false
            }
            offset += (count + 3) & ~3
        }
        return true
    }
}
