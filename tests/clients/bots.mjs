// Several bots of one real client library, each with a player:
//
//   node bots.mjs LIBRARY HOST PORT PASSWORD COUNT
//
// At every word on standard input all bots play a track, each as soon as it is connected, and one JSON line says how
// that went: {"ok": true, "sessions": [...], "resumed": [...]}, or {"ok": false, "why": ..., "errors": [...]}.

import { createInterface } from 'node:readline';
import { adapter, bot, until } from './bot.mjs';

const COUNT = Number(process.argv[6]);
const DEADLINE = 40000;
const PATIENCE = 4000;

process.on('unhandledRejection', (error) => console.error('unhandled rejection:', error));
const resume = !adapter.cannot?.includes('resume');
const bots = Array.from({ length: COUNT }, (_, i) => bot({ userId: `17093997422759${2000 + i}`, resume, tries: 1000 }));

// Gives up the player it may still have, as far as the library lets it, and waits until Discord has told it so.
async function leave(one) {
  try {
    await one.destroy();
    await new Promise((resolve) => setImmediate(() => setImmediate(resolve)));
  } catch (error) {
    one.seen.errors.push(String(error?.message ?? error));
  }
}

// One try to play; it fails when the connection or the player is not what the library takes it for.
async function attempt(one, word) {
  one.revive();
  const session = one.session();
  if (!session || !(await one.players())) return false;
  const { tracks } = await one.search(`ytsearch:${word}`);
  await leave(one);
  await one.join();
  await one.player('the voice state', (p) => p?.voice?.token, PATIENCE);
  const from = one.seen.messages.length;
  await one.play(tracks[0]);
  await one.event('TrackStartEvent', from, PATIENCE);
  await one.player('the track', (p) => p?.track, PATIENCE);
  return one.session() === session;
}

async function play(one, word) {
  await until(
    `${word} of a bot`,
    async () => {
      try {
        return await attempt(one, word);
      } catch (error) {
        one.seen.errors.push(String(error?.message ?? error));
        return false;
      }
    },
    DEADLINE,
  );
  return one.session();
}

for await (const word of createInterface({ input: process.stdin })) {
  let said;
  try {
    const sessions = await Promise.all(bots.map((one) => play(one, word)));
    said = { ok: true, sessions, resumed: bots.map((one) => one.seen.readies.at(-1)) };
  } catch (error) {
    said = { ok: false, why: String(error?.stack ?? error), errors: bots.flatMap((one) => one.seen.errors.slice(-4)) };
  }
  process.stdout.write(`${JSON.stringify(said)}\n`);
}
process.exit(0);
