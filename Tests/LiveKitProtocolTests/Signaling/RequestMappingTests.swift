import Conference
import LiveKitWire
import SwiftProtobuf
import Testing

@testable import LiveKitProtocol

@Suite struct RequestMappingTests {
    private func input(_ build: (inout WireSignalRequest) -> Void) -> SignalInput {
        SignalInput(.with(build), atMilliseconds: 1_000)
    }

    private func refusal(_ input: SignalInput) -> WireRequestResponse? {
        guard case .answer(let answers) = input, answers.count == 1,
            case .requestResponse(let refusal) = answers[0].message
        else { return nil }
        return refusal
    }

    @Test func descriptions() {
        let offer = input {
            $0.offer.type = "offer"
            $0.offer.sdp = "v=0"
            $0.offer.id = 4
            $0.offer.midToTrackID = ["0": "TR_a", "1": "nonsense"]
        }
        #expect(
            offer
                == .request(
                    .offer(SessionDescription(type: .offer, sdp: "v=0", id: 4, midToTrack: ["0": TrackSID("TR_a")!]))))
        #expect(
            input { $0.answer.sdp = "v=0" } == .request(.answer(SessionDescription(type: .answer, sdp: "v=0", id: 0))))
        #expect(refusal(input { $0.offer.type = "answer" })?.reason == .invalidRequest)
        #expect(
            refusal(input { $0.answer.type = "pranswer" })?.message
                == "The session description's type must be `answer`.")
    }

    @Test func candidates() {
        let browser = input {
            $0.trickle.candidateInit =
                #"{"candidate":"candidate:1 1 udp 1 192.0.2.1 7 typ host","sdpMid":"1","sdpMLineIndex":2,"usernameFragment":null}"#
            $0.trickle.target = .subscriber
        }
        #expect(
            browser
                == .request(
                    .trickle(
                        TrickledCandidate(
                            candidate: "candidate:1 1 udp 1 192.0.2.1 7 typ host", sdpMid: "1", sdpMLineIndex: 2,
                            target: .subscriber, isFinal: false))))
        let end = TrickledCandidate(candidate: "", sdpMid: "", sdpMLineIndex: 0, target: .publisher, isFinal: true)
        #expect(input { $0.trickle.final = true } == .request(.trickle(end)))
        let negative = #"{"candidate":"c","sdpMid":null,"sdpMLineIndex":-9223372036854775808}"#
        guard case .request(.trickle(let clamped)) = input({ $0.trickle.candidateInit = negative }) else {
            Issue.record("not taken")
            return
        }
        #expect(clamped.sdpMLineIndex == 0 && clamped.sdpMid == "")
    }

    @Test(arguments: [
        "", "{}", "null", "[]", #""candidate""#, #"{"candidate":1}"#, #"{"candidate":"c","sdpMLineIndex":"0"}"#,
        #"{"candidate":"c","sdpMLineIndex":1e99}"#, #"{"candidate":"c""#, String(repeating: "[", count: 4_000),
        #"{"candidate":"\#(String(repeating: "x", count: 5_000))"}"#,
    ])
    func badCandidatesAreRefused(json: String) throws {
        let refused = try #require(refusal(input { $0.trickle.candidateInit = json }))
        #expect(refused.reason == .invalidRequest && refused.trickle.candidateInit.isEmpty)
    }

    /// A camera in VP9 with a backup, and the backup once the client was asked for it: as browser clients say it.
    @Test func codecsOfATrack() {
        func codec(_ name: String, _ cid: String) -> WireSimulcastCodec {
            .with {
                $0.codec = name
                $0.cid = cid
            }
        }
        guard
            case .request(.addTrack(let first)) = input({
                $0.addTrack.cid = "camera"
                $0.addTrack.type = .video
                $0.addTrack.source = .camera
                $0.addTrack.simulcastCodecs = [codec("vp9", "camera"), codec("vp8", "")]
            }),
            case .request(.addTrack(let second)) = input({
                $0.addTrack.cid = "second"
                $0.addTrack.type = .video
                $0.addTrack.source = .camera
                $0.addTrack.sid = "TR_VC"
                $0.addTrack.simulcastCodecs = [codec("vp8", "second")]
            })
        else {
            Issue.record("not taken")
            return
        }
        #expect(first.codecs.map(\.codec) == ["vp9", "vp8"] && first.codecs.map(\.cid) == ["camera", ""])
        #expect(first.existingTrack == nil)
        #expect(second.existingTrack == TrackSID("TR_VC") && second.codecs.map(\.cid) == ["second"])
    }

    @Test func tracks() {
        #expect(input { $0.addTrack = WireAddTrackRequest(Samples.addTrack) } == .request(.addTrack(Samples.addTrack)))
        #expect(
            input {
                $0.mute.sid = "TR_a"
                $0.mute.muted = true
            } == .request(.muteTrack(TrackSID("TR_a")!, isMuted: true)))
        #expect(
            input {
                $0.updateAudioTrack.trackSid = "TR_a"
                $0.updateAudioTrack.features = [.tfStereo, .UNRECOGNIZED(77)]
            } == .request(.updateAudioTrack(TrackSID("TR_a")!, features: [0, 77])))
        #expect(
            input {
                $0.updateVideoTrack.trackSid = "TR_a"
                $0.updateVideoTrack.width = 3
                $0.updateVideoTrack.height = 4
            } == .request(.updateVideoTrack(TrackSID("TR_a")!, width: 3, height: 4)))
    }

    @Test func badTracksAreRefused() {
        #expect(refusal(input { $0.addTrack.name = "no cid" })?.addTrack.name == "no cid")
        let data = refusal(
            input {
                $0.addTrack.cid = "c"
                $0.addTrack.type = .data
            })
        #expect(data?.reason == .unsupportedType && data?.addTrack.cid == "c")
        #expect(
            refusal(
                input {
                    $0.addTrack.cid = "c"
                    $0.addTrack.sid = "PA_x"
                })?.reason == .invalidRequest)
        #expect(refusal(input { $0.mute.sid = "somebody's" })?.mute.sid == "somebody's")
        #expect(refusal(input { $0.updateAudioTrack.trackSid = "" })?.reason == .invalidRequest)
        #expect(refusal(input { $0.updateVideoTrack.width = 1 })?.updateVideoTrack.width == 1)
        let long = "TR_" + String(repeating: "x", count: 1_000)
        #expect(refusal(input { $0.mute.sid = long })?.reason == .invalidRequest)
    }

    @Test func listsAreBounded() {
        guard
            case .request(.addTrack(let request)) = input({
                $0.addTrack.cid = "c"
                $0.addTrack.layers = Array(repeating: WireVideoLayer(Samples.layer), count: 10_000)
                $0.addTrack.simulcastCodecs = Array(repeating: WireSimulcastCodec(), count: 10_000)
                $0.addTrack.audioFeatures = Array(repeating: .tfStereo, count: 10_000)
            })
        else {
            Issue.record("not taken")
            return
        }
        #expect(request.layers.count == 8 && request.codecs.count == 8 && request.audioFeatures.count == 32)
    }

    @Test func subscriptions() {
        let update = input {
            $0.subscription.trackSids = ["TR_a", "TR_b", "junk"]
            $0.subscription.subscribe = true
            $0.subscription.participantTracks = [
                .with {
                    $0.participantSid = "PA_x"
                    $0.trackSids = ["TR_b", "TR_c"]
                }
            ]
        }
        let tracks = ["TR_a", "TR_b", "TR_c"].map { TrackSID($0)! }
        #expect(update == .request(.updateSubscription(tracks, isSubscribed: true)))
        let settings = input {
            $0.trackSetting.trackSids = ["TR_a", "TR_a"]
            $0.trackSetting.quality = .medium
            $0.trackSetting.width = 1
            $0.trackSetting.height = 2
            $0.trackSetting.fps = 3
            $0.trackSetting.priority = 4
        }
        let expected = TrackSettings(
            tracks: [tracks[0]], quality: .medium, width: 1, height: 2, framesPerSecond: 3, priority: 4)
        #expect(settings == .request(.updateTrackSettings(expected)))
        #expect(
            input { $0.trackSetting.quality = .off }
                == .request(.updateTrackSettings(TrackSettings(tracks: [], isDisabled: true, quality: .low))))
        let permission = input {
            $0.subscriptionPermission.trackPermissions = [
                .with {
                    $0.participantIdentity = "bob"
                    $0.trackSids = ["TR_a"]
                },
                .with {
                    $0.participantSid = "PA_c"
                    $0.allTracks = true
                },
            ]
        }
        #expect(
            permission
                == .request(
                    .setSubscriptionPermission(
                        SubscriptionPermission(
                            allowsEverybody: false,
                            entries: [
                                .init(participant: nil, identity: "bob", allowsAllTracks: false, tracks: [tracks[0]]),
                                .init(
                                    participant: ParticipantSID("PA_c"), identity: "", allowsAllTracks: true, tracks: []
                                ),
                            ]))))
    }

    @Test func metadata() {
        #expect(
            input {
                $0.updateMetadata.name = "n"
                $0.updateMetadata.attributes = ["a": "", "": "x"]
                $0.updateMetadata.requestID = 6
            } == .request(.updateMetadata(requestID: 6, metadata: nil, name: "n", attributes: ["a": ""])))
        #expect(
            input { $0.updateMetadata.metadata = "null" }
                == .request(.updateMetadata(requestID: 0, metadata: "null", name: nil, attributes: [:])))
    }

    @Test func syncState() {
        let state = input {
            $0.syncState.offer.sdp = "o"
            $0.syncState.answer.type = "answer"
            $0.syncState.answer.sdp = "a"
            $0.syncState.subscription.trackSids = ["TR_a"]
            $0.syncState.subscription.subscribe = true
            $0.syncState.trackSidsDisabled = ["TR_d", "x"]
            $0.syncState.publishTracks = [
                .with {
                    $0.cid = "cid"
                    $0.track.sid = "TR_p"
                }
            ]
            $0.syncState.datachannelReceiveStates = [
                .with {
                    $0.publisherSid = "PA_b"
                    $0.lastSeq = 9
                }
            ]
        }
        #expect(
            state
                == .request(
                    .syncState(
                        SyncState(
                            offer: SessionDescription(type: .offer, sdp: "o", id: 0),
                            answer: SessionDescription(type: .answer, sdp: "a", id: 0),
                            subscribedTracks: [TrackSID("TR_a")!], listsSubscribed: true,
                            disabledTracks: [TrackSID("TR_d")!],
                            publishedTracks: [(cid: "cid", sid: TrackSID("TR_p")!)],
                            receivedData: [.init(publisher: "PA_b", lastSequence: 9)]))))
    }

    @Test func leave() {
        #expect(input { $0.leave.reason = .clientInitiated } == .request(.leave(.clientInitiated)))
        // A client does not decide that it was removed.
        #expect(input { $0.leave.reason = .participantRemoved } == .request(.leave(.unknown)))
        #expect(input { $0.leave.reason = .UNRECOGNIZED(99) } == .request(.leave(.unknown)))
    }

    @Test func keepAliveIsAnsweredAtTheDoor() {
        #expect(input { $0.ping = 3 } == .answer([.with { $0.pong = 1_000 }]))
        #expect(
            input { $0.pingReq.timestamp = 77 }
                == .answer([
                    .with {
                        $0.pongResp.lastPingTimestamp = 77
                        $0.pongResp.timestamp = 1_000
                    }
                ]))
    }

    @Test func unservedRequestsAreRefused() {
        let published = refusal(input { $0.publishDataTrackRequest.pubHandle = 3 })
        #expect(published?.reason == .unsupportedType && published?.publishDataTrack.pubHandle == 3)
        let unpublished = refusal(input { $0.unpublishDataTrackRequest.pubHandle = 4 })
        #expect(unpublished?.reason == .unsupportedType && unpublished?.unpublishDataTrack.pubHandle == 4)
        #expect(refusal(input { $0.storeDataBlobRequest.requestID = 5 })?.requestID == 5)
        #expect(refusal(input { $0.getDataBlobRequest.requestID = 6 })?.requestID == 6)
    }

    @Test func theRestIsLeftAlone() {
        #expect(input { _ in } == .nothing)
        #expect(input { $0.updateLayers.trackSid = "TR_a" } == .nothing)
        #expect(input { $0.simulate.nodeFailure = true } == .nothing)
        #expect(input { $0.updateDataSubscription = WireUpdateDataSubscription() } == .nothing)
    }
}
