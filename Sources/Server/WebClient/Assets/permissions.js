// What a participant may do here: as the server says it once one is in, and before that as the token claims it.

import { TrackSource } from './schema.js';

const SOURCES = {
  camera: TrackSource.CAMERA, microphone: TrackSource.MICROPHONE, screen_share: TrackSource.SCREEN_SHARE,
  screen_share_audio: TrackSource.SCREEN_SHARE_AUDIO,
};

/** The ParticipantPermission fields that the claims of a token lead to. The server has the last word. */
export function claimedPermission(claims) {
  const video = claims?.video ?? {};
  const canPublish = video.canPublish ?? true;
  return {
    canPublish, canPublishData: video.canPublishData ?? canPublish, canUpdateMetadata: video.canUpdateOwnMetadata ?? false,
    canPublishSources: (video.canPublishSources ?? []).map((name) => SOURCES[name]).filter(Boolean),
  };
}

/** Whether `permission` (undefined where nothing is known yet) allows publishing from `source`. */
export function mayPublish(permission, source) {
  if (!permission) return true;
  const { canPublish, canPublishSources } = permission;
  return canPublish && (canPublishSources.length === 0 || canPublishSources.includes(source));
}

/** Whether nothing may be published that others could see or hear. */
export function listensOnly(permission) {
  return ![TrackSource.MICROPHONE, TrackSource.CAMERA, TrackSource.SCREEN_SHARE].some((source) => mayPublish(permission, source));
}
