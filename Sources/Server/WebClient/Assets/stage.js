// The stage: the tiles of those on screen, their places and their pictures.

import { AdaptiveStream } from './adaptive.js';
import { el } from './dom.js';
import { focusPlaces, gridPlaces, visibleTiles } from './layout.js';
import { text } from './strings.js';
import { Tile } from './tile.js';
import { TrackSource } from './schema.js';

const MOST_TILES = 24;
const GAP = 10;
/** Programs that record are in the roster, but are nobody to look at. */
const EGRESS = 2;

export class Stage {
  element = el('ul', { class: 'stage', label: 'call.stage' });
  tiles = new Map();
  #session;
  #pinned;
  #adaptive;
  #more = el('li', { class: 'tile more', hidden: true });
  #scheduled = false;
  #resizes = new ResizeObserver(() => this.#place());

  constructor(session) {
    this.#session = session;
    this.#adaptive = new AdaptiveStream((fields) => session.send('trackSetting', fields));
    session.adaptive = this.#adaptive;
    this.element.append(this.#more);
    this.#resizes.observe(this.element);
  }

  close() {
    this.#resizes.disconnect();
    for (const tile of this.tiles.values()) tile.show(undefined);
  }

  /** Brings the tiles up to date before the next frame, once for many changes. */
  refresh() {
    if (this.#scheduled) return;
    this.#scheduled = true;
    queueMicrotask(() => {
      this.#scheduled = false;
      this.#reconcile();
      this.#place();
    });
  }

  #reconcile() {
    const wanted = new Map();
    for (const participant of this.#session.roster.all) {
      if (participant.kind === EGRESS) continue;
      // One's own tile stays the same one through a reconnection, which gives a new sid.
      const key = participant.isLocal ? 'local' : participant.sid;
      wanted.set(key, { participant, isScreen: false });
      const isSharing = participant.isLocal ? this.#session.isSharingScreen : participant.track(TrackSource.SCREEN_SHARE);
      if (isSharing) wanted.set(`${key}/screen`, { participant, isScreen: true });
    }
    for (const [key, tile] of [...this.tiles]) {
      const still = wanted.get(key)?.participant;
      if (still && still.isLocal) tile.participant = still;
      if (still === tile.participant) continue;
      this.#hide(tile);
      tile.element.remove();
      this.tiles.delete(key);
    }
    for (const [key, { participant, isScreen }] of wanted) {
      if (this.tiles.has(key)) continue;
      const tile = new Tile({
        participant, isScreen, onPin: (pinned) => this.#togglePin(pinned),
        onFrame: (sid, size) => this.#session.log('firstFrame', { sid, ...size }),
      });
      this.tiles.set(key, tile);
      this.element.insertBefore(tile.element, this.#more);
    }
    for (const tile of this.tiles.values()) tile.refresh();
  }

  #togglePin(tile) {
    this.#pinned = this.#focused === tile ? null : tile;
    this.#place();
  }

  /** The large tile: the pinned one, else a shared screen; `#pinned` null means that the user wants the grid. */
  get #focused() {
    const tiles = [...this.tiles.values()];
    const screen = tiles.find(({ isScreen, participant }) => isScreen && !participant.isLocal);
    if (!screen && this.#pinned === null) this.#pinned = undefined;
    if (this.#pinned === null) return undefined;
    return tiles.includes(this.#pinned) ? this.#pinned : screen;
  }

  #place() {
    const { clientWidth: width, clientHeight: height } = this.element;
    const focused = this.#focused;
    // A shared screen is never among those without a place.
    const rank = (tile) => (tile === focused ? 2 : tile.isScreen ? 1 : 0);
    const tiles = [...this.tiles.values()].sort((a, b) => rank(b) - rank(a));
    const count = Math.min(tiles.length, MOST_TILES);
    const places = focused ? focusPlaces(count, width, height, GAP) : gridPlaces(count, width, height, GAP);
    // Where not all have a place, the last place tells how many more there are.
    const limit = places.length < tiles.length ? places.length - 1 : tiles.length;
    const shown = visibleTiles(tiles, Math.max(1, limit), ({ participant }) => participant.speaking);
    const hiddenCount = tiles.length - shown.length;
    for (const tile of tiles) {
      const place = places[shown.indexOf(tile)];
      tile.element.hidden = !place;
      tile.setPinned(tile === focused);
      tile.element.classList.toggle('small', Boolean(place) && place.width < 240);
      if (place) stand(tile.element, place);
      if (place) this.#show(tile);
      else this.#hide(tile);
    }
    this.#more.hidden = hiddenCount === 0 || places.length < 2;
    if (!this.#more.hidden) {
      this.#more.textContent = text('call.more', { count: hiddenCount });
      stand(this.#more, places.at(-1));
      this.#more.classList.toggle('small', places.at(-1).width < 240);
    }
  }

  #show(tile) {
    const { participant, source } = tile;
    if (participant.isLocal) return tile.show(this.#session.local.publication(source)?.track);
    const info = participant.track(source);
    const section = info && !info.muted ? this.#session.remoteTracks.get(info.sid) : undefined;
    const before = tile.shownSid;
    tile.show(section?.track, section?.sid);
    tile.setPaused(Boolean(section) && this.#session.pausedSids.has(section.sid));
    if (before === tile.shownSid) return;
    if (before) this.#adaptive.detach(before, !this.#session.remoteTracks.has(before));
    if (tile.shownSid) this.#adaptive.attach(tile.shownSid, tile.video);
  }

  #hide(tile) {
    const before = tile.shownSid;
    tile.show(undefined);
    if (before) this.#adaptive.detach(before, !this.#session.remoteTracks.has(before));
    else this.#disableUnseen(tile);
  }

  /** A track that arrives for a tile without a place is switched off. */
  #disableUnseen({ participant, source }) {
    if (participant.isLocal) return;
    const sid = participant.track(source)?.sid;
    if (sid && this.#session.remoteTracks.has(sid)) this.#adaptive.disable(sid);
  }
}

function stand(element, { left, top, width, height }) {
  Object.assign(element.style, { left: `${left}px`, top: `${top}px`, width: `${width}px`, height: `${height}px` });
}
