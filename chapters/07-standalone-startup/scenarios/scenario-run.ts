/** Runs a scenario of a server and its clients, step by step, to its end. */
import { CALM_NETWORK } from '#00-introduction/network-conditions.js';
import type { SimulationEvent } from '#00-introduction/simulation-event.js';
import { ChunkNotes, type NotedChunk } from '#07-standalone-startup/scenarios/chunk-notes.js';
import { type Action, applyAction } from '#07-standalone-startup/scenarios/doings.js';
import type { Scenario, Stage } from '#07-standalone-startup/scenarios/scenario.js';
import { chooser, type RunOptions, SteppedRun } from '#07-standalone-startup/scenarios/stepped-run.js';
import type { ShownFile, ShownNode } from '#07-standalone-startup/server-view.js';
import { SimulatedServer, type ZooKeeper } from '#07-standalone-startup/simulated-server.js';
import { isPing, type TranscriptEntry } from '#07-standalone-startup/transcript.js';

/** What is shown in its order: packets and faults, the disk's work, what programs say. */
export type RunEntry = TranscriptEntry | NoteEntry;

export interface NoteEntry {
  readonly kind: 'disk' | 'program';
  readonly atMs: number;
  readonly machine: string;
  readonly text: string;
}

/** How things stand at a moment. */
export interface Frame {
  readonly atMs: number;
  /** So many entries have happened, and chunks arrived. */
  readonly entryCount: number;
  readonly chunkCount: number;
  readonly nodes: readonly ShownNode[];
  readonly files: readonly ShownFile[];
  readonly isServing: boolean;
}

const MAX_FRAMES = 600;
const DEFAULT_SESSION_TIMEOUT_MS = 10_000;
const DEFAULT_TAIL_MS = 20;
/** So long after the last doing, what is still unfinished is left unfinished. */
const PATIENCE_MS = 15_000;

export class ScenarioRun extends SteppedRun<RunEntry, Frame, Action> {
  readonly scenario: Scenario;
  readonly seed: number;
  readonly zoo: SimulatedServer;
  readonly chunks: readonly NotedChunk[] = [];
  private readonly stage: Stage;
  private readonly clients = new Map<string, ZooKeeper>();
  private readonly chunkNotes: ChunkNotes | null;
  private transcribed = 0;
  private unfinished = 0;
  private quietSinceMs = 0;
  private lastDoingMs = 0;
  private result: string | null = null;

  /** Runs it. @returns the whole run */
  static async of(scenario: Scenario, options: RunOptions<Action>): Promise<ScenarioRun> {
    const run = new ScenarioRun(scenario, options);
    await run.toEnd();
    return run;
  }

  private constructor(scenario: Scenario, options: RunOptions<Action>) {
    super(options, MAX_FRAMES);
    const choice = chooser(scenario, options);
    this.scenario = scenario;
    this.seed = options.seed;
    this.zoo = new SimulatedServer({
      seed: options.seed,
      network: { ...CALM_NETWORK, ...scenario.network },
      config: scenario.config?.(choice) ?? {},
    });
    for (const name of scenario.clients) this.zoo.simulation.machine(name);
    this.chunkNotes = scenario.shows?.chunks ? new ChunkNotes(this.zoo.config.clientPort) : null;
    this.zoo.simulation.onEvent((event) => this.note(event));
    this.stage = {
      zoo: this.zoo,
      choice,
      connect: (name) => this.connect(name),
      wait: (durationMs) => this.wait(durationMs),
      say: (machine, text) => this.add({ kind: 'program', atMs: this.zoo.simulation.nowMs, machine, text }),
    };
  }

  /** What came out of the play; null when it did not come to its end. */
  get outcome(): string | null {
    return this.result;
  }

  /** Everything as text, the same for the same seed and doings. */
  text(): string {
    return this.entries.map((entry) => `${entry.atMs.toFixed(3)} ${whoOf(entry)} ${entry.text}\n`).join('');
  }

  // ------------------------------------------------------------------------------------------ running

  protected override toEnd(): Promise<void> {
    this.finish(
      this.scenario.play(this.stage).then((result) => {
        this.result = result;
      }),
    );
    return super.toEnd();
  }

  protected async runToNews(): Promise<boolean> {
    for (let deadlineMs = -1; !this.hasNews && this.deadlineMs !== deadlineMs; ) {
      deadlineMs = this.deadlineMs;
      await this.zoo.simulation.run({ untilMs: deadlineMs, until: () => this.hasNews || this.deadlineMs < deadlineMs });
    }
    return this.hasNews;
  }

  private get deadlineMs(): number {
    const { tailMs = DEFAULT_TAIL_MS } = this.scenario;
    return Math.max(this.lastDoingMs, this.quietSinceMs) + (this.unfinished === 0 ? tailMs : PATIENCE_MS);
  }

  protected frame(): Frame {
    const { zoo } = this;
    return {
      atMs: zoo.simulation.nowMs,
      entryCount: this.entries.length,
      chunkCount: this.chunks.length,
      nodes: zoo.nodes(),
      files: zoo.dataFiles(),
      isServing: zoo.server !== null,
    };
  }

  /** Waits for a promise of the play or of the reader's; a rejection is told, never thrown. */
  private finish(promise: Promise<unknown>): void {
    this.unfinished++;
    const done = (): void => {
      this.unfinished--;
      this.quietSinceMs = this.zoo.simulation.nowMs;
    };
    promise.then(done, (error: unknown) => {
      done();
      this.result ??= error instanceof Error ? error.message : String(error);
    });
  }

  // ----------------------------------------------------------------------------- what plays and readers do

  protected act(action: Action): void {
    this.lastDoingMs = this.zoo.simulation.nowMs;
    const client = 'client' in action ? this.clients.get(action.client) : undefined;
    const work = applyAction(action, this.stage, client);
    if (work === null) return;
    const who = 'client' in action ? action.client : 'server';
    this.finish(
      work.then(
        (text) => {
          if (text !== '') this.stage.say(who, text);
        },
        (error: unknown) => this.stage.say(who, error instanceof Error ? error.message : String(error)),
      ),
    );
    this.hasNews = true;
  }

  private async connect(name: string): Promise<ZooKeeper> {
    const client = await this.zoo.connect(name, {
      sessionTimeoutMs: this.scenario.sessionTimeoutMs ?? DEFAULT_SESSION_TIMEOUT_MS,
    });
    this.clients.set(name, client);
    return client;
  }

  private wait(durationMs: number): Promise<void> {
    // A play that waits is not stuck.
    this.lastDoingMs = Math.max(this.lastDoingMs, this.zoo.simulation.nowMs + durationMs);
    return new Promise((resolve) => {
      this.zoo.simulation.schedule(durationMs, resolve);
    });
  }

  // ----------------------------------------------------------------------------------------- observing

  private note(event: SimulationEvent): void {
    for (const entry of this.zoo.transcript.entries.slice(this.transcribed)) {
      this.transcribed++;
      if (!this.isLeftOut(entry)) this.add(entry);
    }
    if (event.kind === 'data') this.noteArrival(event.atMs);
    if (this.scenario.shows?.disk) this.noteDisk(event);
    const chunk = this.chunkNotes?.note(event, this.zoo.transcript.entries) ?? null;
    if (chunk !== null) {
      (this.chunks as NotedChunk[]).push(chunk);
      this.hasNews = true;
    }
  }

  /** Signs of life, ordinary log lines, and the second half of what happens to both directions at once. */
  private isLeftOut(entry: TranscriptEntry): boolean {
    if (isPing(entry)) return !this.scenario.shows?.pings;
    if (entry.kind === 'log' && entry.text.startsWith('log info')) return true;
    if (entry.kind !== 'partition' && entry.kind !== 'heal') return false;
    const last = this.entries.at(-1);
    return last?.kind === entry.kind && last.atMs === entry.atMs && last.machine === entry.to;
  }

  private noteArrival(atMs: number): void {
    // The ones that arrive are among the last: nothing stays under way for long.
    for (let at = this.entries.length - 1; at >= 0; at--) {
      const entry = this.entries[at];
      if (entry?.kind === 'packet' && entry.arrivedMs === atMs) {
        this.hasNews = true;
        return;
      }
    }
  }

  private noteDisk(event: SimulationEvent): void {
    if (event.kind !== 'write' && event.kind !== 'sync') return;
    if (event.machine !== 'server' || !/\/(log|snapshot)\.[0-9a-f]+$/.test(event.path)) return;
    const name = event.path.slice(event.path.lastIndexOf('/') + 1);
    this.add({ kind: 'disk', atMs: event.atMs, machine: event.machine, text: diskText(event, name) });
  }
}

function diskText(event: SimulationEvent & { kind: 'write' | 'sync' }, name: string): string {
  if (event.kind === 'sync') return event.error === null ? `${name} is synced` : `the sync of ${name} fails`;
  // A log is filled before it is used, so that a sync need not write its size.
  const isFilling = event.sizeBytes > FILLING_BYTES;
  return isFilling ? `fills ${name} with zeroes` : `writes ${event.sizeBytes} bytes to ${name}`;
}

/** No transaction of a play is as large as that. */
const FILLING_BYTES = 32_768;

function whoOf(entry: RunEntry): string {
  return entry.kind === 'packet' ? `${entry.from} -> ${entry.to}` : entry.machine;
}
