// Chat: text streams on the topic `lk.chat`, and the older packet on `lk-chat-topic` that some clients still read. Both
// are sent and both are understood; a message that came twice is shown once.

import { Emitter } from './emitter.js';
import { TextStreamReader, textStreamPackets } from './streams.js';

const TOPIC = 'lk.chat';
const LEGACY_TOPIC = 'lk-chat-topic';
/** Messages kept, and the longest one that can be written, in characters. */
const MOST_MESSAGES = 1000;
export const LONGEST_MESSAGE = 4000;

/** Event: 'message' ({ id, identity, name, text, timestamp, isLocal }). */
export class Chat extends Emitter {
  messages = [];
  #data;
  #streams = new TextStreamReader();
  #nameOf;
  #ids = new Set();

  /** `nameOf(identity)` is the name to show for a participant. */
  constructor(data, nameOf) {
    super();
    this.#data = data;
    this.#nameOf = nameOf;
    data.on('packet', (packet) => this.#receive(packet));
  }

  send(text, local) {
    const message = { id: crypto.randomUUID(), timestamp: Date.now(), text: text.trim().slice(0, LONGEST_MESSAGE) };
    if (!message.text) return undefined;
    for (const packet of textStreamPackets(message.text, { ...message, topic: TOPIC })) this.#data.sendReliable(packet);
    const legacy = { id: message.id, timestamp: message.timestamp, message: message.text, ignoreLegacy: true };
    this.#data.sendReliable({ user: { topic: LEGACY_TOPIC, payload: new TextEncoder().encode(JSON.stringify(legacy)) } });
    return this.#add({ ...message, identity: local.identity, isLocal: true });
  }

  forget(identity) {
    this.#streams.forget(identity);
  }

  #receive(packet) {
    if (packet.user?.topic === LEGACY_TOPIC) {
      const legacy = readLegacy(packet.user.payload);
      const identity = packet.participantIdentity || packet.user.participantIdentity;
      if (legacy) this.#add({ ...legacy, identity, isLocal: false });
      return;
    }
    const stream = this.#streams.take(packet);
    if (stream?.topic === TOPIC) {
      const { id, text, timestamp, identity } = stream;
      this.#add({ id, text, timestamp, identity, isLocal: false });
    }
  }

  #add(message) {
    const key = `${message.identity} ${message.id}`;
    if (this.#ids.has(key)) return undefined;
    this.#ids.add(key);
    const complete = { ...message, name: this.#nameOf(message.identity) };
    this.messages.push(complete);
    if (this.messages.length > MOST_MESSAGES) {
      const oldest = this.messages.shift();
      this.#ids.delete(`${oldest.identity} ${oldest.id}`);
    }
    this.emit('message', complete);
    return complete;
  }
}

/** The older form of a message; undefined when it is a copy of a text stream, or no message at all. */
export function readLegacy(payload) {
  try {
    const { id, timestamp, message, ignoreLegacy } = JSON.parse(new TextDecoder().decode(payload));
    if (ignoreLegacy || typeof message !== 'string' || !message) return undefined;
    return { id: String(id), timestamp: Number(timestamp) || Date.now(), text: message.slice(0, LONGEST_MESSAGE) };
  } catch {
    return undefined;
  }
}
