// Drives one real client library through the table of actions below and prints one JSON line for each:
//
//   node run.mjs LIBRARY HOST PORT PASSWORD
//   {"action": "search", "ok": true, "detail": {...}}
//
// What a detail holds does not change from run to run, so the table of a run against the node and that of a run through the
// proxy can be compared. Where the node has to misbehave the runner prints {"ask": "drop"} (cut every WebSocket) or
// {"ask": "restart"} and waits for a line on its standard input.

import { createHash } from 'node:crypto';
import { createInterface } from 'node:readline';
import { adapter, bot, plain, rest, until } from './bot.mjs';

const filtered = adapter.filtered ?? (({ timescale }) => timescale?.speed === 1.25);

process.on('unhandledRejection', (error) => console.error('unhandled rejection:', error));
const answers = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
const print = (line) => process.stdout.write(`${JSON.stringify(line)}\n`);

async function ask(what) {
  print({ ask: what });
  const { value } = await answers.next();
  if (value !== 'done') throw new Error(`asked for ${what}, was told ${value}`);
}

const title = (track) => track?.info?.title ?? track?.title;
const digest = (text) => createHash('sha256').update(text).digest('hex').slice(0, 16);
// The event that waits behind a pause differs in its timing only.
const described = ({ loadType, tracks }) => ({
  loadType,
  tracks: tracks.length,
  titles: digest(JSON.stringify(tracks.map(title))),
});

let main;
let found;

const actions = {
  async connect() {
    main = bot({ userId: '170939974227591168' });
    await until('ready', () => main.seen.readies.length);
    await until('stats', () => main.seen.messages.some((m) => m.op === 'stats' || m.playingPlayers !== undefined));
    return { resumed: main.seen.readies[0], session: /^[a-z0-9]{16}$/.test(main.session()) };
  },
  async search() {
    found = await main.search('ytsearch:a & b (live) 100% ü');
    if (!found.tracks.length) throw new Error('nothing found');
    return described(found);
  },
  async play() {
    await main.join();
    const joined = await main.player('the voice state', (p) => p?.voice?.token);
    await main.play(found.tracks[0]);
    const started = await main.event('TrackStartEvent');
    const { player } = await main.player('the track', (p) => p?.track);
    return {
      voice: joined.player.voice.endpoint,
      event: started.type,
      track: title(player.track),
      same: title(player.track) === title(found.tracks[0]),
    };
  },
  async pause() {
    await main.pause();
    const { player } = await main.player('the pause', (p) => p?.paused === true);
    return { paused: player.paused };
  },
  async seek() {
    const from = main.seen.messages.length;
    await main.seek(42000);
    const update = await until('the position', () =>
      main.seen.messages.slice(from).find((m) => m.op === 'playerUpdate' && m.state.position >= 42000),
    );
    return { guild: update.guildId, near: update.state.position < 60000 };
  },
  async volume() {
    await main.volume(37);
    const { player } = await main.player('the volume', (p) => p?.volume === 37);
    return { volume: player.volume };
  },
  async filters() {
    await main.filters();
    const { player } = await main.player('the filter', (p) => p?.filters && filtered(p.filters));
    return player.filters;
  },
  async destroy() {
    await main.destroy();
    const { player } = await main.player('the end of the player', (p) => !p);
    return { player };
  },
  async 'searches at once'() {
    const words = Array.from({ length: 20 }, (_, i) => `ytsearch:song number ${i}`);
    const results = await Promise.all(words.map((word) => main.search(word)));
    return results.map(described);
  },
  async 'big answer'() {
    const answer = await plain(`${rest}/loadtracks?identifier=size%3A1500000`);
    const body = Buffer.from(await answer.arrayBuffer());
    const result = await main.search('size:1500000');
    if (body.length < 1400000) throw new Error(`only ${body.length} bytes`);
    return { status: answer.status, bytes: body.length, body: digest(body), ...described(result) };
  },
  async 'wrong password'() {
    const intruder = bot({ userId: '170939974227591170', password: 'wrong', tries: 1 });
    const refused = await until('a refusal', () => intruder.seen.errors.find((e) => /40[13]/.test(e)));
    const status = async (headers) => {
      const answer = await plain(`${rest}/loadtracks?identifier=ytsearch%3Ax`, headers);
      await answer.arrayBuffer();
      return answer.status;
    };
    return {
      handshake: /401/.test(refused) ? 401 : refused,
      ready: intruder.seen.readies.length,
      rest: await status({ Authorization: 'wrong' }),
      without: await status({}),
    };
  },
  async 'reconnect after a cut'() {
    const before = main.seen.readies.length;
    const first = main.session();
    await ask('drop');
    await until('the close', () => main.seen.closes.length);
    await until('ready again', () => main.seen.readies.length > before);
    await until('the new session', () => main.session() !== first);
    return { code: main.seen.closes[0], resumed: main.seen.readies.at(-1), again: described(await main.search('ytsearch:b')) };
  },
  async resume() {
    const second = bot({ userId: '170939974227591171', resume: true });
    await until('ready', () => second.seen.readies.length);
    await second.join();
    await second.player('the voice state', (p) => p?.voice?.token);
    await second.play((await second.search('ytsearch:resume')).tracks[0]);
    await second.event('TrackStartEvent');
    const session = second.session();
    await ask('drop');
    await until('ready again', () => second.seen.readies.length > 1);
    const { player } = await second.player('the player', (p) => p?.track);
    return { resumed: second.seen.readies.at(-1), session: second.session() === session, track: title(player.track) };
  },
  async 'node restarted'() {
    const before = main.seen.readies.length;
    await ask('restart');
    await until('ready again', () => {
      main.revive();
      return main.seen.readies.length > before;
    });
    // The first search may still meet a connection of the node that is gone.
    const again = await until('an answer', () => main.search('ytsearch:after').catch(() => null));
    return { resumed: main.seen.readies.at(-1), again: described(again) };
  },
};

let failed = 0;
for (const [action, run] of Object.entries(actions)) {
  if (adapter.cannot?.includes(action)) {
    print({ action, ok: true, detail: 'not in this library' });
    continue;
  }
  try {
    print({ action, ok: true, detail: await run() });
  } catch (error) {
    failed += 1;
    print({ action, ok: false, detail: String(error?.stack ?? error), errors: main?.seen.errors });
  }
}
process.exit(failed ? 1 : 0);
