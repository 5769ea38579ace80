// Which video codec is published, and whether as simulcast (one stream for each size) or SVC (all sizes in one stream).

const SVC_CODECS = ['video/vp9', 'video/av1'];

/** The codecs that a user may wish for, by the names that links and preferences have for them. */
export const WISHES = { vp9: 'video/vp9', av1: 'video/av1' };

/** Lower-case mime types that this browser can send. */
export function sendableCodecs() {
  const codecs = globalThis.RTCRtpSender?.getCapabilities('video')?.codecs ?? [];
  return [...new Set(codecs.map(({ mimeType }) => mimeType.toLowerCase()))];
}

/**
 * The video codec to publish in: the wished one where server and browser have it, else VP8 where the server takes it,
 * else the first one that both know.
 * @param enabledCodecs the server's Codec messages; @param supported mime types; @param wish a key of WISHES or undefined
 */
export function chooseVideoCodec(enabledCodecs, supported, wish) {
  const enabled = enabledCodecs.map(({ mime }) => mime.toLowerCase()).filter((mime) => mime.startsWith('video/'));
  const known = supported.map((mime) => mime.toLowerCase());
  const wished = WISHES[wish];
  if (wished && enabled.includes(wished) && known.includes(wished)) return wished;
  if (enabled.length === 0 || enabled.includes('video/vp8')) return 'video/vp8';
  return enabled.find((mime) => known.includes(mime)) ?? 'video/vp8';
}

/** Whether this browser can send `mime` with three spatial layers in one stream. */
export async function sendsLayers(mime) {
  if (!SVC_CODECS.includes(mime)) return false;
  try {
    const video = { contentType: mime, width: 1280, height: 720, bitrate: 1_500_000, framerate: 30, scalabilityMode: 'L3T3_KEY' };
    return (await navigator.mediaCapabilities.encodingInfo({ type: 'webrtc', video })).supported;
  } catch {
    return false;
  }
}

/** `{ mime, isSVC }` to publish in. A wish that the browser can only fulfil without layers is not worth it. */
export async function codecToPublish(enabledCodecs, wish) {
  const supported = sendableCodecs();
  const mime = chooseVideoCodec(enabledCodecs, supported, wish);
  const isSVC = await sendsLayers(mime);
  if (isSVC || mime !== WISHES[wish]) return { mime, isSVC };
  return { mime: chooseVideoCodec(enabledCodecs, supported), isSVC: false };
}

/** The codec `name` with its retransmissions, best first, or an empty list to leave the choice to the browser. */
export function codecPreferences(name) {
  const capabilities = RTCRtpSender.getCapabilities('video')?.codecs ?? [];
  const chosen = capabilities.filter(({ mimeType }) => mimeType.toLowerCase() === `video/${name}`);
  const repair = capabilities.filter(({ mimeType }) => mimeType.toLowerCase() === 'video/rtx');
  return chosen.length > 0 ? [...chosen, ...repair] : [];
}
