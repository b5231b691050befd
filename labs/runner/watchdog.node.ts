/**
 * Watches the process in which the learner's code runs, by the events that it writes. One that is silent for too long, or
 * takes too much memory, is ended. It can't be asked to end by itself: code that loops does not listen. But before its
 * end it is asked where it is: stuck-witness.node.ts.
 */
import { closeSync, openSync, readFileSync, readSync, writeFileSync } from 'node:fs';
import type { RunEvent } from './run-request.js';

export type Reason = 'hang' | 'memory' | 'crash';

export const MEMORY_LIMIT_MB = 512;
/** With what Node and the tools take outside of the heap. */
const RESIDENT_LIMIT_MB = 1500;

/** How long something may go on without an event: processor time, and time on the clock for what only waits. */
interface Limit {
  readonly cpuMs: number;
  readonly wallMs: number;
}

/** A thousand times what a check takes. A machine that is busy with others uses up its clock, but not our processor time. */
const CHECK_LIMIT: Limit = { cpuMs: 5000, wallMs: 60_000 };
const RUN_LIMIT: Limit = { cpuMs: 20_000, wallMs: 120_000 };
const LOAD_LIMIT: Limit = { cpuMs: 8000, wallMs: 60_000 };
/** Until the process is there at all. */
const START_LIMIT: Limit = { cpuMs: Number.POSITIVE_INFINITY, wallMs: 120_000 };

/** How long Vitest may take to notice that the process is gone, as it is after each run. */
const GONE_LIMIT_MS = 3000;

/** How long the answer to where it is may take. */
const STUCK_LIMIT_MS = 15_000;

const LOOK_EVERY_MS = 100;

export class Watchdog {
  /** Why the process was ended; null when it was not. */
  reason: Reason | null = null;
  /** The most memory that it was seen to have. */
  peakMb = 0;
  /** Settles when it was ended. */
  readonly killed: Promise<void>;
  private readonly path: string;
  private readonly stuckFile: string;
  private readonly onEvent: (event: RunEvent) => void;
  private readonly reportKill: () => void;
  private timer: NodeJS.Timeout | null = null;
  private offset = 0;
  private rest = '';
  private pid: number | null = null;
  private limit = START_LIMIT;
  private lastEventMs = 0;
  private lastEventCpuMs = 0;
  private goneSinceMs: number | null = null;
  private askedMs: number | null = null;
  private hasAnswered = false;

  /**
   * @param path where the events are written
   * @param stuckFile made to ask where the code is
   */
  constructor(path: string, stuckFile: string, onEvent: (event: RunEvent) => void) {
    this.path = path;
    this.stuckFile = stuckFile;
    this.onEvent = onEvent;
    const { promise, resolve } = withResolvers();
    this.killed = promise;
    this.reportKill = resolve;
  }

  start(): void {
    this.lastEventMs = performance.now();
    this.timer = setInterval(() => this.look(), LOOK_EVERY_MS);
  }

  /** The code does not come back, and is asked where it is; then `killed` settles. */
  get isAsking(): boolean {
    return this.askedMs !== null && this.reason === null;
  }

  stop(): void {
    if (this.timer === null) return;
    clearInterval(this.timer);
    this.timer = null;
    this.readEvents();
  }

  private look(): void {
    this.readEvents();
    if (this.pid === null) return;
    this.peakMb = Math.max(this.peakMb, residentMb(this.pid) ?? 0);
    if (!isAlive(this.pid)) {
      this.goneSinceMs ??= performance.now();
      if (performance.now() - this.goneSinceMs > GONE_LIMIT_MS) this.end('crash');
    } else if (this.peakMb > RESIDENT_LIMIT_MB) this.end('memory');
    else if (this.askedMs !== null) {
      if (this.hasAnswered || performance.now() - this.askedMs > STUCK_LIMIT_MS) this.end('hang');
    } else if (this.isSilentForTooLong()) {
      this.askedMs = performance.now();
      writeFileSync(this.stuckFile, '');
    }
  }

  private isSilentForTooLong(): boolean {
    const wallMs = performance.now() - this.lastEventMs;
    const cpuMs = this.pid === null ? null : cpuMsOf(this.pid);
    // Where nobody tells the processor time, the clock has to do.
    const busyMs = cpuMs === null ? wallMs : cpuMs - this.lastEventCpuMs;
    return busyMs > this.limit.cpuMs || wallMs > this.limit.wallMs;
  }

  private readEvents(): void {
    const lines = (this.rest + this.readNew()).split('\n');
    this.rest = lines.pop() ?? '';
    for (const line of lines) {
      const event = JSON.parse(line) as RunEvent;
      this.limit = limitAfter(event);
      if (event.event === 'stuck') this.hasAnswered = true;
      if (event.event === 'loading') this.pid = event.pid;
      this.lastEventMs = performance.now();
      this.lastEventCpuMs = this.pid === null ? 0 : (cpuMsOf(this.pid) ?? 0);
      this.onEvent(event);
    }
  }

  private readNew(): string {
    const file = openSync(this.path, 'r');
    try {
      const chunk = Buffer.alloc(1 << 20);
      const size = readSync(file, chunk, 0, chunk.length, this.offset);
      this.offset += size;
      return chunk.toString('utf8', 0, size);
    } finally {
      closeSync(file);
    }
  }

  private end(reason: Reason): void {
    this.stop();
    this.reason = reason;
    if (reason !== 'crash' && this.pid !== null) process.kill(this.pid, 'SIGKILL');
    this.reportKill();
  }
}

function limitAfter(event: RunEvent): Limit {
  if (event.event === 'loading') return LOAD_LIMIT;
  return event.event === 'seed' ? RUN_LIMIT : CHECK_LIMIT;
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

const CLOCK_TICK_MS = 10;

/** Processor time of a process; null when that can't be found out here. */
function cpuMsOf(pid: number): number | null {
  try {
    // After the name, which may hold anything, in parentheses: user time and system time are fields 14 and 15.
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
      .replace(/^.*\) /s, '')
      .split(' ');
    return (Number(fields[11]) + Number(fields[12])) * CLOCK_TICK_MS;
  } catch {
    return null;
  }
}

/** Megabytes of memory that a process takes; null when that can't be found out here. */
function residentMb(pid: number): number | null {
  try {
    const kilobytes = /^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
    return kilobytes === undefined ? null : Number(kilobytes) / 1024;
  } catch {
    return null;
  }
}

function withResolvers(): { promise: Promise<void>; resolve: () => void } {
  let resolve = (): void => {};
  const promise = new Promise<void>((settle) => {
    resolve = settle;
  });
  return { promise, resolve };
}
