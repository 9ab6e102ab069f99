// One bot of a real client library with a record of all that reached it. The command line of whoever imports this says
// which: LIBRARY HOST PORT PASSWORD.

import { GUILD } from './discord.mjs';

const [library, host, portText, password] = process.argv.slice(2);
const port = Number(portText);
const DEADLINE = 8000;
const direct = globalThis.fetch;

export const adapter = await import(`./${library}.mjs`);
export const rest = adapter.version === 4 ? '/v4' : '/v3';

export const plain = (path, headers = { Authorization: password }) => direct(`http://${host}:${port}${path}`, { headers });

export async function until(what, test, deadline = DEADLINE) {
  const end = Date.now() + deadline;
  for (;;) {
    const value = await test();
    if (value) return value;
    if (Date.now() > end) throw new Error(`waited in vain for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

export function bot(options) {
  const seen = { readies: [], closes: [], errors: [], messages: [] };
  const report = {
    ready: (resumed) => seen.readies.push(Boolean(resumed)),
    closed: (code) => seen.closes.push(code),
    error: (error) => seen.errors.push(String(error?.message ?? error)),
    message: (message) => seen.messages.push(message),
  };
  const actions = adapter.start({ host, port, password, ...options }, report);
  const session = () => seen.messages.filter((m) => m.op === 'ready').at(-1)?.sessionId;
  // The players of its session as the node has them; null when it knows no such session.
  const players = async () => {
    const answer = await plain(`${rest}/sessions/${session()}/players`);
    return answer.status === 200 ? answer.json() : null;
  };
  return {
    ...actions,
    seen,
    session,
    players,
    event: (type, from = 0, deadline = DEADLINE) =>
      until(type, () => seen.messages.slice(from).find((m) => m.op === 'event' && m.type === type), deadline),
    // Reads the player as the node has it until `test` likes it.
    player: (what, test, deadline = DEADLINE) =>
      until(
        what,
        async () => {
          const all = await players();
          if (!all) return false;
          const found = all.find((p) => p.guildId === GUILD);
          return test(found) ? { player: found ?? null } : false;
        },
        deadline,
      ),
  };
}
