// Percentiles of a few values, by nearest rank.

enum Percentiles {
    /// The smallest value that `share` (0…1) of all values do not exceed; nil without values.
    static func nearestRank(_ values: [Double], _ share: Double) -> Double? {
        guard !values.isEmpty else { return nil }
        let sorted = values.sorted()
        let rank = Int((Double(sorted.count) * share).rounded(.up))
        return sorted[min(max(1, rank), sorted.count) - 1]
    }
}
