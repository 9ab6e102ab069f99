// shoukaku 3: the WebSocket operations of Lavalink 3, on "/", with Resume-Key for resuming.

import { Connector, Shoukaku } from 'shoukaku-3';
import { CHANNEL, GUILD, voiceAnswers } from './discord.mjs';

class StubConnector extends Connector {
  constructor(userId) {
    super(null);
    this.userId = userId;
  }
  getId() {
    return this.userId;
  }
  listen(nodes) {
    this.ready(nodes);
  }
  sendPacket(_shard, packet) {
    voiceAnswers(this.userId, packet, (event) => this.raw(event));
  }
}

export const version = 3;

export function start({ host, port, password, userId, resume, key = `key-of-${userId}`, tries = 60, timeout = 60 }, report) {
  const entry = { name: 'node', url: `${host}:${port}`, auth: password };
  const bot = new Shoukaku(new StubConnector(userId), [entry], {
    resume: Boolean(resume),
    resumeKey: key,
    resumeTimeout: timeout,
    // It sends the key on its first reconnect only if told that it was there before.
    alwaysSendResumeKey: false,
    reconnectTries: tries,
    reconnectInterval: 100,
    restTimeout: 15000,
    userAgent: 'tests/1.0 (shoukaku 3)',
  });
  bot.on('error', (_name, error) => report.error(error));
  bot.on('ready', (_name, resumed) => report.ready(resumed));
  bot.on('close', (_name, code) => report.closed(code));
  bot.on('raw', (_name, message) => report.message(message));
  let player;
  return {
    revive() {
      if (!bot.nodes.size) bot.addNode(entry);
    },
    async search(identifier) {
      return bot.getNode('node').rest.resolve(identifier);
    },
    async join() {
      player = await bot.getNode('node').joinChannel({ guildId: GUILD, channelId: CHANNEL, shardId: 0 });
    },
    play: (track) => player.playTrack({ track: track.track, options: { noReplace: false } }),
    pause: () => player.setPaused(true),
    unpause: () => player.setPaused(false),
    stop: () => player.stopTrack(),
    seek: (position) => player.seekTo(position),
    // Its volume is a filter (0..5); the next action expects the player's own.
    volume: (volume) => player.node.queue.add({ op: 'volume', guildId: GUILD, volume }),
    filters: () => player.setTimescale({ speed: 1.25, pitch: 1, rate: 1 }),
    destroy: () => player.connection.disconnect(),
  };
}
