// The codecs of the sections that the server offers itself (two PeerConnections): payload types of our choice.

import SDP

enum OfferedCodecs {
    static let audio = [
        SDPCodec(
            payloadType: 111, name: "opus", clockRateHertz: 48_000, channels: 2,
            parameters: "minptime=10;useinbandfec=1", feedback: ["nack"]),
        SDPCodec(payloadType: 63, name: "red", clockRateHertz: 48_000, channels: 2, parameters: "111/111"),
    ]

    static let video: [SDPCodec] =
        pair(96, "VP8") + pair(98, "VP9", "profile-id=0") + pair(100, "VP9", "profile-id=2")
        + pair(108, "H264", h264(mode: 1, "42e01f"))
        + pair(125, "H264", h264(mode: 0, "42e01f")) + pair(123, "H264", h264(mode: 1, "64001f"))
        + pair(35, "AV1", "level-idx=5;profile=0;tier=0")

    private static func h264(mode: Int, _ level: String) -> String {
        "level-asymmetry-allowed=1;packetization-mode=\(mode);profile-level-id=\(level)"
    }

    /// A codec and its retransmissions, on the next payload type.
    private static func pair(_ payloadType: UInt8, _ name: String, _ parameters: String = "") -> [SDPCodec] {
        [
            SDPCodec(
                payloadType: payloadType, name: name, clockRateHertz: 90_000, parameters: parameters,
                feedback: ["transport-cc", "ccm fir", "nack", "nack pli"]),
            SDPCodec(
                payloadType: payloadType + 1, name: "rtx", clockRateHertz: 90_000, parameters: "apt=\(payloadType)"),
        ]
    }
}
