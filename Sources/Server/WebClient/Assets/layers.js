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

/**
 * The one encoding of a picture of `width` pixels that carries all its sizes (SVC). A key frame of the smallest size is
 * enough to begin with any of them (`_KEY`), and a screen is sent in one size, so that letters stay sharp.
 */
export function scalableEncodings(width, isScreen) {
  if (isScreen) return [{ scalabilityMode: 'L1T3', maxBitrate: 2_500_000, maxFramerate: 15 }];
  const count = cameraEncodings(width).length;
  const maxBitrate = [200_000, 600_000, width > 1280 ? 2_600_000 : 1_500_000][count - 1];
  return [{ scalabilityMode: `L${count}T3${count > 1 ? '_KEY' : ''}`, maxBitrate, maxFramerate: 30 }];
}

/** How many sizes the one encoding of `scalableEncodings` carries; undefined for simulcast. */
function scalableCount([{ scalabilityMode }]) {
  return scalabilityMode && Number(scalabilityMode[1]);
}

/** The same encodings as the VideoLayer entries of an AddTrackRequest, lowest quality first. */
export function layersOf(encodings, width, height) {
  const count = scalableCount(encodings);
  if (count) {
    return Array.from({ length: count }, (_, spatialLayer) => {
      const scale = 2 ** (count - 1 - spatialLayer);
      return {
        quality: spatialLayer, spatialLayer, width: Math.ceil(width / scale), height: Math.ceil(height / scale),
        bitrate: Math.floor(encodings[0].maxBitrate / scale ** 1.6),
      };
    });
  }
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
