// Bots of one real client library that do what standard input says, a line of JSON at a time:
//
//   node drive.mjs LIBRARY HOST PORT PASSWORD
//   {"bot": "a", "do": "start", "with": {"userId": "1"}}    -> {"ok": true, "value": {...}}
//
// LOCAL_ADDRESS in the environment is where its sockets come from; OMIT_CHANNEL makes its voice updates those of library
// versions that knew no channelId yet.

import { Socket } from 'node:net';
import { createInterface } from 'node:readline';

const from = process.env.LOCAL_ADDRESS;
if (from) {
  const { connect } = Socket.prototype;
  Socket.prototype.connect = function connectFrom(...args) {
    const options = Array.isArray(args[0]) ? args[0][0] : args[0];
    options.localAddress = from;
    return connect.apply(this, args);
  };
}
if (process.env.OMIT_CHANNEL) {
  const { fetch } = globalThis;
  globalThis.fetch = (url, options) => {
    if (options?.method !== 'PATCH' || !options.body) return fetch(url, options);
    const body = JSON.parse(options.body);
    delete body.voice?.channelId;
    return fetch(url, { ...options, body: JSON.stringify(body) });
  };
}

const { bot, until } = await import('./bot.mjs');

process.on('unhandledRejection', (error) => console.error('unhandled rejection:', error));
const bots = {};

// What libraries give back for these is no JSON.
const quiet = new Set(['pause', 'unpause', 'stop', 'destroy', 'seek', 'ask_to_join']);
const title = (track) => track?.info?.title ?? track?.title;

// Each gets the bot and what the line has under "with".
const acts = {
  async ready(one, { times = 1 }) {
    await until('ready', () => one.seen.readies.length >= times && one.session());
    return { session: one.session(), resumed: one.seen.readies.at(-1) };
  },
  async search(one, { identifier }) {
    const { loadType, tracks } = await one.search(identifier);
    one.found = tracks;
    return { loadType, titles: tracks.map(title) };
  },
  async join(one) {
    await one.join();
    await one.player('the voice state', (p) => p?.voice?.token);
  },
  // Without waiting for what the node makes of it.
  ask_to_join: (one) => one.join(),
  // What a node refuses.
  async try_to_join(one) {
    const errors = one.seen.errors.length;
    await Promise.race([one.join().catch(() => {}), until('an error', () => one.seen.errors.length > errors)]);
  },
  // Comes back once the node has said that it starts.
  async play(one, { index = 0 }) {
    const past = one.seen.messages.length;
    await one.play(one.found[index]);
    await one.event('TrackStartEvent', past);
    return title(one.found[index]);
  },
  async event(one, { type }) {
    const event = await one.event(type, one.read ?? 0);
    one.read = one.seen.messages.indexOf(event) + 1;
    return { reason: event.reason, severity: event.exception?.severity };
  },
  seek: (one, { position }) => one.seek(position),
  closed: async (one, { times = 1 }) => {
    await until('the close', () => one.seen.closes.length >= times);
    return one.seen.closes.at(-1);
  },
  errors: (one, { times = 1 }) => until('an error', () => one.seen.errors.length >= times && one.seen.errors.slice(-4)),
  messages: (one) => one.seen.messages.length,
};

for await (const line of createInterface({ input: process.stdin })) {
  const { bot: name, do: what, with: given = {} } = JSON.parse(line);
  let said;
  try {
    if (what === 'start') bots[name] = bot(given);
    const act = acts[what] ?? ((one) => one[what]?.());
    const value = what === 'start' ? null : await act(bots[name], given);
    said = { ok: true, value: quiet.has(what) ? null : (value ?? null) };
  } catch (error) {
    said = { ok: false, why: String(error?.stack ?? error), errors: bots[name]?.seen.errors.slice(-4) };
  }
  process.stdout.write(`${JSON.stringify(said)}\n`);
}
process.exit(0);
