// Real encoders and decoders for the tests: libvpx behind values that Swift can hold.

import CVPX

/// One coded picture of one spatial layer.
struct CodedFrame {
    var bytes: [UInt8]
    var spatial: Int
    var temporal: Int
    var isKeyframe: Bool
}

enum RealCodec: Int32 {
    case vp8Temporal = 0
    case vp9Scalable = 1
    case vp9KeyScalable = 2
}

@safe final class RealEncoder {
    private let encoder: OpaquePointer
    let width: Int
    let height: Int
    private var frames: [CodedFrame] = []

    init?(_ codec: RealCodec, width: Int, height: Int, kilobitsPerSecond: Int) {
        guard
            let encoder = unsafe relais_vpx_encoder_create(
                codec.rawValue, UInt32(width), UInt32(height), UInt32(kilobitsPerSecond))
        else { return nil }
        unsafe self.encoder = encoder
        self.width = width
        self.height = height
    }

    deinit { unsafe relais_vpx_encoder_destroy(encoder) }

    /// The frames of one picture, the lowest layer first; nil when libvpx fails.
    func encode(_ picture: [UInt8], number: Int, isKeyframe: Bool) -> [CodedFrame]? {
        frames = []
        let result = unsafe picture.withUnsafeBufferPointer { planes in
            unsafe relais_vpx_encode(
                encoder, planes.baseAddress, Int64(number), isKeyframe ? 1 : 0,
                { context, bytes, count, spatial, temporal, isKeyframe in
                    guard let context = unsafe context else { return }
                    let encoder = unsafe Unmanaged<RealEncoder>.fromOpaque(context).takeUnretainedValue()
                    let copy = unsafe Array(UnsafeBufferPointer(start: bytes, count: count))
                    encoder.frames.append(
                        CodedFrame(
                            bytes: copy, spatial: Int(spatial), temporal: Int(temporal), isKeyframe: isKeyframe != 0))
                }, Unmanaged.passUnretained(self).toOpaque())
        }
        return result == 0 ? frames : nil
    }
}

/// A decoded picture; planes without padding.
struct DecodedPicture: Hashable {
    var width: Int
    var height: Int
    var planes: [UInt8]
}

@safe final class RealDecoder {
    private let decoder: OpaquePointer

    init?(isVP9: Bool) {
        guard let decoder = unsafe relais_vpx_decoder_create(isVP9 ? 1 : 0) else { return nil }
        unsafe self.decoder = decoder
    }

    deinit { unsafe relais_vpx_decoder_destroy(decoder) }

    /// The picture that these frames show; nil when they cannot be decoded or show nothing.
    func decode(_ bytes: [UInt8]) -> DecodedPicture? {
        var planes = [UInt8](repeating: 0, count: 1 << 18)
        var width: UInt32 = 0
        var height: UInt32 = 0
        let count = unsafe planes.withUnsafeMutableBufferPointer { target in
            unsafe bytes.withUnsafeBufferPointer { source in
                unsafe relais_vpx_decode(
                    decoder, source.baseAddress, source.count, target.baseAddress, target.count, &width, &height)
            }
        }
        guard count > 0 else { return nil }
        return DecodedPicture(width: Int(width), height: Int(height), planes: Array(planes[..<count]))
    }
}

/// A scene that moves: a gradient that drifts, a square that crosses it, some texture.
func movingPicture(_ number: Int, width: Int, height: Int) -> [UInt8] {
    var planes = [UInt8](repeating: 128, count: width * height * 3 / 2)
    let side = height / 3
    let (left, top) = (number * 3 % (width - side), number * 2 % (height - side))
    for row in 0..<height {
        for column in 0..<width {
            let texture = (row * 31 &+ column * 17 &+ number * 7) % 23
            let isSquare = left..<left + side ~= column && top..<top + side ~= row
            planes[row * width + column] = UInt8(
                isSquare ? 200 + texture : (column + row + number * 2) % 140 + 30 + texture)
        }
    }
    return planes
}
