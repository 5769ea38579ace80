// Bounded gzip (RFC 1952): what a client compresses never costs more than the bound.

import CZlib

enum Gzip {
    enum Failure: Error { case tooLarge, malformed }

    /// The content of one gzip member, at most `maximumBytes` of it; memory beyond that is never asked for.
    static func decompress(_ source: [UInt8], maximumBytes: Int) throws(Failure) -> [UInt8] {
        var status = Int32(RELAIS_GUNZIP_MALFORMED)
        // The pages behind the capacity are only touched as far as the content reaches.
        let content = unsafe [UInt8](unsafeUninitializedCapacity: maximumBytes) { target, count in
            unsafe source.withUnsafeBufferPointer { source in
                status = unsafe relais_gunzip(
                    source.baseAddress, source.count, target.baseAddress, maximumBytes, &count)
            }
        }
        switch Int(status) {
        case RELAIS_GUNZIP_DONE: return content
        case RELAIS_GUNZIP_TOO_LARGE: throw .tooLarge
        default: throw .malformed
        }
    }

    /// One gzip member that holds `source`.
    static func compress(_ source: [UInt8]) -> [UInt8] {
        // zlib's own bound: stored blocks cost 5 bytes per 16 kB, the wrapper 18.
        let capacity = source.count + source.count / 1_000 + 64
        return unsafe [UInt8](unsafeUninitializedCapacity: capacity) { target, count in
            unsafe source.withUnsafeBufferPointer { source in
                count = unsafe relais_gzip(source.baseAddress, source.count, target.baseAddress, capacity)
            }
        }
    }
}
