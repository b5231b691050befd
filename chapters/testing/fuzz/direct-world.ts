/**
 * A World for fuzzing: no real time, no sockets, nothing that has to be waited for. Bytes are handed to a connection
 * directly, and `settle` lets everything happen that comes of them. A few microseconds for each, where the simulation
 * takes a few hundred.
 */
import { Buffer } from 'node:buffer';
import { SeededRandom } from '#00-introduction/seeded-random.js';
import type {
  Address,
  Clock,
  Connection,
  ConnectionHandler,
  Disk,
  DiskFile,
  Listener,
  Log,
  Network,
  Timer,
  World,
} from '#00-introduction/world.js';

export interface LogLine {
  readonly level: 'info' | 'warn' | 'error';
  readonly text: string;
}

export class DirectWorld implements World {
  readonly random = new SeededRandom('direct world');
  readonly clock: DirectClock = new DirectClock();
  readonly disk: Disk = new MemoryDisk();
  readonly network: Network;
  readonly log: Log;
  /** Since they were last taken away. */
  readonly lines: LogLine[] = [];
  private accept: ((connection: Connection) => void) | null = null;
  /** Connections that a program has opened, which a test answers. */
  readonly opened: DirectConnection[] = [];

  constructor() {
    const write = (level: LogLine['level']) => (message: string, cause?: unknown) => {
      this.lines.push({ level, text: cause === undefined ? message : `${message}: ${String(cause)}` });
    };
    this.log = { info: write('info'), warn: write('warn'), error: write('error') };
    this.network = {
      listen: async (address, accept): Promise<Listener> => {
        this.accept = accept;
        return { address, close: async () => {} };
      },
      connect: (address, handler) => {
        const connection = new DirectConnection(this.clock, address);
        connection.setHandler(handler);
        this.opened.push(connection);
        return connection;
      },
    };
  }

  /** A client connects to whoever listens. */
  connect(port: number): DirectConnection {
    const connection = new DirectConnection(this.clock, { host: '10.0.0.1', port });
    this.accept?.(connection);
    return connection;
  }

  /** Runs what is to be done at the end of turns, until nothing is. */
  async settle(): Promise<void> {
    for (let idle = 0; idle < 3; idle++) {
      await null;
      if (this.clock.runTurn()) idle = -1;
    }
  }
}

class DirectClock implements Clock {
  private nowMs = 1_000_000;
  private turn: (() => void)[] = [];
  private readonly timers = new Set<{ readonly atMs: number; readonly run: () => void }>();

  monotonicMs(): number {
    return this.nowMs;
  }

  wallMs(): number {
    return this.nowMs;
  }

  schedule(delayMs: number, run: () => void): Timer {
    const timer = { atMs: this.nowMs + delayMs, run };
    this.timers.add(timer);
    return { cancel: () => void this.timers.delete(timer) };
  }

  atEndOfTurn(run: () => void): void {
    this.turn.push(run);
  }

  /** @returns false when there was nothing to do */
  runTurn(): boolean {
    const { turn } = this;
    if (turn.length === 0) return false;
    this.turn = [];
    for (const run of turn) run();
    return true;
  }

  /** Lets time pass, with what is due meanwhile. */
  advance(byMs: number): void {
    const untilMs = this.nowMs + byMs;
    for (;;) {
      const due = [...this.timers].filter(({ atMs }) => atMs <= untilMs).sort((a, b) => a.atMs - b.atMs)[0];
      if (!due) break;
      this.timers.delete(due);
      this.nowMs = Math.max(this.nowMs, due.atMs);
      due.run();
    }
    this.nowMs = untilMs;
  }
}

export class DirectConnection implements Connection {
  readonly local: Address = { host: '10.0.0.2', port: 2181 };
  readonly remote: Address;
  readonly unsentBytes = 0;
  /** `ended` after all that was written, `destroyed` without it. */
  state: 'open' | 'ended' | 'destroyed' = 'open';
  isPaused = false;
  private readonly clock: DirectClock;
  private handler: ConnectionHandler = { data() {}, closed() {} };
  private written: Buffer[] = [];
  private waiting: Buffer[] = [];

  constructor(clock: DirectClock, remote: Address) {
    this.clock = clock;
    this.remote = remote;
  }

  setHandler(handler: ConnectionHandler): void {
    this.handler = handler;
  }

  write(bytes: Uint8Array): boolean {
    if (this.state === 'open') this.written.push(Buffer.from(bytes));
    return true;
  }

  pause(): void {
    this.isPaused = true;
  }

  resume(): void {
    this.isPaused = false;
    this.clock.atEndOfTurn(() => this.deliverWaiting());
  }

  end(): void {
    this.close('ended');
  }

  destroy(): void {
    this.close('destroyed');
  }

  // ------------------------------------------------------------------------------- for the other side

  opens(): void {
    this.handler.opened?.();
  }

  /** Bytes arrive; while reading is paused they wait. */
  feed(bytes: Buffer): void {
    if (this.isPaused) this.waiting.push(bytes);
    else if (this.state === 'open') this.handler.data(bytes);
  }

  /** The other side closes. */
  hangUp(): void {
    this.close('destroyed');
  }

  /** All that was written since this was last called. */
  takeWritten(): Buffer {
    const bytes = Buffer.concat(this.written);
    this.written = [];
    return bytes;
  }

  private deliverWaiting(): void {
    while (this.waiting.length > 0 && !this.isPaused && this.state === 'open') {
      this.handler.data(this.waiting.shift() as Buffer);
    }
  }

  private close(state: 'ended' | 'destroyed'): void {
    if (this.state !== 'open') return;
    this.state = state;
    this.clock.atEndOfTurn(() => this.handler.closed(null));
  }
}

/** Keeps names and sizes, and what is read again; nothing is ever lost. */
class MemoryDisk implements Disk {
  private readonly files = new Map<string, { bytes: Buffer; sizeBytes: number }>();
  private readonly directories = new Set(['/', '']);

  exists(path: string): boolean {
    return this.files.has(path) || this.directories.has(path);
  }

  list(directory: string): string[] {
    const names = [...this.files.keys()].filter((name) => name.startsWith(`${directory}/`));
    return [...new Set(names.map((name) => name.slice(directory.length + 1).split('/', 1)[0] as string))].sort();
  }

  makeDirectories(directory: string): void {
    for (let at = directory; at !== ''; at = at.slice(0, at.lastIndexOf('/'))) this.directories.add(at);
  }

  open(path: string, mode: 'read' | 'write' | 'create'): DiskFile {
    if (mode === 'create') this.files.set(path, { bytes: Buffer.alloc(0), sizeBytes: 0 });
    const content = this.files.get(path);
    if (!content) throw new Error(`there is no ${path}`);
    return fileOf(path, content);
  }

  readFile(path: string): Buffer {
    const content = this.files.get(path);
    return content ? content.bytes.subarray(0, content.sizeBytes) : Buffer.alloc(0);
  }

  rename(from: string, to: string): void {
    const content = this.files.get(from);
    if (content) this.files.set(to, content);
    this.files.delete(from);
  }

  remove(path: string): void {
    this.files.delete(path);
  }

  syncDirectory(): void {}
}

function fileOf(path: string, content: { bytes: Buffer; sizeBytes: number }): DiskFile {
  const writeNow = (bytes: Uint8Array, at: number): void => {
    const endBytes = at + bytes.length;
    if (endBytes > content.bytes.length) {
      const grown = Buffer.alloc(Math.max(endBytes, 2 * content.bytes.length));
      content.bytes.copy(grown);
      content.bytes = grown;
    }
    content.bytes.set(bytes, at);
    content.sizeBytes = Math.max(content.sizeBytes, endBytes);
  };
  return {
    path,
    sizeBytes: () => content.sizeBytes,
    read: (into, at) => content.bytes.copy(into, 0, at, Math.min(content.sizeBytes, at + into.length)),
    writeNow,
    write: async (bytes, at) => writeNow(bytes, at),
    sync: async () => {},
    syncNow() {},
    truncate(sizeBytes) {
      content.sizeBytes = sizeBytes;
    },
    close() {},
  };
}
