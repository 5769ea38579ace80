// Text streams: a text cut into a header, chunks and a trailer, and put together again at the other end.

/** The longest content of one chunk, in bytes. */
export const CHUNK_BYTES = 15000;

const MOST_OPEN_STREAMS = 64;
const LONGEST_TEXT_BYTES = 1_000_000;
const UNCOMPRESSED = 0;

/** The data packets (fields of DataPacket) that carry `text` on `topic`. */
export function textStreamPackets(text, { id, topic, timestamp, attributes = {} }) {
  const bytes = new TextEncoder().encode(text);
  const header = {
    streamId: id, timestamp, topic, mimeType: 'text/plain', totalLength: bytes.length, attributes, textHeader: {},
  };
  const chunks = splitText(bytes, CHUNK_BYTES).map((content, chunkIndex) => ({ streamId: id, chunkIndex, content }));
  return [
    { streamHeader: header },
    ...chunks.map((streamChunk) => ({ streamChunk })),
    { streamTrailer: { streamId: id } },
  ];
}

/** Cuts UTF-8 into pieces of at most `limit` bytes, never inside a character. */
export function splitText(bytes, limit) {
  const pieces = [];
  let start = 0;
  while (start < bytes.length) {
    let end = Math.min(start + limit, bytes.length);
    while (end < bytes.length && (bytes[end] & 0xc0) === 0x80) end -= 1;
    pieces.push(bytes.subarray(start, end));
    start = end;
  }
  return pieces;
}

/** Puts text streams together. Bounded in their number and length; a stream with a gap is dropped. */
export class TextStreamReader {
  #open = new Map();

  /**
   * Takes one data packet.
   * @returns `{ id, topic, text, timestamp, attributes, identity }` when a stream is complete, else undefined
   */
  take(packet) {
    const identity = packet.participantIdentity;
    if (packet.streamHeader) return this.#begin(packet.streamHeader, identity);
    if (packet.streamChunk) return this.#append(packet.streamChunk, identity);
    if (packet.streamTrailer) return this.#finish(packet.streamTrailer, identity);
    return undefined;
  }

  /** Forgets the unfinished streams of a participant who left. */
  forget(identity) {
    for (const [key, stream] of this.#open) {
      if (stream.identity === identity) this.#open.delete(key);
    }
  }

  #begin(header, identity) {
    if (!header.textHeader || header.compression !== UNCOMPRESSED) return undefined;
    const stream = { header, identity, chunks: [], length: 0 };
    if (header.inlineContent) {
      stream.chunks.push(header.inlineContent);
      return complete(stream);
    }
    if ((header.totalLength ?? 0) > LONGEST_TEXT_BYTES) return undefined;
    if (this.#open.size >= MOST_OPEN_STREAMS) this.#open.delete(this.#open.keys().next().value);
    this.#open.set(`${identity} ${header.streamId}`, stream);
    return undefined;
  }

  #append({ streamId, chunkIndex, content }, identity) {
    const key = `${identity} ${streamId}`;
    const stream = this.#open.get(key);
    if (!stream) return undefined;
    stream.length += content.length;
    if (chunkIndex !== stream.chunks.length || stream.length > LONGEST_TEXT_BYTES) this.#open.delete(key);
    else stream.chunks.push(content);
    return undefined;
  }

  #finish({ streamId, attributes }, identity) {
    const key = `${identity} ${streamId}`;
    const stream = this.#open.get(key);
    this.#open.delete(key);
    if (!stream) return undefined;
    const { totalLength } = stream.header;
    if (totalLength !== undefined && totalLength !== stream.length) return undefined;
    return complete(stream, attributes);
  }
}

function complete({ header, identity, chunks }, attributes = {}) {
  const decoder = new TextDecoder();
  const text = chunks.map((chunk) => decoder.decode(chunk, { stream: true })).join('') + decoder.decode();
  return {
    id: header.streamId, topic: header.topic, text, timestamp: header.timestamp, identity,
    attributes: { ...header.attributes, ...attributes },
  };
}
