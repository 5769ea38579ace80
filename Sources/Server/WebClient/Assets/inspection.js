// `window.relais`: what automated tests and curious people may look at. Its shape is kept stable.

import { publisherStats, remoteStats } from './stats.js';

const KINDS = ['audio', 'video'];
const SOURCES = ['unknown', 'camera', 'microphone', 'screen_share', 'screen_share_audio'];

/** `current()` gives the running session and call view, or undefined: `{ session, view }`. */
export function makeInspection(current) {
  const session = () => current()?.session;
  return Object.freeze({
    get state() { return session()?.state ?? 'lobby'; },
    get room() { return session()?.room?.name; },
    get ended() { return session()?.end; },
    get messages() { return session()?.chat.messages ?? []; },
    get speakers() { return (session()?.roster.speakers ?? []).map(({ identity, level }) => ({ identity, level })); },
    get events() { return session()?.events ?? []; },
    participants: () => (session()?.roster.all ?? []).map((participant) => describe(participant, session())),
    async stats() {
      const report = await session()?.getStats();
      return report ? remoteStats(report, [...session().remoteTracks.values()]) : [];
    },
    async publisherStats() {
      const report = await session()?.getStats();
      return report ? publisherStats(report, session().local.publications).map((row) => ({ ...row, source: SOURCES[row.source] })) : [];
    },
    sendChat: (text) => current()?.view.sendChat(text),
    setSubscribed: (sid, subscribe) => session()?.setSubscribed(sid, subscribe),
    dropSignal: () => session()?.dropSignal(),
    leave: () => session()?.leave(),
  });
}

function describe(participant, session) {
  const { sid, identity, name, isLocal, speaking, level, quality, attributes, metadata } = participant;
  const tracks = [...participant.tracks.values()].map((track) => ({
    sid: track.sid, kind: KINDS[track.type], source: SOURCES[track.source], muted: track.muted,
    subscribed: session.remoteTracks.has(track.sid), mimeType: track.mimeType, width: track.width, height: track.height,
  }));
  return { sid, identity, name, isLocal, speaking, level, quality, attributes: { ...attributes }, metadata, tracks };
}
