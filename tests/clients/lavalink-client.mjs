// lavalink-client 2: REST for players, pings of its own, `trace=true` on every call.

import { LavalinkManager } from 'lavalink-client';
import { CHANNEL, GUILD, voiceAnswers } from './discord.mjs';

export const version = 4;

export function start({ host, port, password, userId, resume, tries = 60, timeout = 60 }, report) {
  const bot = new LavalinkManager({
    nodes: [
      {
        id: 'node',
        host,
        port,
        authorization: password,
        retryAmount: tries,
        retryDelay: 100,
        heartBeatInterval: 1000,
        autoChecks: { sourcesValidations: false, pluginValidations: false },
      },
    ],
    client: { id: userId, username: 'tests of lavalink-client' },
    autoSkip: false,
    playerOptions: { onDisconnect: { destroyPlayer: false, autoReconnect: false } },
    sendToShard: (_guild, packet) => {
      voiceAnswers(userId, packet, (event) => void bot.sendRawData(event).catch(report.error));
    },
  });
  const node = () => bot.nodeManager.nodes.get('node');
  bot.nodeManager.on('error', (_node, error) => report.error(error));
  bot.nodeManager.on('disconnect', (_node, why) => report.closed(why.code));
  let connected = false;
  let hello = null;
  // Its "connect" comes after its own GET info, the node's "ready" before or after that.
  const settle = async () => {
    if (!connected || !hello) return;
    const { resumed, sessionId } = hello;
    connected = false;
    hello = null;
    if (resume) {
      node().options.sessionId = sessionId;
      await node().updateSession(true, timeout);
    }
    report.ready(resumed);
  };
  bot.nodeManager.on('connect', () => {
    connected = true;
    settle().catch(report.error);
  });
  bot.nodeManager.on('raw', (_node, message) => {
    report.message(message);
    if (message.op !== 'ready') return;
    hello = { resumed: message.resumed, sessionId: message.sessionId };
    setImmediate(() => settle().catch(report.error));
  });
  void bot.init({ id: userId, username: 'tests of lavalink-client' });
  let player;
  return {
    revive() {},
    async search(identifier) {
      const [source, ...query] = identifier.split(':');
      const asked = /^https?:/.test(identifier) ? { query: identifier } : { source, query: query.join(':') };
      const { loadType, tracks } = await node().search(asked, { id: userId });
      return { loadType, tracks };
    },
    async join() {
      player = bot.createPlayer({ guildId: GUILD, voiceChannelId: CHANNEL, selfDeaf: true, volume: 100 });
      await player.connect();
    },
    play: (track) => player.play({ clientTrack: track }),
    pause: () => player.pause(),
    unpause: () => player.resume(),
    stop: () => player.stopPlaying(),
    seek: (position) => player.seek(position),
    volume: (volume) => player.setVolume(volume),
    filters: () => player.filterManager.setSpeed(1.25),
    destroy: () => player.destroy('done'),
  };
}
