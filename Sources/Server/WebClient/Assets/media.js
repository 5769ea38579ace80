// One's own microphone, camera and screen during the call: opening, switching off and on, publishing.

import { deviceProblems, openCamera, openMicrophone, openScreen } from './devices.js';
import { toast } from './dom.js';
import { recall } from './preferences.js';
import { TrackSource } from './schema.js';

const KINDS = { [TrackSource.MICROPHONE]: 'audio', [TrackSource.CAMERA]: 'video' };

export class OwnMedia {
  #session;
  #busy = new Set();

  constructor(session) {
    this.#session = session;
  }

  /** Publishes the tracks that were opened before the call. */
  publishInitial({ audio, video }) {
    if (audio) this.#publish(TrackSource.MICROPHONE, audio);
    if (video) this.#publish(TrackSource.CAMERA, video);
  }

  isOn(source) {
    const publication = this.#session.local.publication(source);
    return Boolean(publication) && !publication.muted;
  }

  async toggle(source) {
    if (this.isOn(source)) return this.#session.local.setMuted(source, true);
    if (!this.#session.mayPublish(source)) return toast('call.notAllowed', {}, true);
    const publication = this.#session.local.publication(source);
    if (publication?.track?.readyState === 'live') return this.#session.local.setMuted(source, false);
    await this.#once(source, async () => {
      const isMicrophone = source === TrackSource.MICROPHONE;
      const track = isMicrophone ? await openMicrophone(recall('audioinput')) : await openCamera(recall('videoinput'));
      await this.#publish(source, track);
    });
  }

  async toggleScreen() {
    if (this.#session.isSharingScreen) return this.#stopScreen();
    if (!this.#session.mayPublish(TrackSource.SCREEN_SHARE)) return toast('call.notAllowed', {}, true);
    await this.#once(TrackSource.SCREEN_SHARE, async () => {
      const { video, audio } = await openScreen();
      video.addEventListener('ended', () => this.#stopScreen());
      this.#session.local.publish(TrackSource.SCREEN_SHARE, video);
      if (audio) this.#session.local.publish(TrackSource.SCREEN_SHARE_AUDIO, audio);
      toast('call.sharing');
    });
  }

  #stopScreen() {
    if (!this.#session.isSharingScreen) return;
    this.#session.local.unpublish(TrackSource.SCREEN_SHARE);
    this.#session.local.unpublish(TrackSource.SCREEN_SHARE_AUDIO);
    toast('call.shareEnded');
  }

  async #publish(source, track) {
    // A device that is pulled out switches the source off.
    track.addEventListener('ended', () => {
      if (this.#session.local.publication(source)?.track === track) this.#session.local.setMuted(source, true);
    });
    await this.#session.local.publish(source, track);
  }

  async #once(source, action) {
    if (this.#busy.has(source)) return;
    this.#busy.add(source);
    try {
      await action();
    } catch (error) {
      // Who closes the browser's own screen chooser knows it.
      if (KINDS[source]) for (const [key, values] of deviceProblems({ [KINDS[source]]: error })) toast(key, values, true);
      else if (error.name !== 'NotAllowedError') toast('call.publishFailed', {}, true);
    } finally {
      this.#busy.delete(source);
    }
  }
}
