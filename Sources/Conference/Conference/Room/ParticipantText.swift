// Bounds of what participants write about themselves.

enum ParticipantText {
    /// Metadata and attributes together, bytes.
    static func fits(metadata: String, attributes: [String: String]) -> Bool {
        guard attributes.count <= ConferenceLimits.attributeCount else { return false }
        let size = attributes.reduce(metadata.utf8.count) { $0 + $1.key.utf8.count + $1.value.utf8.count }
        return size <= ConferenceLimits.metadataBytes
    }

    /// An empty value deletes its key.
    static func merged(_ attributes: [String: String], with changes: [String: String]) -> [String: String] {
        attributes.merging(changes) { $1 }.filter { !$0.value.isEmpty }
    }
}
