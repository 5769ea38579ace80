// Which simulcast layers a picture is published in, and which of them are wanted at the moment.

import { VideoQuality } from './schema.js';

const SMALLEST_THREE_LAYER_WIDTH = 960;
const SMALLEST_TWO_LAYER_WIDTH = 480;

export const RID_QUALITY = { q: VideoQuality.LOW, h: VideoQuality.MEDIUM, f: VideoQuality.HIGH };

/**
 * The encodings of a camera picture of `width` pixels, lowest first, for RTCRtpTransceiverInit.sendEncodings.
 * Bitrates in bit/s.
 */
export function cameraEncodings(width) {
  if (width >= SMALLEST_THREE_LAYER_WIDTH) {
    return [
      { rid: 'q', scaleResolutionDownBy: 4, maxBitrate: 160_000, maxFramerate: 20 },
      { rid: 'h', scaleResolutionDownBy: 2, maxBitrate: 500_000, maxFramerate: 25 },
      { rid: 'f', scaleResolutionDownBy: 1, maxBitrate: width > 1280 ? 3_000_000 : 1_700_000, maxFramerate: 30 },
    ];
  }
  if (width >= SMALLEST_TWO_LAYER_WIDTH) {
    return [
      { rid: 'q', scaleResolutionDownBy: 2, maxBitrate: 160_000, maxFramerate: 20 },
      { rid: 'h', scaleResolutionDownBy: 1, maxBitrate: 600_000, maxFramerate: 30 },
    ];
  }
  return [{ rid: 'q', scaleResolutionDownBy: 1, maxBitrate: 200_000, maxFramerate: 30 }];
}

/** The encodings of a shared screen: legibility before fluency. */
export function screenEncodings(width) {
  const full = { rid: 'h', scaleResolutionDownBy: 1, maxBitrate: 2_500_000, maxFramerate: 15 };
  if (width < SMALLEST_THREE_LAYER_WIDTH) return [{ ...full, rid: 'q' }];
  return [{ rid: 'q', scaleResolutionDownBy: 2, maxBitrate: 400_000, maxFramerate: 5 }, full];
}

/** The same encodings as the VideoLayer entries of an AddTrackRequest. */
export function layersOf(encodings, width, height) {
  return encodings.map((encoding) => ({
    quality: RID_QUALITY[encoding.rid],
    width: Math.floor(width / encoding.scaleResolutionDownBy),
    height: Math.floor(height / encoding.scaleResolutionDownBy),
    bitrate: encoding.maxBitrate,
    rid: encoding.rid,
  }));
}

/**
 * Which of `encodings` (RTCRtpEncodingParameters) should be sent, after a SubscribedQualityUpdate. A single encoding is
 * sent while anybody wants any quality of it.
 * @returns an array of booleans, or undefined when the update does not speak of this codec
 */
export function wantedEncodings(encodings, update, codec) {
  const ofCodec = update.subscribedCodecs.find((entry) => entry.codec.toLowerCase() === codec);
  const qualities = ofCodec?.qualities ?? (update.subscribedCodecs.length === 0 ? update.subscribedQualities : undefined);
  if (!qualities || qualities.length === 0) return undefined;
  const wanted = new Map(qualities.map(({ quality, enabled }) => [quality, enabled]));
  if (encodings.length === 1) return [[...wanted.values()].some(Boolean)];
  return encodings.map(({ rid, active }) => wanted.get(RID_QUALITY[rid]) ?? active !== false);
}
