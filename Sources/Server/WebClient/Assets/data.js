// Data packets over the two data channels. Reliable packets carry a sequence number, which lets a receiver drop what it
// has seen and lets this side send again, after a resume, what the server has not.

import { Emitter } from './emitter.js';
import { decode, encode } from './protobuf.js';
import { DataPacket, PacketKind } from './schema.js';

/** Packets kept for a resume, and packets that wait for a channel to open. */
const MOST_PACKETS_KEPT = 256;

/** Event: 'packet' (DataPacket fields). */
export class DataChannels extends Emitter {
  #channels;
  #sequence = 0;
  #sent = [];
  #waiting = [];
  #received = new Map();

  /** Uses the channels of a new connection; counting begins again. */
  attach(channels) {
    this.#channels = channels;
    this.#sequence = 0;
    this.#sent = [];
    this.#received.clear();
    for (const channel of Object.values(channels)) {
      channel.binaryType = 'arraybuffer';
      channel.onmessage = ({ data }) => this.#receive(data);
    }
    channels.reliable.onopen = () => this.#flush();
    if (channels.reliable.readyState === 'open') this.#flush();
  }

  /** Sends in order and without loss; waits (bounded) until the channel is open. */
  sendReliable(packet) {
    if (this.#channels?.reliable.readyState !== 'open') {
      if (this.#waiting.push(packet) > MOST_PACKETS_KEPT) this.#waiting.shift();
      return;
    }
    this.#sequence += 1;
    const bytes = encode(DataPacket, { ...packet, kind: PacketKind.RELIABLE, sequence: this.#sequence });
    if (this.#sent.push({ sequence: this.#sequence, bytes }) > MOST_PACKETS_KEPT) this.#sent.shift();
    this.#channels.reliable.send(bytes);
  }

  /** Sends at once or not at all. */
  sendLossy(packet) {
    if (this.#channels?.lossy.readyState !== 'open') return false;
    this.#channels.lossy.send(encode(DataPacket, { ...packet, kind: PacketKind.LOSSY }));
    return true;
  }

  /** Sends again the reliable packets after `lastSequence`, the last that the server had. */
  resume(lastSequence) {
    this.#sent = this.#sent.filter(({ sequence }) => sequence > lastSequence);
    if (this.#channels?.reliable.readyState !== 'open') return;
    for (const { bytes } of this.#sent) this.#channels.reliable.send(bytes);
  }

  /** For SyncState: the channels, and the last packet received of each sender. */
  get state() {
    return {
      dataChannels: Object.values(this.#channels ?? {}).filter(({ id }) => id !== null)
        .map(({ label, id }) => ({ label, id })),
      datachannelReceiveStates: [...this.#received].map(([publisherSid, lastSeq]) => ({ publisherSid, lastSeq })),
    };
  }

  #flush() {
    for (const packet of this.#waiting.splice(0)) this.sendReliable(packet);
  }

  #receive(data) {
    if (!(data instanceof ArrayBuffer)) return;
    let packet;
    try {
      packet = decode(DataPacket, new Uint8Array(data));
    } catch (error) {
      console.warn('an unreadable data packet was left out', error);
      return;
    }
    const { sequence, participantSid } = packet;
    if (sequence > 0 && participantSid) {
      if (sequence <= (this.#received.get(participantSid) ?? 0)) return;
      this.#received.set(participantSid, sequence);
    }
    this.emit('packet', packet);
  }
}
