// A small protobuf (proto3) codec driven by tables of fields.
//
// A message type is made with `message({ field: [number, type, label?], … })`. A type is one of the scalar names below,
// 'map' (string to string) or another message type; a label is 'repeated' or 'optional' (explicit presence, which the
// scalar members of a oneof need too). 64-bit integers become Numbers: exact up to 2^53, which holds every timestamp,
// counter and duration of the protocol.

/** Bytes that are not a valid message of the expected type. */
export class ProtobufError extends Error {}

const VARINT = 0;
const FIXED64 = 1;
const BYTES = 2;
const FIXED32 = 5;

const WIRE_TYPES = {
  bool: VARINT, enum: VARINT, int32: VARINT, int64: VARINT, uint32: VARINT, uint64: VARINT,
  float: FIXED32, double: FIXED64, string: BYTES, bytes: BYTES, map: BYTES,
};
const TWO_32 = 4294967296;

const utf8Encoder = new TextEncoder();
const utf8Decoder = new TextDecoder('utf-8', { ignoreBOM: true });

/** Makes a message type from its table of fields. */
export function message(table) {
  const fields = Object.entries(table).map(([name, [number, type, label]]) => {
    const wireType = typeof type === 'string' ? WIRE_TYPES[type] : BYTES;
    if (wireType === undefined) throw new TypeError(`unknown type ${type} of ${name}`);
    return { name, number, type, wireType, repeated: label === 'repeated', optional: label === 'optional' };
  });
  fields.sort((a, b) => a.number - b.number);
  return { fields, byName: new Map(fields.map((f) => [f.name, f])), byNumber: new Map(fields.map((f) => [f.number, f])) };
}

/** Serializes `value`. Absent fields are left out, a name that the table does not know throws. */
export function encode(type, value) {
  const writer = new Writer();
  writeMessage(writer, type, value);
  return writer.finish();
}

/** Parses `bytes`. Unknown fields are skipped, absent scalars get their default, absent messages stay undefined. */
export function decode(type, bytes) {
  return readMessage(new Reader(bytes), type);
}

// MARK: writing

class Writer {
  #bytes = new Uint8Array(256);
  #length = 0;

  finish() {
    return this.#bytes.slice(0, this.#length);
  }

  #reserve(count) {
    if (this.#length + count > this.#bytes.length) {
      const larger = new Uint8Array(Math.max(this.#bytes.length * 2, this.#length + count));
      larger.set(this.#bytes);
      this.#bytes = larger;
    }
    const start = this.#length;
    this.#length += count;
    return start;
  }

  varint(number) {
    if (!Number.isFinite(number)) throw new TypeError(`not an integer: ${number}`);
    let low = ((number % TWO_32) + TWO_32) % TWO_32;
    // The floored quotient is the two's complement upper half for negative numbers too.
    let high = Math.floor(number / TWO_32) >>> 0;
    const start = this.#reserve(10);
    let index = start;
    while (high > 0 || low > 127) {
      this.#bytes[index++] = (low & 127) | 128;
      low = ((low >>> 7) | (high << 25)) >>> 0;
      high >>>= 7;
    }
    this.#bytes[index++] = low;
    this.#length = index;
  }

  raw(bytes) {
    const start = this.#reserve(bytes.length);
    this.#bytes.set(bytes, start);
  }

  floating(number, size) {
    const start = this.#reserve(size);
    const view = new DataView(this.#bytes.buffer, start, size);
    if (size === 4) view.setFloat32(0, number, true);
    else view.setFloat64(0, number, true);
  }

  delimited(bytes) {
    this.varint(bytes.length);
    this.raw(bytes);
  }
}

function writeMessage(writer, type, value) {
  for (const name of Object.keys(value)) {
    if (!type.byName.has(name)) throw new TypeError(`no field ${name}`);
  }
  for (const field of type.fields) {
    const content = value[field.name];
    if (content === undefined || content === null) continue;
    if (field.type === 'map') writeMap(writer, field, content);
    else if (field.repeated) writeRepeated(writer, field, content);
    else if (field.optional || !isDefault(field, content)) writeField(writer, field, content);
  }
}

function isDefault(field, value) {
  if (typeof field.type !== 'string') return false;
  if (field.type === 'bytes') return value.length === 0;
  return value === 0 || value === '' || value === false;
}

function writeField(writer, field, value) {
  writer.varint(field.number * 8 + field.wireType);
  writeValue(writer, field.type, value);
}

function writeRepeated(writer, field, values) {
  if (values.length === 0) return;
  if (field.wireType === BYTES) {
    for (const value of values) writeField(writer, field, value);
    return;
  }
  const packed = new Writer();
  for (const value of values) writeValue(packed, field.type, value);
  writer.varint(field.number * 8 + BYTES);
  writer.delimited(packed.finish());
}

function writeMap(writer, field, entries) {
  for (const [key, value] of Object.entries(entries)) {
    const entry = new Writer();
    entry.varint(8 + BYTES);
    entry.delimited(utf8Encoder.encode(key));
    entry.varint(16 + BYTES);
    entry.delimited(utf8Encoder.encode(value));
    writer.varint(field.number * 8 + BYTES);
    writer.delimited(entry.finish());
  }
}

function writeValue(writer, type, value) {
  switch (type) {
    case 'string': return writer.delimited(utf8Encoder.encode(value));
    case 'bytes': return writer.delimited(value);
    case 'bool': return writer.varint(value ? 1 : 0);
    case 'float': return writer.floating(value, 4);
    case 'double': return writer.floating(value, 8);
    case 'enum': case 'int32': case 'int64': case 'uint32': case 'uint64': return writer.varint(value);
    default: return writer.delimited(encode(type, value));
  }
}

// MARK: reading

class Reader {
  #bytes;
  #offset = 0;

  constructor(bytes) {
    this.#bytes = bytes;
  }

  get atEnd() {
    return this.#offset >= this.#bytes.length;
  }

  /** The next varint as its two 32-bit halves. */
  #halves() {
    let low = 0;
    let high = 0;
    for (let shift = 0; shift < 70; shift += 7) {
      if (this.atEnd) throw new ProtobufError('truncated varint');
      const byte = this.#bytes[this.#offset++];
      const bits = byte & 127;
      if (shift < 28) low |= bits << shift;
      else if (shift === 28) { low |= bits << 28; high |= bits >>> 4; }
      else if (shift < 63) high |= bits << (shift - 32);
      else high |= bits << 31;
      if (byte < 128) return [low >>> 0, high >>> 0];
    }
    throw new ProtobufError('varint of more than ten bytes');
  }

  varint(type) {
    const [low, high] = this.#halves();
    switch (type) {
      case 'bool': return low !== 0 || high !== 0;
      case 'enum': case 'int32': return low | 0;
      case 'uint32': return low;
      case 'int64': return (high | 0) * TWO_32 + low;
      default: return high * TWO_32 + low;
    }
  }

  take(count) {
    if (count > this.#bytes.length - this.#offset) throw new ProtobufError('truncated field');
    const start = this.#offset;
    this.#offset += count;
    return this.#bytes.subarray(start, this.#offset);
  }

  delimited() {
    return this.take(this.varint('uint64'));
  }

  floating(size) {
    const bytes = this.take(size);
    const view = new DataView(bytes.buffer, bytes.byteOffset, size);
    return size === 4 ? view.getFloat32(0, true) : view.getFloat64(0, true);
  }

  skip(wireType) {
    switch (wireType) {
      case VARINT: this.#halves(); return;
      case FIXED64: this.take(8); return;
      case BYTES: this.delimited(); return;
      case FIXED32: this.take(4); return;
      default: throw new ProtobufError(`wire type ${wireType}`);
    }
  }
}

function readMessage(reader, type) {
  const value = {};
  for (const field of type.fields) {
    const initial = initialValue(field);
    if (initial !== undefined) value[field.name] = initial;
  }
  while (!reader.atEnd) {
    const tag = reader.varint('uint64');
    const number = Math.floor(tag / 8);
    const wireType = tag % 8;
    if (number === 0 || number > 0x1fffffff) throw new ProtobufError(`field number ${number}`);
    const field = type.byNumber.get(number);
    if (!field) reader.skip(wireType);
    else readField(reader, field, wireType, value);
  }
  return value;
}

function initialValue(field) {
  if (field.repeated) return [];
  // A map without prototype: keys such as `__proto__` come from the network.
  if (field.type === 'map') return Object.create(null);
  if (field.optional || typeof field.type !== 'string') return undefined;
  if (field.type === 'string') return '';
  if (field.type === 'bytes') return new Uint8Array(0);
  return field.type === 'bool' ? false : 0;
}

function readField(reader, field, wireType, value) {
  if (field.repeated && field.wireType !== BYTES && wireType === BYTES) {
    const packed = new Reader(reader.delimited());
    while (!packed.atEnd) value[field.name].push(readValue(packed, field.type));
  } else if (wireType !== field.wireType) {
    reader.skip(wireType);
  } else if (field.type === 'map') {
    const [key, content] = readMapEntry(new Reader(reader.delimited()));
    value[field.name][key] = content;
  } else if (field.repeated) {
    value[field.name].push(readValue(reader, field.type));
  } else {
    value[field.name] = readValue(reader, field.type);
  }
}

const MapEntry = message({ key: [1, 'string'], value: [2, 'string'] });

function readMapEntry(reader) {
  const entry = readMessage(reader, MapEntry);
  return [entry.key, entry.value];
}

function readValue(reader, type) {
  switch (type) {
    case 'string': return utf8Decoder.decode(reader.delimited());
    case 'bytes': return reader.delimited().slice();
    case 'float': return reader.floating(4);
    case 'double': return reader.floating(8);
    case 'bool': case 'enum': case 'int32': case 'int64': case 'uint32': case 'uint64': return reader.varint(type);
    default: return readMessage(new Reader(reader.delimited()), type);
  }
}
