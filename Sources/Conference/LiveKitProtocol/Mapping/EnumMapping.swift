// The enumerations of the room and of the wire, both ways. Wire values nobody knows become the harmless one.

import Conference
import LiveKitWire

extension WireTrackType {
    init(_ kind: TrackKind) {
        self =
            switch kind {
            case .audio: .audio
            case .video: .video
            case .data: .data
            }
    }

    var kind: TrackKind {
        switch self {
        case .audio: .audio
        case .video: .video
        case .data, .UNRECOGNIZED: .data
        }
    }
}

extension WireTrackSource {
    init(_ source: TrackSource) {
        self =
            switch source {
            case .unknown: .unknown
            case .camera: .camera
            case .microphone: .microphone
            case .screenShare: .screenShare
            case .screenShareAudio: .screenShareAudio
            }
    }

    var source: TrackSource {
        switch self {
        case .camera: .camera
        case .microphone: .microphone
        case .screenShare: .screenShare
        case .screenShareAudio: .screenShareAudio
        case .unknown, .UNRECOGNIZED: .unknown
        }
    }
}

extension WireVideoQuality {
    init(_ quality: VideoQuality) {
        self =
            switch quality {
            case .low: .low
            case .medium: .medium
            case .high: .high
            }
    }

    /// Nil for "off", which is no quality.
    var quality: VideoQuality? {
        switch self {
        case .low: .low
        case .medium: .medium
        case .high: .high
        case .off, .UNRECOGNIZED: nil
        }
    }
}

extension WireVideoLayer.Mode {
    init(_ mode: VideoLayerMode) {
        self =
            switch mode {
            case .unused: .unused
            case .oneLayerPerStream: .oneSpatialLayerPerStream
            case .severalLayersPerStream: .multipleSpatialLayersPerStream
            case .oneLayerPerStreamIncompleteReports: .oneSpatialLayerPerStreamIncompleteRtcpSr
            }
    }

    var mode: VideoLayerMode {
        switch self {
        case .unused, .UNRECOGNIZED: .unused
        case .oneSpatialLayerPerStream: .oneLayerPerStream
        case .multipleSpatialLayersPerStream: .severalLayersPerStream
        case .oneSpatialLayerPerStreamIncompleteRtcpSr: .oneLayerPerStreamIncompleteReports
        }
    }
}

extension WireEncryption.TypeEnum {
    init(_ encryption: TrackEncryption) {
        self =
            switch encryption {
            case .none: .none
            case .gcm: .gcm
            case .custom: .custom
            }
    }

    /// A scheme nobody knows is still encryption: its frames must not be taken for clear ones.
    var encryption: TrackEncryption {
        switch self {
        case .none: .none
        case .gcm: .gcm
        case .custom, .UNRECOGNIZED: .custom
        }
    }
}

extension WireParticipantInfo.State {
    init(_ state: ParticipantState) {
        self =
            switch state {
            case .joining: .joining
            case .joined: .joined
            case .active: .active
            case .disconnected: .disconnected
            }
    }
}

extension WireParticipantInfo.Kind {
    init(_ kind: ParticipantKind) {
        self =
            switch kind {
            case .standard: .standard
            case .ingress: .ingress
            case .egress: .egress
            case .sip: .sip
            case .agent: .agent
            case .connector: .connector
            case .bridge: .bridge
            }
    }
}

extension WireDisconnectReason {
    init(_ reason: DisconnectReason) {
        self =
            switch reason {
            case .unknown: .unknownReason
            case .clientInitiated: .clientInitiated
            case .duplicateIdentity: .duplicateIdentity
            case .serverShutdown: .serverShutdown
            case .participantRemoved: .participantRemoved
            case .roomDeleted: .roomDeleted
            case .stateMismatch: .stateMismatch
            case .joinFailure: .joinFailure
            case .signalClose: .signalClose
            case .roomClosed: .roomClosed
            case .connectionTimeout: .connectionTimeout
            case .mediaFailure: .mediaFailure
            }
    }

    /// What a client may say of its own leaving; reasons that only a server has become unknown.
    var ofClient: DisconnectReason {
        switch self {
        case .clientInitiated: .clientInitiated
        case .stateMismatch: .stateMismatch
        case .joinFailure: .joinFailure
        case .mediaFailure: .mediaFailure
        case .connectionTimeout: .connectionTimeout
        default: .unknown
        }
    }
}

extension WireConnectionQuality {
    init(_ quality: ConnectionQuality) {
        self =
            switch quality {
            case .poor: .poor
            case .good: .good
            case .excellent: .excellent
            case .lost: .lost
            }
    }
}

extension WireSubscriptionError {
    init(_ error: SubscriptionError) {
        self =
            switch error {
            case .unknown: .seUnknown
            case .codecUnsupported: .seCodecUnsupported
            case .trackNotFound: .seTrackNotfound
            }
    }
}

extension WireLeaveRequest.Action {
    init(_ action: LeaveAction) {
        self =
            switch action {
            case .disconnect: .disconnect
            case .resume: .resume
            case .reconnect: .reconnect
            }
    }
}

extension WireRequestResponse.Reason {
    init(_ outcome: RequestOutcome) {
        self =
            switch outcome {
            case .ok: .ok
            case .notFound: .notFound
            case .notAllowed: .notAllowed
            case .limitExceeded: .limitExceeded
            case .queued: .queued
            case .unsupportedType: .unsupportedType
            case .invalidRequest: .invalidRequest
            }
    }
}

extension WireSignalTarget {
    init(_ target: TransportTarget) {
        self =
            switch target {
            case .publisher: .publisher
            case .subscriber: .subscriber
            }
    }

    var target: TransportTarget {
        switch self {
        case .publisher, .UNRECOGNIZED: .publisher
        case .subscriber: .subscriber
        }
    }
}
