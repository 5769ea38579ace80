// Who is in the room and what they publish, kept from the server's updates. Pure: each call returns what changed.

import { ParticipantState } from './schema.js';

/**
 * One person (or program) in the room. `tracks` maps a track sid to its TrackInfo; `level` 0…1 and `speaking` are the
 * server's view of who speaks; `quality` a ConnectionQuality or undefined.
 */
class Participant {
  tracks = new Map();
  speaking = false;
  level = 0;
  quality = undefined;

  constructor(info, isLocal) {
    this.sid = info.sid;
    this.identity = info.identity;
    this.isLocal = isLocal;
    this.take(info);
  }

  get displayName() {
    return this.name || this.identity;
  }

  take(info) {
    this.name = info.name;
    this.version = info.version;
    this.metadata = info.metadata;
    this.attributes = info.attributes;
    this.kind = info.kind;
    if (info.permission) this.permission = info.permission;
  }

  track(source) {
    return [...this.tracks.values()].find((track) => track.source === source);
  }
}

/**
 * A change is `{ type, participant, track?, before? }` with type 'joined', 'left', 'changed', 'trackPublished',
 * 'trackUnpublished', 'trackChanged' (`before`: the TrackInfo until now), or for speakers and quality 'speaking', 'quality'.
 */
export class Roster {
  local;
  #remotes = new Map();

  get remotes() {
    return [...this.#remotes.values()];
  }

  get all() {
    return this.local ? [this.local, ...this.#remotes.values()] : this.remotes;
  }

  participant(sid) {
    return this.local?.sid === sid ? this.local : this.#remotes.get(sid);
  }

  byIdentity(identity) {
    return this.all.find((participant) => participant.identity === identity);
  }

  /** The participant who publishes the track `sid`. */
  owner(trackSid) {
    return this.all.find((participant) => participant.tracks.has(trackSid));
  }

  /** Takes a JoinResponse. Remote participants that it does not list are gone. */
  join(localInfo, others) {
    this.local = new Participant(localInfo, true);
    return this.snapshot(others);
  }

  /** Takes a list of everybody: who is not in it has left. */
  snapshot(infos) {
    const present = new Set(infos.map(({ sid }) => sid));
    const changes = this.remotes.filter(({ sid }) => !present.has(sid)).flatMap((gone) => this.#remove(gone));
    return [...changes, ...this.update(infos)];
  }

  /** Takes a ParticipantUpdate. */
  update(infos) {
    return infos.flatMap((info) => {
      if (this.local && (info.sid === this.local.sid)) return this.#refresh(this.local, info);
      const known = this.#remotes.get(info.sid);
      if (info.state === ParticipantState.DISCONNECTED) return known ? this.#remove(known) : [];
      if (known) return this.#refresh(known, info);
      return this.#add(info);
    });
  }

  #add(info) {
    if (!info.sid || info.identity === this.local?.identity) return [];
    const replaced = this.remotes.find(({ identity }) => identity === info.identity);
    const participant = new Participant(info, false);
    this.#remotes.set(info.sid, participant);
    return [
      ...(replaced ? this.#remove(replaced) : []),
      { type: 'joined', participant },
      ...this.#takeTracks(participant, info.tracks),
    ];
  }

  #remove(participant) {
    this.#remotes.delete(participant.sid);
    return [...this.#takeTracks(participant, []), { type: 'left', participant }];
  }

  #refresh(participant, info) {
    if (info.version < participant.version) return [];
    participant.take(info);
    return [{ type: 'changed', participant }, ...this.#takeTracks(participant, info.tracks)];
  }

  #takeTracks(participant, infos) {
    const { tracks } = participant;
    const changes = [];
    const listed = new Set(infos.map(({ sid }) => sid));
    for (const [sid, track] of [...tracks]) {
      if (listed.has(sid)) continue;
      tracks.delete(sid);
      changes.push({ type: 'trackUnpublished', participant, track });
    }
    for (const track of infos) {
      const before = tracks.get(track.sid);
      tracks.set(track.sid, track);
      changes.push({ type: before ? 'trackChanged' : 'trackPublished', participant, track, ...(before && { before }) });
    }
    return changes;
  }

  /** Takes the deltas of a SpeakersChanged. */
  updateSpeakers(speakers) {
    return speakers.flatMap(({ sid, level, active }) => {
      const participant = this.participant(sid);
      if (!participant) return [];
      participant.speaking = active;
      participant.level = active ? level : 0;
      return [{ type: 'speaking', participant }];
    });
  }

  updateQuality(updates) {
    return updates.flatMap(({ participantSid, quality }) => {
      const participant = this.participant(participantSid);
      if (!participant) return [];
      participant.quality = quality;
      return [{ type: 'quality', participant }];
    });
  }

  /** Those who speak now, loudest first. */
  get speakers() {
    return this.all.filter(({ speaking }) => speaking).sort((a, b) => b.level - a.level);
  }
}
