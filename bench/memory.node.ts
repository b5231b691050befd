/**
 * What it costs a server to hold what does nothing: sessions that are idle, and watches that wait. Each server is started
 * anew, and its memory is looked at before and after.
 *
 * Resident memory is what counts for a machine. It also holds what the server has not given back yet, so the heap is asked
 * for as well where it can be: of Apache's server, by `jcmd`, after a collection.
 */
import { execFile } from 'node:child_process';
import { connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { BinaryOutputArchive } from '#04-serialization/binary-archive.js';
import { ExistsRequest, RequestHeader } from '#05-jute/records/proto.js';
import { FrameParser } from '#06-network-protocol/framing.js';
import { OpCode } from '#06-network-protocol/opcodes.js';
import { Xid } from '#06-network-protocol/xids.js';
import { assertSessionOpened, connectFrame } from './handshake.js';
import type { Progress } from './interleave.node.js';
import { rssBytesOf } from './process-stat.node.js';
import type { HeldResult, MemoryResult, ServerKind } from './results.js';
import { type BenchServer, startServer } from './servers.node.js';

const SESSIONS = 10_000;
const WATCHES = 1_000_000;
const WATCHING_SESSIONS = 100;

/** So many sessions are opened at a time. */
const OPENING = 100;
/** So many requests of a session are on the way. */
const OUTSTANDING = 500;
/** Far less than the time-out of the sessions. */
const PING_INTERVAL_MS = 10_000;
/** Resident memory counts as steady when it has changed by less than this in this time. */
const STEADY_SHARE = 0.01;
const STEADY_CHECK_MS = 2_000;
const STEADY_LIMIT_MS = 30_000;

/** @throws {Error} (as a rejection) when the server does not play its part */
export async function measureMemory(kind: ServerKind, progress: Progress): Promise<MemoryResult> {
  const sessions = await held(kind, 'idle sessions', SESSIONS, progress, (port, idle) =>
    openSessions(port, SESSIONS, idle),
  );
  const watches = await held(kind, 'watches', WATCHES, progress, async (port, watching) => {
    await openSessions(port, WATCHING_SESSIONS, watching);
    const each = WATCHES / WATCHING_SESSIONS;
    await Promise.all(watching.map((session, i) => session.watch(i * each, each)));
  });
  return { sessions, watches };
}

async function held(
  kind: ServerKind,
  what: string,
  count: number,
  progress: Progress,
  make: (port: number, sessions: QuietSession[]) => Promise<void>,
): Promise<HeldResult> {
  progress(`memory: start ${kind} for ${count} ${what}`);
  const server = await startServer(kind);
  const before = await look(server);
  const sessions: QuietSession[] = [];
  const pings = setInterval(() => {
    for (const session of sessions) session.ping();
  }, PING_INTERVAL_MS);
  const startMs = performance.now();
  await make(server.port, sessions);
  const seconds = (performance.now() - startMs) / 1000;
  const after = await look(server);
  clearInterval(pings);
  const lost = sessions.filter(({ isClosed }) => isClosed).length;
  for (const session of sessions) session.close();
  await server.stop();
  if (lost > 0) throw new Error(`${kind} closed the connections of ${lost} sessions`);
  const heapBytes = before.heapBytes === null || after.heapBytes === null ? null : after.heapBytes - before.heapBytes;
  return { count, seconds, rssBytes: after.rssBytes - before.rssBytes, heapBytes };
}

async function look(server: BenchServer): Promise<{ rssBytes: number; heapBytes: number | null }> {
  const heapBytes = server.kind === 'apache' ? await javaHeapBytes(server.pid) : null;
  let rssBytes = rssBytesOf(server.pid) ?? Number.NaN;
  for (let waitedMs = 0; waitedMs < STEADY_LIMIT_MS; waitedMs += STEADY_CHECK_MS) {
    await sleep(STEADY_CHECK_MS);
    const now = rssBytesOf(server.pid) ?? Number.NaN;
    const isSteady = Math.abs(now - rssBytes) < STEADY_SHARE * rssBytes;
    rssBytes = now;
    if (isSteady) break;
  }
  return { rssBytes, heapBytes };
}

/** What is alive after a collection; null without the tools of the JDK. */
async function javaHeapBytes(pid: number): Promise<number | null> {
  try {
    const { stdout } = await promisify(execFile)('jcmd', [String(pid), 'GC.class_histogram'], { maxBuffer: 1 << 26 });
    const total = /^Total\s+\d+\s+(\d+)$/m.exec(stdout);
    return total ? Number(total[1]) : null;
  } catch {
    return null;
  }
}

async function openSessions(port: number, count: number, sessions: QuietSession[]): Promise<void> {
  while (sessions.length < count) {
    const opening = Array.from({ length: Math.min(OPENING, count - sessions.length) }, () => new QuietSession(port));
    await Promise.all(opening.map((session) => session.opened));
    sessions.push(...opening);
  }
}

const PING = frameOf(Xid.ping, OpCode.ping);

/** A session that only pings, and may set watches. */
class QuietSession {
  readonly opened: Promise<void>;
  isClosed = false;
  private readonly socket: Socket;
  private readonly parser = new FrameParser(1 << 20);
  private isOpen = false;
  private answered: () => void = () => {};

  constructor(port: number) {
    this.socket = connect({ port, host: '127.0.0.1', noDelay: true });
    this.opened = new Promise((resolve, reject) => {
      this.answered = resolve;
      this.socket.on('error', reject);
      this.socket.on('close', () => {
        this.isClosed = true;
        reject(new Error('the server closed the connection'));
      });
    });
    this.opened.catch(() => {});
    this.socket.on('data', (chunk) => this.read(chunk));
    this.socket.write(connectFrame());
  }

  /** Watches paths where there is no node. */
  watch(firstNumber: number, count: number): Promise<void> {
    return new Promise((resolve, reject) => {
      let sent = 0;
      let done = 0;
      const send = (): void => {
        const frames: Buffer[] = [];
        for (; sent < count && sent - done < OUTSTANDING; sent++)
          frames.push(existsFrame(sent + 1, firstNumber + sent));
        if (frames.length > 0) this.socket.write(Buffer.concat(frames));
      };
      this.socket.once('close', () => reject(new Error('the server closed the connection')));
      this.answered = () => {
        done++;
        if (done === count) resolve();
        else if (sent - done < OUTSTANDING / 2) send();
      };
      send();
    });
  }

  ping(): void {
    this.socket.write(PING);
  }

  close(): void {
    this.socket.removeAllListeners('close');
    this.socket.on('close', () => {});
    this.socket.destroy();
  }

  private read(chunk: Buffer): void {
    this.parser.push(chunk);
    while (this.parser.next()) {
      if (!this.isOpen) assertSessionOpened(this.parser);
      this.isOpen = true;
      if (this.parser.memory.readInt32BE(this.parser.start) !== Xid.ping) this.answered();
    }
    this.parser.holdRest();
  }
}

function existsFrame(xid: number, number: number): Buffer {
  const path = `/bench/watches/node-${String(number).padStart(7, '0')}`;
  return frameOf(xid, OpCode.exists, (archive) => ExistsRequest.write(archive, { path, watch: true }));
}

function frameOf(xid: number, type: number, writeBody: (archive: BinaryOutputArchive) => void = () => {}): Buffer {
  const archive = new BinaryOutputArchive(64);
  archive.writeInt(0);
  RequestHeader.write(archive, { xid, type });
  writeBody(archive);
  archive.patchInt(0, archive.position - 4);
  return archive.bytes();
}
