/** An attempt with a whole server in a simulation. What was done is in the diagram, between the packets, at its time. */
import type { SeededRandom } from '#00-introduction/seeded-random.js';
import { SimulatedServer, type SimulatedServerOptions } from '#07-standalone-startup/simulated-server.js';
import { isPing, type PacketEntry, type TranscriptEntry } from '#07-standalone-startup/transcript.js';
import { Attempt, Mismatch } from './attempt.js';
import type { DiagramEntry, Trace } from './result.js';

export class SimulatedAttempt extends Attempt {
  readonly seed: number;
  private readonly withPings: boolean;
  private started: SimulatedServer | null = null;
  private readonly notes: { readonly afterEntries: number; readonly entry: DiagramEntry }[] = [];

  /** @param withPings whether signs of life are part of the diagram */
  constructor(seed: number, withPings: boolean) {
    super();
    this.seed = seed;
    this.withPings = withPings;
  }

  /** The server, with the seed of this attempt. One for each attempt. */
  server(options: Omit<SimulatedServerOptions, 'seed'> = {}): SimulatedServer {
    if (this.started !== null) throw new Error('an attempt has one server');
    this.started = new SimulatedServer({ ...options, seed: this.seed });
    return this.started;
  }

  /** For the choices of the check. */
  get random(): SeededRandom {
    return this.zoo.simulation.random;
  }

  override did(what: string): void {
    super.did(what);
    if (this.started === null) return;
    const { simulation, transcript } = this.started;
    const entry = { atMs: simulation.nowMs, kind: 'note', from: '', to: '', text: what, isLost: false } as const;
    this.notes.push({ afterEntries: transcript.entries.length, entry });
  }

  override wrong(expected: string, got: string, what?: string): never {
    const { last } = this;
    this.did('here the check fails');
    throw new Mismatch(what ?? null, last, expected, got);
  }

  /** @throws {Mismatch} the server has given up */
  checkServers(): void {
    const failure = this.started?.failure;
    if (failure) this.wrong('the server goes on', `it has stopped itself: ${failure.message}`);
  }

  override trace(): Omit<Trace, 'printed'> {
    return { ...super.trace(), seed: this.seed, diagram: this.diagram() };
  }

  private diagram(): DiagramEntry[] {
    if (this.started === null) return [];
    const { entries } = this.started.transcript;
    const names = new SessionNames();
    const diagram: DiagramEntry[] = [];
    const notes = [...this.notes];
    for (let index = 0; index <= entries.length; index++) {
      while (notes[0] && notes[0].afterEntries <= index) diagram.push((notes.shift() as (typeof notes)[0]).entry);
      const entry = entries[index];
      if (entry === undefined || (!this.withPings && isNoise(entry))) continue;
      if (entry.kind === 'packet') names.learn(entry);
      diagram.push(toDiagram(entry, names));
    }
    return diagram;
  }

  get zoo(): SimulatedServer {
    if (this.started === null) throw new Error('the check has not asked for a server');
    return this.started;
  }
}

/** What is left out unless it is asked for: signs of life, and of a client what its program or the check says anyway. */
function isNoise(entry: TranscriptEntry): boolean {
  if (entry.kind === 'packet') return isPing(entry);
  if (entry.machine === SERVER) return false;
  return entry.kind === 'log' ? entry.text.startsWith(INFO) : ['crash', 'kill', 'restart'].includes(entry.kind);
}

/** What the simulated server calls its machine. */
const SERVER = 'server';

const INFO = 'log info: ';

/** A client has no disk: what becomes of that is nobody's question. */
function textOf(entry: TranscriptEntry): string {
  if (entry.kind === 'crash' && entry.machine !== SERVER) return 'loses its power';
  if (entry.kind === 'kill' && entry.machine !== SERVER) return 'is killed';
  return entry.text.replace(INFO, '');
}

function toDiagram(entry: TranscriptEntry, names: SessionNames): DiagramEntry {
  const { atMs } = entry;
  const text = names.applied(textOf(entry));
  if (entry.kind === 'packet') {
    return { atMs, kind: 'packet', from: entry.from, to: entry.to, text, isLost: entry.arrivedMs === null };
  }
  return { atMs, kind: 'event', from: entry.machine, to: entry.to ?? '', text, isLost: false };
}

/** A session is easier to follow by its client than by its number. */
class SessionNames {
  private readonly names = new Map<string, string>();

  learn({ text, to }: PacketEntry): void {
    const id = /^connected timeout \d+ session (0x[0-9a-f]+)/.exec(text)?.[1];
    if (id === undefined || this.names.has(id)) return;
    const count = [...this.names.values()].filter((name) => name.endsWith(` of ${to}`)).length;
    this.names.set(id, `session${count === 0 ? '' : ` ${count + 1}`} of ${to}`);
  }

  applied(text: string): string {
    return text.replace(/session (0x[0-9a-f]+)/g, (whole, id: string) => this.names.get(id) ?? whole);
  }
}
