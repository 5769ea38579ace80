// Which codecs pass through, and how the payload types of a publisher find those of a subscriber.

import MediaInterface
import SDP

/// H.264 profiles that decoders tell apart (RFC 6184 section 8.1, RFC 7742 section 6.2).
enum H264Profile: Hashable, Sendable {
    case constrainedBaseline, baseline, main, constrainedHigh, high, other

    /// From `profile-level-id`, six hexadecimal digits.
    init(profileLevelID: String) {
        guard profileLevelID.utf8.count == 6, let value = UInt32(profileLevelID, radix: 16) else {
            self = .other
            return
        }
        let (profile, constraints) = (value >> 16, value >> 8 & 0xff)
        switch profile {
        case 0x42: self = constraints & 0x40 != 0 ? .constrainedBaseline : .baseline
        case 0x4d: self = constraints & 0x80 != 0 ? .constrainedBaseline : .main
        case 0x64: self = constraints & 0x0c == 0x0c ? .constrainedHigh : .high
        default: self = .other
        }
    }

    /// A decoder of `self` shows a stream of `published`.
    func decodes(_ published: H264Profile) -> Bool {
        switch published {
        case .constrainedBaseline: self != .other
        // No browser encodes what tells baseline from constrained baseline.
        case .baseline: self == .baseline || self == .constrainedBaseline
        case .main: self == .main || self == .high
        case .constrainedHigh, .high: self == .constrainedHigh || self == .high
        case .other: false
        }
    }
}

/// A codec with the parameters that make it another codec.
enum CodecIdentity: Hashable, Sendable {
    case opus
    /// Redundancy around Opus (RFC 2198): names the payload type that it repeats.
    case red(opus: UInt8)
    case vp8
    case vp9(profile: UInt8)
    case h264(packetizationMode: UInt8, H264Profile)
    case av1(profile: UInt8)

    /// Nil for what is not forwarded.
    init?(_ codec: SDPCodec) {
        switch codec.name.lowercased() {
        case "opus": self = .opus
        case "red":
            // "111/111": a payload type for each block; only blocks of one kind are sent.
            let blocks = Set(codec.parameters.split(separator: "/").map { UInt8($0) })
            guard codec.clockRateHertz == 48_000, blocks.count == 1, let opus = blocks.first ?? nil else { return nil }
            self = .red(opus: opus)
        case "vp8": self = .vp8
        case "vp9": self = .vp9(profile: UInt8(codec.parameter("profile-id") ?? "0") ?? 0)
        case "av1": self = .av1(profile: UInt8(codec.parameter("profile") ?? "0") ?? 0)
        case "h264":
            self = .h264(
                packetizationMode: UInt8(codec.parameter("packetization-mode") ?? "0") ?? 0,
                H264Profile(profileLevelID: codec.parameter("profile-level-id") ?? "42000a"))
        default: return nil
        }
    }

    var kind: MediaKind {
        switch self {
        case .opus, .red: .audio
        default: .video
        }
    }

    var isRedundancy: Bool {
        if case .red = self { true } else { false }
    }

    /// Clients publish what every other client decodes.
    var isAcceptedFromPublishers: Bool {
        switch self {
        case .opus, .red, .vp8, .vp9(profile: 0), .vp9(profile: 2), .av1(profile: 0): true
        case .h264(_, let profile): profile != .main && profile != .other
        case .vp9, .av1: false
        }
    }

    var mediaCodec: MediaCodec {
        switch self {
        case .opus: .opus
        case .red: .red
        case .vp8: .vp8
        case .vp9: .vp9
        case .h264: .h264
        case .av1: .av1
        }
    }

    /// As IANA writes it.
    var mimeType: String {
        switch self {
        case .opus: "audio/opus"
        case .red: "audio/red"
        case .vp8: "video/VP8"
        case .vp9: "video/VP9"
        case .h264: "video/H264"
        case .av1: "video/AV1"
        }
    }

    func decodes(_ published: CodecIdentity) -> Bool {
        switch (self, published) {
        case (.h264(let mode, let profile), .h264(let publishedMode, let publishedProfile)):
            mode == publishedMode && profile.decodes(publishedProfile)
        case (.red, .red): true
        default: self == published
        }
    }
}

/// A codec that both sides of a section know.
struct NegotiatedCodec: Hashable, Sendable {
    var identity: CodecIdentity
    var payloadType: UInt8
    var clockRateHertz: UInt32
    var retransmissionPayloadType: UInt8?
    var supportsNACK: Bool

    /// The codecs of a section in its order, retransmission formats folded into what they repeat.
    static func list(of codecs: [SDPCodec]) -> [NegotiatedCodec] {
        var repeats: [UInt8: UInt8] = [:]
        for codec in codecs where codec.name.lowercased() == "rtx" {
            if let repeated = codec.parameter("apt").flatMap(UInt8.init) { repeats[repeated] = codec.payloadType }
        }
        return codecs.compactMap { codec in
            guard let identity = CodecIdentity(codec) else { return nil }
            var feedback = codec.feedback
            // The wrapping is repeated as what is inside.
            if case .red(let opus) = identity {
                guard let inner = codecs.first(where: { $0.payloadType == opus && CodecIdentity($0) == .opus })
                else { return nil }
                feedback += inner.feedback
            }
            return NegotiatedCodec(
                identity: identity, payloadType: codec.payloadType, clockRateHertz: codec.clockRateHertz,
                retransmissionPayloadType: repeats[codec.payloadType], supportsNACK: feedback.contains("nack"))
        }
    }

    var description: PayloadDescription {
        PayloadDescription(
            payloadType: payloadType, codec: identity.mediaCodec, clockRateHertz: clockRateHertz,
            retransmissionPayloadType: retransmissionPayloadType, supportsNACK: supportsNACK)
    }
}

enum CodecSupport {
    /// The part of an offer that the answer keeps: same payload types, same order, same parameters.
    static func accepted(of section: SDPMediaSection) -> [SDPCodec] {
        var known: [(payloadType: UInt8, identity: CodecIdentity)] = []
        for codec in section.codecs {
            guard let identity = CodecIdentity(codec), identity.isAcceptedFromPublishers else { continue }
            if case .red(let opus) = identity, !section.codecs.contains(where: { $0.payloadType == opus }) { continue }
            let fits = identity.kind == .audio ? section.kind == .audio : section.kind == .video
            if fits { known.append((codec.payloadType, identity)) }
        }
        let kept = bounded(known)
        return section.codecs.compactMap { codec in
            var answered = codec
            if codec.name.lowercased() == "rtx" {
                guard let apt = codec.parameter("apt").flatMap(UInt8.init), kept.contains(apt) else { return nil }
            } else if !kept.contains(codec.payloadType) {
                return nil
            }
            answered.feedback = acceptedFeedback(codec.feedback)
            return answered
        }
    }

    /// Both kinds of bandwidth feedback at once confuse senders: the older only without the newer.
    static func acceptedFeedback(_ offered: [String]) -> [String] {
        let known: Set = ["transport-cc", "ccm fir", "nack", "nack pli"]
        let hasTransportFeedback = offered.contains("transport-cc")
        return offered.filter { known.contains($0) || ($0 == "goog-remb" && !hasTransportFeedback) }
    }

    /// What each payload type of the publisher becomes for a subscriber; empty when the subscriber cannot decode what
    /// the publisher sends first.
    ///
    /// - Parameter redundancy: `untouched` leaves out redundant formats altogether
    static func mapping(
        from published: [NegotiatedCodec], to subscribed: [NegotiatedCodec], redundancy: WishedRedundancy = .untouched
    ) -> [PayloadMapping] {
        if redundancy != .untouched, published.contains(where: { $0.identity == .opus }),
            let opus = subscribed.first(where: { $0.identity == .opus })
        {
            let red = subscribed.first { redundancy == .made && $0.identity.isRedundancy }
            return speechMapping(from: published, opus: opus, red: red)
        }
        func counterpart(of codec: NegotiatedCodec) -> NegotiatedCodec? {
            subscribed.first { $0.identity == codec.identity }
                ?? subscribed.first { $0.identity.decodes(codec.identity) }
        }
        let published = published.filter { !$0.identity.isRedundancy }
        guard let first = published.first, counterpart(of: first) != nil else { return [] }
        return published.prefix(MediaLimits.payloadsPerTrack).compactMap { codec in
            counterpart(of: codec).map {
                PayloadMapping(
                    published: codec.payloadType, subscribed: $0.payloadType,
                    subscribedRetransmission: $0.retransmissionPayloadType)
            }
        }
    }

    /// Speech goes with redundancy to whom understands it, and without it to the others, however it was published.
    private static func speechMapping(
        from published: [NegotiatedCodec], opus: NegotiatedCodec, red: NegotiatedCodec?
    ) -> [PayloadMapping] {
        published.prefix(MediaLimits.payloadsPerTrack).compactMap { codec in
            guard codec.identity == .opus || codec.identity.isRedundancy else { return nil }
            if let red {
                return PayloadMapping(
                    published: codec.payloadType, subscribed: red.payloadType,
                    redundancy: .wrap(opus: opus.payloadType))
            }
            return PayloadMapping(
                published: codec.payloadType, subscribed: opus.payloadType,
                redundancy: codec.identity.isRedundancy ? .unwrap : .none)
        }
    }

    /// The codecs of a section on which a client sends: redundancy first, for clients send what is answered first, or
    /// not at all.
    static func answered(_ codecs: [SDPCodec], usesRedundancy: Bool) -> [SDPCodec] {
        let isRedundancy = { (codec: SDPCodec) in CodecIdentity(codec)?.isRedundancy == true }
        let others = codecs.filter { !isRedundancy($0) }
        return usesRedundancy ? codecs.filter(isRedundancy) + others : others
    }
}
