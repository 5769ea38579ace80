// Prints the client's message tables as JSON, for compare_with_livekit.py.

import { load } from './assets.mjs';

const schema = await load('schema.js');

function describe(type) {
  return type.fields.map(({ name, number, type: fieldType, repeated, optional }) => ({
    name, number, repeated, optional, type: typeof fieldType === 'string' ? fieldType : describe(fieldType),
  }));
}

const roots = ['SignalRequest', 'SignalResponse', 'JoinRequest', 'WrappedJoinRequest', 'DataPacket'];
console.log(JSON.stringify(Object.fromEntries(roots.map((name) => [name, describe(schema[name])]))));
