// From the tile in which a subscriber shows a picture to what is sent to it (adaptive stream).

import MediaInterface

enum LayerChoice {
    /// Frames a second that a camera is taken to give; most give more, and then a wish is served too well.
    private static let cameraFramesPerSecond: UInt32 = 24

    /// The smallest layer that has nine tenths of the tile's height, else the largest; a size wins over a quality.
    static func quality(for settings: TrackSettings, layers: [VideoLayer]) -> VideoQuality? {
        if settings.isDisabled { return nil }
        let sized = layers.filter { $0.height > 0 }.sorted { $0.quality < $1.quality }
        guard settings.width > 0, settings.height > 0, let largest = sized.last else { return settings.quality }
        let sufficient = sized.first { UInt64($0.height) * 10 >= UInt64(settings.height) * 9 }
        return (sufficient ?? largest).quality
    }

    /// - Parameters:
    ///   - quality: nil while the subscriber shows nothing.
    ///   - wish: nil as long as the tile has not said anything.
    static func settings(for quality: VideoQuality?, wish: TrackSettings?, of track: TrackInfo) -> SubscriptionSettings
    {
        guard let quality else { return SubscriptionSettings(isEnabled: false) }
        var settings = SubscriptionSettings(maximumSpatialLayer: quality.rawValue)
        guard track.kind == .video, let wish else { return settings }
        let (pixels, isOver) = wish.width.multipliedReportingOverflow(by: wish.height)
        settings.wishedPixels = isOver ? .max : pixels
        if let layer = temporalLayer(forFramesPerSecond: wish.framesPerSecond, from: track.source) {
            settings.maximumTemporalLayer = layer
        }
        return settings
    }

    /// Each temporal layer doubles the frames, and three are usual. Nil for all of them: when nothing is wished, and
    /// for screens, whose frames come when something moves.
    private static func temporalLayer(forFramesPerSecond wished: UInt32, from source: TrackSource) -> UInt8? {
        guard wished > 0, source != .screenShare else { return nil }
        if wished <= cameraFramesPerSecond / 4 { return 0 }
        if wished <= cameraFramesPerSecond / 2 { return 1 }
        return nil
    }
}
