// The picture group of VP9's scalability structure (RFC 9628 section 4.2.1): the references of the non-flexible mode, which
// come again with every group.

/// Pictures of a group, counted from the keyframe that described it.
public struct VP9PictureGroup: Sendable {
    /// Encoders use groups of at most eight; longer ones are of no use to a forwarder.
    public static let maximumPictures = 32

    public private(set) var count = 0
    /// By picture: bit n for a reference to the picture n + 1 before it.
    private var references = InlineArray<32, UInt32>(repeating: 0)

    /// Reads N_G and the pictures. Nil for an empty group, one that is too long, refers too far or runs over the end.
    init?(at offset: Int, in payload: Span<UInt8>) {
        guard offset < payload.count, 1...Self.maximumPictures ~= Int(payload[offset]) else { return nil }
        count = Int(payload[offset])
        var place = offset + 1
        for picture in 0..<count {
            guard place < payload.count else { return nil }
            let referenceCount = Int(payload[place] >> 2 & 3)
            place += 1
            guard payload.count - place >= referenceCount else { return nil }
            for _ in 0..<referenceCount {
                guard 1...32 ~= payload[place] else { return nil }
                references[picture] |= 1 << UInt32(payload[place] - 1)
                place += 1
            }
        }
    }

    /// The pictures that one refers to: bit n for the picture n + 1 before it.
    ///
    /// - Parameter distance: pictures since the keyframe that described the group
    public func references(ofPicture distance: Int64) -> UInt32 {
        guard distance >= 0 else { return 0 }
        return references[Int(distance % Int64(count))]
    }
}
