// Writes a session description in the order and spelling that browsers use: clients parse and rewrite what they get.

extension SDPSession {
    /// The text with CRLF line ends.
    public var text: String {
        var writer = SDPWriter()
        writer.write(self)
        return writer.text
    }
}

struct SDPWriter {
    private(set) var text = ""

    private mutating func line(_ content: String) {
        text += content
        text += "\r\n"
    }

    mutating func write(_ session: SDPSession) {
        line("v=0")
        line("o=- \(session.sessionID) \(session.sessionVersion) IN IP4 127.0.0.1")
        line("s=-")
        line("t=0 0")
        if let bundle = session.bundle { line((["a=group:BUNDLE"] + bundle).joined(separator: " ")) }
        if session.allowsMixedExtensions { line("a=extmap-allow-mixed") }
        if let semantics = session.mediaStreamSemantics { line("a=msid-semantic: \(semantics)") }
        if session.isICELite { line("a=ice-lite") }
        write(session.transport)
        for item in session.extensions { write(item) }
        if let direction = session.direction { line("a=\(direction.rawValue)") }
        for section in session.sections { write(section) }
    }

    private mutating func write(_ section: SDPMediaSection) {
        let formats =
            section.codecs.isEmpty ? section.format : section.codecs.map { "\($0.payloadType)" }.joined(separator: " ")
        line("m=\(section.kind.name) \(section.port) \(section.transportProtocol) \(formats)")
        line("c=IN IP4 0.0.0.0")
        for candidate in section.candidates { line("a=" + candidate.attribute) }
        if section.hasEndOfCandidates { line("a=end-of-candidates") }
        write(section.transport)
        if !section.mid.isEmpty { line("a=mid:\(section.mid)") }
        for item in section.extensions { write(item) }
        if section.allowsMixedExtensions { line("a=extmap-allow-mixed") }
        if let direction = section.direction { line("a=\(direction.rawValue)") }
        if section.isBundleOnly { line("a=bundle-only") }
        for stream in section.mediaStreams { line("a=msid:\(stream.attribute)") }
        if section.usesRTCPMux { line("a=rtcp-mux") }
        if section.usesReducedSizeRTCP { line("a=rtcp-rsize") }
        for codec in section.codecs { write(codec) }
        writeSimulcast(section)
        writeSources(section)
        if let port = section.sctpPort { line("a=sctp-port:\(port)") }
        if let size = section.maximumMessageSizeBytes { line("a=max-message-size:\(size)") }
    }

    private mutating func write(_ transport: SDPTransport) {
        if let fragment = transport.usernameFragment { line("a=ice-ufrag:\(fragment)") }
        if let password = transport.password { line("a=ice-pwd:\(password)") }
        if !transport.options.isEmpty { line("a=ice-options:" + transport.options.joined(separator: " ")) }
        for fingerprint in transport.fingerprints {
            line("a=fingerprint:\(fingerprint.algorithm) \(fingerprint.digestText)")
        }
        if let setup = transport.setup { line("a=setup:\(setup.rawValue)") }
    }

    private mutating func write(_ item: SDPExtension) {
        let direction = item.direction.map { "/" + $0.rawValue } ?? ""
        line("a=extmap:\(item.id)\(direction) \(item.uri)")
    }

    private mutating func write(_ codec: SDPCodec) {
        if !codec.name.isEmpty {
            let channels = codec.channels > 1 ? "/\(codec.channels)" : ""
            line("a=rtpmap:\(codec.payloadType) \(codec.name)/\(codec.clockRateHertz)\(channels)")
        }
        for feedback in codec.feedback { line("a=rtcp-fb:\(codec.payloadType) \(feedback)") }
        if !codec.parameters.isEmpty { line("a=fmtp:\(codec.payloadType) \(codec.parameters)") }
    }

    private mutating func writeSimulcast(_ section: SDPMediaSection) {
        for rid in section.rids {
            let restrictions = rid.restrictions.isEmpty ? "" : " " + rid.restrictions
            line("a=rid:\(rid.id) \(rid.direction.rawValue)\(restrictions)")
        }
        guard let simulcast = section.simulcast else { return }
        var words: [String] = []
        for (word, streams) in [("send", simulcast.send), ("recv", simulcast.receive)] where !streams.isEmpty {
            words += [word, streams.map { $0.joined(separator: ",") }.joined(separator: ";")]
        }
        line("a=simulcast:" + words.joined(separator: " "))
    }

    private mutating func writeSources(_ section: SDPMediaSection) {
        for group in section.sourceGroups {
            line((["a=ssrc-group:\(group.semantics)"] + group.sources.map { "\($0)" }).joined(separator: " "))
        }
        for source in section.sources {
            if let cname = source.cname { line("a=ssrc:\(source.ssrc) cname:\(cname)") }
            if let stream = source.mediaStream { line("a=ssrc:\(source.ssrc) msid:\(stream.attribute)") }
        }
    }
}

extension SDPMediaStreamID {
    fileprivate var attribute: String { track.map { "\(stream) \($0)" } ?? stream }
}

extension SDPFingerprint {
    /// Upper case, bytes separated by colons.
    fileprivate var digestText: String {
        digest.map { byte in
            let hex = String(byte, radix: 16, uppercase: true)
            return byte < 16 ? "0" + hex : hex
        }.joined(separator: ":")
    }
}
