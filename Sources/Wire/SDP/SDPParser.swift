// Reads a session description (RFC 8866 section 5): lenient with what it does not know, strict with its bounds.
// Time is linear in the length; nothing here depends on the number of sections squared.

extension SDPSession {
    /// Parses the text of a description. Lines may end in LF or CRLF; unknown and malformed attributes are counted
    /// in `ignoredLines`.
    public init(parsing text: String, limits: SDPLimits = SDPLimits()) throws(SDPError) {
        guard text.utf8.count <= limits.bytes else { throw .tooLong(.bytes) }
        var parser = SDPParser(limits: limits)
        let bytes = Array(text.utf8)
        var start = 0
        while start < bytes.count {
            let end = bytes[start...].firstIndex(of: UInt8(ascii: "\n")) ?? bytes.count
            var contentEnd = end
            if contentEnd > start, bytes[contentEnd - 1] == UInt8(ascii: "\r") { contentEnd -= 1 }
            try parser.readLine(bytes[start..<contentEnd])
            start = end + 1
        }
        self = try parser.finish()
    }
}

/// State of one pass over the lines.
struct SDPParser {
    let limits: SDPLimits
    private var line = 0
    private var linesOfPart = 0
    private var hasVersion = false
    private var session = SDPSession(sessionID: 0, sessionVersion: 0)
    private var section: SDPSectionReader?

    init(limits: SDPLimits) { self.limits = limits }

    mutating func readLine(_ bytes: ArraySlice<UInt8>) throws(SDPError) {
        line += 1
        linesOfPart += 1
        guard line <= limits.lines else { throw .tooLong(.lines) }
        guard bytes.count <= limits.lineBytes else { throw .tooLong(.lineLength) }
        if bytes.isEmpty { return }
        guard bytes.count >= 2, bytes[bytes.startIndex + 1] == UInt8(ascii: "=") else {
            throw .malformed(line: line, reason: "not of the form letter=value")
        }
        let value = bytes[(bytes.startIndex + 2)...]
        guard hasVersion || bytes.first == UInt8(ascii: "v") else {
            throw .malformed(line: line, reason: "a description begins with v=0")
        }
        switch bytes[bytes.startIndex] {
        case UInt8(ascii: "v"):
            guard !hasVersion, value.elementsEqual([UInt8(ascii: "0")]) else {
                throw .malformed(line: line, reason: "a description begins with v=0, once")
            }
            hasVersion = true
        case UInt8(ascii: "m"): try beginSection(value)
        case UInt8(ascii: "a"): try readAttribute(value)
        case UInt8(ascii: "o") where section == nil: try readOrigin(value)
        default: break
        }
        if section == nil {
            guard linesOfPart <= limits.sessionLines else { throw .tooLong(.sessionLines) }
        } else {
            guard linesOfPart <= limits.linesPerSection else { throw .tooLong(.linesPerSection) }
        }
    }

    mutating func finish() throws(SDPError) -> SDPSession {
        guard hasVersion else { throw .malformed(line: 1, reason: "a description begins with v=0") }
        endSection()
        return session
    }

    private mutating func readOrigin(_ value: ArraySlice<UInt8>) throws(SDPError) {
        var fields = SDPFields(value)
        guard fields.next() != nil, let id = fields.nextNumber(UInt64.self),
            let version = fields.nextNumber(UInt64.self)
        else { throw .malformed(line: line, reason: "origin without session numbers") }
        session.sessionID = id
        session.sessionVersion = version
    }

    private mutating func beginSection(_ value: ArraySlice<UInt8>) throws(SDPError) {
        endSection()
        guard session.sections.count < limits.sections else { throw .tooLong(.sections) }
        guard let reader = SDPSectionReader(mediaLine: value, limits: limits) else {
            throw .malformed(line: line, reason: "media line without kind, port and protocol")
        }
        section = reader
        linesOfPart = 1
    }

    private mutating func endSection() {
        guard var done = section?.section else { return }
        section = nil
        if done.direction == nil { done.direction = session.direction }
        session.sections.append(done)
    }

    private mutating func readAttribute(_ value: ArraySlice<UInt8>) throws(SDPError) {
        let colon = value.firstIndex(of: UInt8(ascii: ":")) ?? value.endIndex
        let name = String(decoding: value[..<colon], as: UTF8.self)
        let rest = colon == value.endIndex ? value[colon...] : value[(colon + 1)...]
        let understood: Bool
        if section != nil {
            understood = try section!.readAttribute(name, rest)
        } else {
            understood = try readSessionAttribute(name, rest)
        }
        if !understood { session.ignoredLines += 1 }
    }

    private mutating func readSessionAttribute(_ name: String, _ value: ArraySlice<UInt8>) throws(SDPError) -> Bool {
        switch name {
        case "group":
            var fields = SDPFields(value)
            guard fields.next() == "BUNDLE" else { return false }
            session.bundle = fields.rest()
        case "ice-lite": session.isICELite = true
        case "extmap-allow-mixed": session.allowsMixedExtensions = true
        case "msid-semantic":
            session.mediaStreamSemantics = SDPFields(value).remainder
        case "extmap":
            guard let parsed = SDPExtension(parsing: value) else { return false }
            guard session.extensions.count < limits.extensionsPerSection else { throw .tooLong(.extensions) }
            session.extensions.append(parsed)
        default:
            if let direction = SDPDirection(rawValue: name) {
                session.direction = direction
                return true
            }
            return session.transport.read(name, value)
        }
        return true
    }
}

/// Splits a value at spaces.
struct SDPFields {
    private var bytes: ArraySlice<UInt8>
    init(_ bytes: ArraySlice<UInt8>) { self.bytes = bytes }

    mutating func nextBytes() -> ArraySlice<UInt8>? {
        bytes = bytes.drop { $0 == UInt8(ascii: " ") }
        guard !bytes.isEmpty else { return nil }
        let end = bytes.firstIndex(of: UInt8(ascii: " ")) ?? bytes.endIndex
        defer { bytes = bytes[end...] }
        return bytes[..<end]
    }

    mutating func next() -> String? {
        guard let field = nextBytes() else { return nil }
        return String(decoding: field, as: UTF8.self)
    }

    mutating func nextNumber<Number: FixedWidthInteger & UnsignedInteger>(_ type: Number.Type) -> Number? {
        guard let field = nextBytes() else { return nil }
        return Number(decimal: field)
    }

    mutating func rest() -> [String] {
        var all: [String] = []
        while let field = next() { all.append(field) }
        return all
    }

    /// What has not been taken, without the space before it.
    var remainder: String { String(decoding: bytes.drop { $0 == UInt8(ascii: " ") }, as: UTF8.self) }
}

extension FixedWidthInteger where Self: UnsignedInteger {
    /// Digits only: no sign, no space, no overflow.
    init?(decimal digits: ArraySlice<UInt8>) {
        guard !digits.isEmpty else { return nil }
        var value: Self = 0
        for digit in digits {
            guard digit >= UInt8(ascii: "0"), digit <= UInt8(ascii: "9") else { return nil }
            let (product, productOverflow) = value.multipliedReportingOverflow(by: 10)
            let (sum, sumOverflow) = product.addingReportingOverflow(Self(truncatingIfNeeded: digit &- 48))
            guard !productOverflow, !sumOverflow else { return nil }
            value = sum
        }
        self = value
    }
}
