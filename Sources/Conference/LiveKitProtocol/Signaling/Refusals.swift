// The door's own refusals: requests that are malformed or not served, answered with the request they belong to.

import LiveKitWire
import SwiftProtobuf

extension SignalInput {
    static func refusal(
        _ message: String, as reason: WireRequestResponse.Reason = .invalidRequest,
        _ subject: (inout WireRequestResponse) -> Void
    ) -> SignalInput {
        .answer([
            .with {
                $0.requestResponse.reason = reason
                $0.requestResponse.message = message
                subject(&$0.requestResponse)
            }
        ])
    }

    static func refusal(of trickle: WireTrickleRequest) -> SignalInput {
        // The candidate is not repeated: it may be of any size.
        refusal("The candidate must be JSON with `candidate`, `sdpMid` and `sdpMLineIndex`.") {
            $0.trickle.target = trickle.target
        }
    }

    static func refusal(of mute: WireMuteTrackRequest) -> SignalInput {
        refusal(noTrack) { $0.mute = mute }
    }

    static func refusal(of update: WireUpdateLocalAudioTrack) -> SignalInput {
        refusal(noTrack) { $0.updateAudioTrack = update }
    }

    static func refusal(of update: WireUpdateLocalVideoTrack) -> SignalInput {
        refusal(noTrack) { $0.updateVideoTrack = update }
    }

    private static let noTrack = "The request names no track: a track sid begins with TR_."
}

extension WireSignalResponse {
    /// The refusal of a data track or blob request.
    init(refusingUnserved request: WireSignalRequest) {
        self.init()
        requestResponse.reason = .unsupportedType
        switch request.message {
        case .publishDataTrackRequest(let track):
            requestResponse.message = "Data tracks are not served: send data packets or streams."
            requestResponse.publishDataTrack = track
        case .unpublishDataTrackRequest(let track):
            requestResponse.message = "Data tracks are not served."
            requestResponse.unpublishDataTrack = track
        case .storeDataBlobRequest(let blob):
            requestResponse.message = "Data blobs are not served."
            requestResponse.requestID = blob.requestID
        case .getDataBlobRequest(let blob):
            requestResponse.message = "Data blobs are not served."
            requestResponse.requestID = blob.requestID
        default:
            requestResponse.message = "This request is not served."
        }
    }
}
