// erela.js 2.4: Lavalink 3 over the WebSocket on "/", REST through undici, no resuming.

import { createRequire } from 'node:module';
import { CHANNEL, GUILD, voiceAnswers } from './discord.mjs';

const require = createRequire(import.meta.url);

// It keeps its manager in its classes, so that each bot needs an erela.js of its own.
function erela() {
  for (const name of Object.keys(require.cache)) if (name.includes('/erela.js/')) delete require.cache[name];
  return require('erela.js');
}

export const version = 3;
export const cannot = ['resume'];
// It knows the equalizer only.
export const filtered = ({ equalizer }) => equalizer?.find(({ band }) => band === 0)?.gain === 0.25;

export function start({ host, port, password, userId, tries = 60 }, report) {
  const bot = new (erela().Manager)({
    nodes: [{ identifier: 'node', host, port, password, retryAmount: tries, retryDelay: 100, requestTimeout: 15000 }],
    clientName: 'tests of erela.js',
    autoPlay: false,
    send: (_guild, packet) => voiceAnswers(userId, packet, (event) => bot.updateVoiceState(event)),
  });
  let closing = false;
  bot.on('nodeError', (_node, error) => {
    // It does not know the `ready` of Lavalink 3.7 and says so by an error.
    if (!/Unexpected op "ready"/.test(error.message)) report.error(error);
  });
  bot.on('nodeConnect', () => report.ready(false));
  bot.on('nodeDisconnect', (_node, { code }) => {
    if (!closing) report.closed(code);
  });
  bot.on('nodeRaw', (message) => report.message(structuredClone(message)));
  bot.init(userId);
  let player;
  return {
    revive() {},
    async search(identifier) {
      const [source, ...query] = identifier.split(':');
      const { loadType, tracks } = await bot.search({ source, query: query.join(':') }, userId);
      return { loadType, tracks };
    },
    async join() {
      player = bot.create({ guild: GUILD, voiceChannel: CHANNEL, textChannel: CHANNEL });
      player.connect();
    },
    play: (track) => player.play(track),
    pause: () => player.pause(true),
    unpause: () => player.pause(false),
    stop: () => player.stop(),
    seek: (position) => player.seek(position),
    volume: (volume) => player.setVolume(volume),
    filters: () => player.setEQ({ band: 0, gain: 0.25 }),
    async destroy() {
      closing = true;
      player.destroy();
      closing = false;
    },
  };
}
