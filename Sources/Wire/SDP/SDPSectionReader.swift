// Reads the lines of one media section (RFC 8866 section 5.14 and the attributes of RFC 8829 section 5.2.1).

struct SDPSectionReader {
    private(set) var section: SDPMediaSection
    private let limits: SDPLimits
    /// Place of a payload type in `section.codecs`, -1 where the media line does not name it.
    private var codecIndex = [Int16](repeating: -1, count: 128)

    init?(mediaLine value: ArraySlice<UInt8>, limits: SDPLimits) {
        var fields = SDPFields(value)
        guard let kindName = fields.next(), let portField = fields.nextBytes(), let proto = fields.next() else {
            return nil
        }
        let portDigits = portField.prefix { $0 != UInt8(ascii: "/") }
        guard let port = UInt16(decimal: portDigits) else { return nil }
        let kind: SDPMediaKind =
            switch kindName {
            case "audio": .audio
            case "video": .video
            case "application": .application
            default: .other(kindName)
            }
        self.limits = limits
        section = SDPMediaSection(kind: kind, port: port, transportProtocol: proto)
        guard kind == .audio || kind == .video else {
            section.format = fields.rest().joined(separator: " ")
            return
        }
        while let payloadType = fields.nextBytes() {
            guard let number = UInt8(decimal: payloadType), number < 128 else { return nil }
            if codecIndex[Int(number)] >= 0 { continue }
            codecIndex[Int(number)] = Int16(section.codecs.count)
            section.codecs.append(SDPCodec(payloadType: number))
        }
    }

    /// False when the line was not understood.
    mutating func readAttribute(_ name: String, _ value: ArraySlice<UInt8>) throws(SDPError) -> Bool {
        switch name {
        case "mid": section.mid = String(decoding: value, as: UTF8.self)
        case "rtpmap", "fmtp", "rtcp-fb": return readCodecAttribute(name, value)
        case "extmap": return try readExtension(value)
        case "rid", "simulcast": return try readSimulcastAttribute(name, value)
        case "msid": return readMediaStream(value)
        case "ssrc": return try readSource(value)
        case "ssrc-group": return try readSourceGroup(value)
        case "candidate":
            guard section.candidates.count < limits.candidatesPerSection else { return false }
            guard let candidate = SDPCandidate(parsing: value) else { return false }
            section.candidates.append(candidate)
        case "end-of-candidates": section.hasEndOfCandidates = true
        case "bundle-only": section.isBundleOnly = true
        case "rtcp-mux": section.usesRTCPMux = true
        case "rtcp-rsize": section.usesReducedSizeRTCP = true
        case "extmap-allow-mixed": section.allowsMixedExtensions = true
        case "sctp-port":
            guard let port = UInt16(decimal: value) else { return false }
            section.sctpPort = port
        case "max-message-size":
            guard let size = UInt64(decimal: value) else { return false }
            section.maximumMessageSizeBytes = size
        default:
            if let direction = SDPDirection(rawValue: name) {
                section.direction = direction
                return true
            }
            return section.transport.read(name, value)
        }
        return true
    }

    private mutating func readCodecAttribute(_ name: String, _ value: ArraySlice<UInt8>) -> Bool {
        var fields = SDPFields(value)
        guard let field = fields.nextBytes() else { return false }
        let rest = fields.remainder
        if name == "rtcp-fb", field.elementsEqual([UInt8(ascii: "*")]) {
            for index in section.codecs.indices { section.codecs[index].addFeedback(rest) }
            return true
        }
        guard let payloadType = UInt8(decimal: field), payloadType < 128, codecIndex[Int(payloadType)] >= 0 else {
            return false
        }
        let index = Int(codecIndex[Int(payloadType)])
        switch name {
        case "rtpmap":
            let parts = rest.split(separator: "/", omittingEmptySubsequences: false)
            guard parts.count >= 2, parts.count <= 3, !parts[0].isEmpty, let rate = UInt32(parts[1]) else {
                return false
            }
            section.codecs[index].name = String(parts[0])
            section.codecs[index].clockRateHertz = rate
            section.codecs[index].channels = parts.count == 3 ? UInt8(parts[2]) ?? 1 : 1
        case "fmtp": section.codecs[index].parameters = rest
        default: section.codecs[index].addFeedback(rest)
        }
        return true
    }

    private mutating func readExtension(_ value: ArraySlice<UInt8>) throws(SDPError) -> Bool {
        guard let parsed = SDPExtension(parsing: value) else { return false }
        guard section.extensions.count < limits.extensionsPerSection else { throw .tooLong(.extensions) }
        section.extensions.append(parsed)
        return true
    }

    private mutating func readSimulcastAttribute(_ name: String, _ value: ArraySlice<UInt8>) throws(SDPError) -> Bool {
        var fields = SDPFields(value)
        if name == "rid" {
            guard let id = fields.next(), let word = fields.next(), let direction = SDPRIDDirection(rawValue: word)
            else { return false }
            guard section.rids.count < limits.ridsPerSection else { throw .tooLong(.rids) }
            section.rids.append(SDPRID(id: id, direction: direction, restrictions: fields.remainder))
            return true
        }
        var simulcast = SDPSimulcast()
        while let direction = fields.next(), let list = fields.next() {
            let streams = list.split(separator: ";").map { $0.split(separator: ",").map(String.init) }
            guard streams.count <= limits.ridsPerSection else { throw .tooLong(.rids) }
            switch direction {
            case "send": simulcast.send = streams
            case "recv": simulcast.receive = streams
            default: return false
            }
        }
        guard simulcast != SDPSimulcast() else { return false }
        section.simulcast = simulcast
        return true
    }

    private mutating func readMediaStream(_ value: ArraySlice<UInt8>) -> Bool {
        guard let parsed = SDPMediaStreamID(parsing: value), section.mediaStreams.count < limits.ridsPerSection else {
            return false
        }
        section.mediaStreams.append(parsed)
        return true
    }

    private mutating func readSource(_ value: ArraySlice<UInt8>) throws(SDPError) -> Bool {
        var fields = SDPFields(value)
        guard let ssrc = fields.nextNumber(UInt32.self) else { return false }
        let index: Int
        if let known = section.sources.firstIndex(where: { $0.ssrc == ssrc }) {
            index = known
        } else {
            guard section.sources.count < limits.sourcesPerSection else { throw .tooLong(.sources) }
            index = section.sources.count
            section.sources.append(SDPSource(ssrc: ssrc))
        }
        let attribute = fields.remainder
        if attribute.hasPrefix("cname:") {
            section.sources[index].cname = String(attribute.dropFirst(6))
        } else if attribute.hasPrefix("msid:") {
            section.sources[index].mediaStream = SDPMediaStreamID(parsing: ArraySlice(attribute.utf8.dropFirst(5)))
        } else {
            return false
        }
        return true
    }

    private mutating func readSourceGroup(_ value: ArraySlice<UInt8>) throws(SDPError) -> Bool {
        var fields = SDPFields(value)
        guard let semantics = fields.next() else { return false }
        var sources: [UInt32] = []
        while let field = fields.nextBytes() {
            guard let ssrc = UInt32(decimal: field) else { return false }
            guard sources.count < limits.sourcesPerSection else { throw .tooLong(.sources) }
            sources.append(ssrc)
        }
        guard section.sourceGroups.count < limits.sourcesPerSection else { throw .tooLong(.sources) }
        section.sourceGroups.append(SDPSourceGroup(semantics: semantics, sources: sources))
        return true
    }
}

extension SDPCodec {
    /// Repeated lines and endless lists are of no use to anybody.
    fileprivate mutating func addFeedback(_ value: String) {
        guard !value.isEmpty, feedback.count < 16, !feedback.contains(value) else { return }
        feedback.append(value)
    }
}
