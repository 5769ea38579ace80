// The small panel of figures on each tile.

import { TrackSource } from './schema.js';
import { RateMeter, pathStats, publisherStats, remoteStats } from './stats.js';
import { currentLanguage } from './strings.js';

export class StatsOverlay {
  #session;
  #stage;
  #rates = new RateMeter();
  #timer;

  constructor(session, stage) {
    this.#session = session;
    this.#stage = stage;
  }

  get isOn() {
    return this.#timer !== undefined;
  }

  toggle() {
    if (this.isOn) return this.close();
    this.#timer = setInterval(() => this.#update(), 1000);
    this.#update();
  }

  close() {
    clearInterval(this.#timer);
    this.#timer = undefined;
    for (const tile of this.#stage.tiles.values()) tile.showStats(undefined);
  }

  async #update() {
    const report = await this.#session.getStats();
    if (!report || !this.isOn) return;
    const remote = remoteStats(report, [...this.#session.remoteTracks.values()]);
    const rows = new Map(remote.map((row) => [row.sid, row]));
    const sent = publisherStats(report, this.#session.local.publications);
    const path = pathStats(report);
    for (const tile of this.#stage.tiles.values()) {
      tile.showStats(tile.participant.isLocal ? this.#ownRows(tile, sent, path) : this.#remoteRows(tile, rows));
    }
  }

  #remoteRows({ participant, source, isScreen }, rows) {
    const video = rows.get(participant.track(source)?.sid);
    const audio = rows.get(participant.track(isScreen ? TrackSource.SCREEN_SHARE_AUDIO : TrackSource.MICROPHONE)?.sid);
    const result = [];
    if (video) {
      const rate = this.#rates.measure(video.sid, video);
      result.push(['stats.resolution', picture(video)], ['stats.rate', bitrate(rate?.bitrate)],
        ['stats.loss', percent(rate?.lossShare)], ['stats.codec', video.codec]);
    }
    if (audio) {
      const rate = this.#rates.measure(audio.sid, audio);
      result.push(['stats.audio', `${audio.codec} ${bitrate(rate?.bitrate)}, ${percent(rate?.lossShare)}`]);
    }
    return result;
  }

  #ownRows({ source, isScreen }, sent, path) {
    const layers = sent.filter((row) => row.source === source && row.active);
    const result = [];
    if (layers.length > 0) {
      const rates = layers.map((row) => this.#rates.measure(`${row.sid} ${row.rid}`, row));
      const best = layers.reduce((a, b) => (b.framesPerSecond > 0 && b.frameWidth > a.frameWidth ? b : a));
      result.push(['stats.resolution', `${picture(best)} (${layers.map(({ rid }) => rid || '1').join(' ')})`],
        ['stats.rate', bitrate(rates.reduce((sum, rate) => sum + (rate?.bitrate ?? 0), 0))],
        ['stats.loss', percent(Math.max(...rates.map((rate) => rate?.lossShare ?? 0)))], ['stats.codec', best.codec]);
    }
    const audio = sent.find((row) => row.source === TrackSource.MICROPHONE);
    if (audio && !isScreen) result.push(['stats.audio', `${audio.codec} ${bitrate(this.#rates.measure(audio.sid, audio)?.bitrate)}`]);
    if (path && !isScreen) result.push(['stats.path', `${path.protocol ?? ''} ${Math.round((path.roundTripTime ?? 0) * 1000)} ms`]);
    return result;
  }
}

function picture({ frameWidth, frameHeight, framesPerSecond }) {
  return `${frameWidth}×${frameHeight}, ${Math.round(framesPerSecond)}/s`;
}

function bitrate(value = 0) {
  return `${Math.round(value / 1000).toLocaleString(currentLanguage())} kbit/s`;
}

function percent(share = 0) {
  return (share).toLocaleString(currentLanguage(), { style: 'percent', maximumFractionDigits: 1 });
}
