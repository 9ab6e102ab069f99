// Just enough of Discord's gateway for a music library: whoever asks to join a voice channel (op 4) is
// told the voice state and the voice server a moment later, as Discord does.

export const GUILD = '817403182526365706';
export const CHANNEL = '817403182526365707';

const SESSION = process.env.VOICE_SESSION ?? '8e1f3b4aa1c04d3b';
const TOKEN = process.env.VOICE_TOKEN ?? 'c0ffee0123456789';

export function voiceAnswers(userId, packet, deliver) {
  const { guild_id, channel_id } = packet.d;
  setImmediate(() => {
    deliver({
      t: 'VOICE_STATE_UPDATE',
      d: { guild_id, channel_id, user_id: userId, session_id: SESSION, self_deaf: false, self_mute: false },
    });
    if (channel_id) {
      deliver({
        t: 'VOICE_SERVER_UPDATE',
        d: { guild_id, token: TOKEN, endpoint: 'rotterdam1234.discord.media:443' },
      });
    }
  });
}
