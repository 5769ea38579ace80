// Adaptive streams: tells the server how large each remote picture is shown, or that it is not, so that nothing is sent
// that nobody sees.

const SETTLE_MILLISECONDS = 150;
/** A page in the background keeps its pictures for a moment: switching tabs back and forth costs nothing. */
const BACKGROUND_MILLISECONDS = 10000;

export class AdaptiveStream {
  #send;
  #videos = new Map();
  /** Received tracks that are shown nowhere, and were reported so. */
  #unseen = new Set();
  #timer;
  #inBackground = false;
  #backgroundTimer;
  #resizes = new ResizeObserver((entries) => this.#note(entries, () => ({})));
  #intersections = new IntersectionObserver((entries) => {
    this.#note(entries, ({ isIntersecting }) => ({ visible: isIntersecting }));
  });

  /** `send(fields)` sends an UpdateTrackSettings. */
  constructor(send) {
    this.#send = send;
    document.addEventListener('visibilitychange', () => this.#noteVisibility());
  }

  attach(sid, element) {
    this.detach(sid, true);
    this.#unseen.delete(sid);
    this.#videos.set(sid, { sid, element, visible: true, sent: '' });
    this.#resizes.observe(element);
    this.#intersections.observe(element);
    this.#schedule();
  }

  /** The picture is shown nowhere any more. `isGone`: neither is it received. */
  detach(sid, isGone = false) {
    const video = this.#videos.get(sid);
    if (isGone) this.#unseen.delete(sid);
    if (!video) return;
    this.#resizes.unobserve(video.element);
    this.#intersections.unobserve(video.element);
    this.#videos.delete(sid);
    if (!isGone) this.disable(sid);
  }

  /** The track is received but shown nowhere. */
  disable(sid) {
    if (this.#unseen.has(sid) || this.#videos.has(sid)) return;
    if (this.#send({ trackSids: [sid], disabled: true })) this.#unseen.add(sid);
  }

  /** After a reconnection: says everything again. */
  resync() {
    for (const video of this.#videos.values()) video.sent = '';
    for (const sid of [...this.#unseen]) this.#send({ trackSids: [sid], disabled: true });
    this.#schedule();
  }

  /** The tracks that are switched off at the moment, for SyncState. */
  get disabledSids() {
    return [...this.#unseen, ...[...this.#videos.values()].filter(({ sent }) => sent === 'disabled').map(({ sid }) => sid)];
  }

  #note(entries, change) {
    for (const entry of entries) {
      const video = [...this.#videos.values()].find(({ element }) => element === entry.target);
      if (video) Object.assign(video, change(entry));
    }
    this.#schedule();
  }

  #noteVisibility() {
    clearTimeout(this.#backgroundTimer);
    const change = () => { this.#inBackground = document.hidden; this.#schedule(); };
    if (document.hidden) this.#backgroundTimer = setTimeout(change, BACKGROUND_MILLISECONDS);
    else change();
  }

  #schedule() {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#report(), SETTLE_MILLISECONDS);
  }

  #report() {
    for (const video of this.#videos.values()) {
      const { sid, element, visible } = video;
      const settings = settingsFor(element.clientWidth, element.clientHeight, devicePixelRatio, visible && !this.#inBackground);
      const key = settings.disabled ? 'disabled' : `${settings.width}x${settings.height}`;
      if (key === video.sent) continue;
      if (this.#send({ trackSids: [sid], ...settings })) video.sent = key;
    }
  }
}

/** The settings for a picture shown at this size, in CSS pixels. Two device pixels per CSS pixel are enough for faces. */
export function settingsFor(width, height, pixelRatio, visible) {
  if (!visible || width === 0 || height === 0) return { disabled: true };
  const scale = Math.min(pixelRatio || 1, 2);
  return { width: Math.round(width * scale), height: Math.round(height * scale) };
}
