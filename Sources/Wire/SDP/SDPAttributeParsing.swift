// Reads single attribute values; nil for what is not well formed.

extension SDPTransport {
    /// Reads one of the transport's attributes; false when it is none of them or malformed.
    mutating func read(_ name: String, _ value: ArraySlice<UInt8>) -> Bool {
        switch name {
        case "ice-ufrag": usernameFragment = String(decoding: value, as: UTF8.self)
        case "ice-pwd": password = String(decoding: value, as: UTF8.self)
        case "ice-options":
            var fields = SDPFields(value)
            options = fields.rest()
        case "fingerprint":
            guard fingerprints.count < 8, let parsed = SDPFingerprint(parsing: value) else { return false }
            fingerprints.append(parsed)
        case "setup":
            guard let parsed = SDPSetup(rawValue: String(decoding: value, as: UTF8.self)) else { return false }
            setup = parsed
        default: return false
        }
        return true
    }
}

extension SDPFingerprint {
    init?(parsing value: ArraySlice<UInt8>) {
        var fields = SDPFields(value)
        guard let name = fields.next(), let text = fields.nextBytes() else { return nil }
        var bytes: [UInt8] = []
        for pair in text.split(separator: UInt8(ascii: ":"), omittingEmptySubsequences: false) {
            guard pair.count == 2, bytes.count < 64, let high = pair.first?.hexDigit, let low = pair.last?.hexDigit
            else { return nil }
            bytes.append(high << 4 | low)
        }
        self.init(algorithm: name.lowercased(), digest: bytes)
    }
}

extension UInt8 {
    fileprivate var hexDigit: UInt8? {
        switch self {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): self - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): self - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): self - UInt8(ascii: "A") + 10
        default: nil
        }
    }
}

extension SDPExtension {
    init?(parsing value: ArraySlice<UInt8>) {
        var fields = SDPFields(value)
        guard let first = fields.nextBytes(), let uri = fields.next() else { return nil }
        let parts = first.split(separator: UInt8(ascii: "/"), maxSplits: 1, omittingEmptySubsequences: false)
        guard let id = UInt16(decimal: parts[0]) else { return nil }
        var direction: SDPDirection?
        if parts.count == 2 {
            guard let parsed = SDPDirection(rawValue: String(decoding: parts[1], as: UTF8.self)) else { return nil }
            direction = parsed
        }
        self.init(id: id, uri: uri, direction: direction)
    }
}

extension SDPMediaStreamID {
    init?(parsing value: ArraySlice<UInt8>) {
        var fields = SDPFields(value)
        guard let stream = fields.next() else { return nil }
        self.init(stream: stream, track: fields.next())
    }
}

extension SDPCandidate {
    init?(parsing value: ArraySlice<UInt8>) {
        var fields = SDPFields(value)
        guard let foundation = fields.next(), let component = fields.nextNumber(UInt16.self),
            let transport = fields.next(), let priority = fields.nextNumber(UInt32.self), let address = fields.next(),
            let port = fields.nextNumber(UInt16.self), fields.next() == "typ", let type = fields.next()
        else { return nil }
        self.init(
            foundation: foundation, component: component, transport: transport.lowercased(), priority: priority,
            address: address, port: port, type: type, extensions: fields.remainder)
    }
}
