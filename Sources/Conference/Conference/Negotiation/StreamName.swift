// Names of media streams (`a=msid`, RFC 8830): what clients find publisher and track by, and what libwebrtc plays in
// step.

/// "PA_…|TR_…", one stream for each track, is what every client understands. libwebrtc synchronises the audio and video
/// of one stream only, so clients that find tracks by their section get "PA_…|camera": one stream for what belongs
/// together.
enum StreamName {
    /// A client's own names beyond that are of no use to anybody.
    static let maximumBytes = 64

    static func name(of track: TrackInfo, from publisher: ParticipantSID, isShared: Bool) -> String {
        guard isShared, isUsable(track.stream) else { return "\(publisher)|\(track.sid)" }
        return "\(publisher)|\(track.stream)"
    }

    /// Clients split the name at "|" and take what begins with "TR" for a track; the rest must be one word.
    private static func isUsable(_ stream: String) -> Bool {
        let isWord = stream.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"):
                true
            default: false
            }
        }
        return isWord && !stream.isEmpty && stream.utf8.count <= maximumBytes && !stream.hasPrefix("TR")
    }
}

extension JoinRequest {
    /// Browsers with one PeerConnection: they know tracks by their section, so that a stream may hold several. Not
    /// Firefox, which makes tracks of its own from streams, nor React Native, which knows only streams; neither sends
    /// its offer with the join under the name of a browser.
    var takesSharedStreams: Bool {
        guard mode == .single, client.sdk == "js", client.browser.lowercased() != "firefox" else { return false }
        let isNative = client.browser.isEmpty && ["ios", "android"].contains(client.os.lowercased())
        return !isNative && (!client.browser.isEmpty || publisherOffer != nil)
    }
}
