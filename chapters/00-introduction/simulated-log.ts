/** The log of a simulated machine: kept in memory, and told to those who listen to the simulation. */
import type { MachineLife } from '#00-introduction/machine-life.js';
import type { Log } from '#00-introduction/world.js';

export interface LogEntry {
  readonly atMs: number;
  readonly level: 'info' | 'warn' | 'error';
  readonly message: string;
  readonly cause: unknown;
}

/** How many entries a machine keeps; the oldest go first. */
const KEPT_ENTRIES = 1000;

export class SimulatedLog implements Log {
  private readonly life: MachineLife;
  private readonly entries: LogEntry[];

  /** @param entries where they are kept; it outlives the machine's crash */
  constructor(life: MachineLife, entries: LogEntry[]) {
    this.life = life;
    this.entries = entries;
  }

  info(message: string): void {
    this.add('info', message, undefined);
  }

  warn(message: string, cause?: unknown): void {
    this.add('warn', message, cause);
  }

  error(message: string, cause?: unknown): void {
    this.add('error', message, cause);
  }

  private add(level: LogEntry['level'], message: string, cause: unknown): void {
    if (this.life.isOver) return;
    const { timeline, name } = this.life;
    this.entries.push({ atMs: timeline.nowMs, level, message, cause });
    if (this.entries.length > KEPT_ENTRIES) this.entries.shift();
    if (timeline.isWatched) timeline.emit({ kind: 'log', machine: name, level, message, cause: causeText(cause) });
  }
}

function causeText(cause: unknown): string | null {
  if (cause === undefined) return null;
  return cause instanceof Error ? `${cause.name}: ${cause.message}` : String(cause);
}
