// shoukaku 4: REST for players, Session-Id for resuming.

import { Connector, Shoukaku } from 'shoukaku-4';
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

export const version = 4;

export function start({ host, port, password, userId, resume, tries = 60, userData, timeout = 60 }, report) {
  const entry = { name: 'node', url: `${host}:${port}`, auth: password };
  const bot = new Shoukaku(new StubConnector(userId), [entry], {
    resume: Boolean(resume),
    resumeTimeout: timeout,
    reconnectTries: tries,
    reconnectInterval: 0.1,
    restTimeout: 15,
    userAgent: 'tests/1.0 (shoukaku 4)',
  });
  bot.on('error', (_name, error) => report.error(error));
  bot.on('ready', (_name, resumed) => report.ready(resumed));
  bot.on('close', (_name, code) => report.closed(code));
  bot.on('raw', (_name, message) => report.message(message));
  let player;
  const node = () => bot.nodes.get('node');
  return {
    // It drops its node for good when a reconnect worked only at the second try; a bot adds it again.
    revive() {
      if (!node()) bot.addNode(entry);
    },
    async search(identifier) {
      const { loadType, data } = await node().rest.resolve(identifier);
      const tracks = { search: data, track: [data], playlist: data.tracks };
      return { loadType, tracks: tracks[loadType] ?? [] };
    },
    async join() {
      player = await bot.joinVoiceChannel({ guildId: GUILD, channelId: CHANNEL, shardId: 0 });
    },
    play: (track) => player.playTrack({ track: { encoded: track.encoded, userData } }),
    pause: () => player.setPaused(true),
    unpause: () => player.setPaused(false),
    stop: () => player.stopTrack(),
    seek: (position) => player.seekTo(position),
    volume: (volume) => player.setGlobalVolume(volume),
    filters: () => player.setTimescale({ speed: 1.25, pitch: 1, rate: 1 }),
    destroy: () => bot.leaveVoiceChannel(GUILD),
  };
}
