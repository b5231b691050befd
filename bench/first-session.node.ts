/**
 * Waits for a server that is starting, until it has opened a session: to accept a connection is not enough.
 *
 * Apache's server loses some connections that come while it starts: they stay open and are never answered. So an
 * attempt without an answer is not waited for; another one is begun beside it, and the first answer counts.
 */
import { connect, type Socket } from 'node:net';
import { FrameParser } from '#06-network-protocol/framing.js';
import { OpCode } from '#06-network-protocol/opcodes.js';
import { assertSessionOpened, connectFrame } from './handshake.js';
import { headerOnlyTemplate } from './request-ring.js';

/** When the next attempt begins: after one that failed, and beside one that has no answer yet. */
const AFTER_FAILURE_MS = 2;
const BESIDE_SILENCE_MS = 10;

/**
 * @returns when a session was opened, in the time of `performance.now()`
 * @throws {Error} (as a rejection) when none was within `limitMs`
 */
export async function firstSession(port: number, limitMs: number): Promise<number> {
  const sockets = new Set<Socket>();
  let next: NodeJS.Timeout | undefined;
  let limit: NodeJS.Timeout | undefined;
  try {
    return await new Promise<number>((resolve, reject) => {
      const attempt = () => {
        const socket = openSession(port, () => resolve(performance.now()));
        sockets.add(socket);
        next = setTimeout(attempt, BESIDE_SILENCE_MS);
        const beside = next;
        socket.once('close', () => {
          sockets.delete(socket);
          if (next !== beside) return;
          clearTimeout(next);
          next = setTimeout(attempt, AFTER_FAILURE_MS);
        });
      };
      limit = setTimeout(() => reject(new Error(`the server opened no session in ${limitMs / 1000} s`)), limitMs);
      attempt();
    });
  } finally {
    clearTimeout(limit);
    for (const socket of sockets) socket.removeAllListeners('close').destroySoon();
    clearTimeout(next);
  }
}

/** Opens a session and closes it. A connection that fails is just closed. */
function openSession(port: number, opened: () => void): Socket {
  const socket = connect({ port, host: '127.0.0.1', noDelay: true });
  const parser = new FrameParser(1024);
  socket.once('connect', () => socket.write(connectFrame()));
  socket.on('error', () => socket.destroy());
  socket.on('data', (chunk) => {
    try {
      parser.push(chunk);
      const answered = parser.next();
      if (answered) assertSessionOpened(parser);
      parser.holdRest();
      if (!answered) return;
      opened();
      socket.end(headerOnlyTemplate(OpCode.closeSession).frame);
    } catch {
      socket.destroy();
    }
  });
  return socket;
}
