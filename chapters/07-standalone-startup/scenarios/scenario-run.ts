/**
 * Runs a scenario to its end and keeps a frame of each step, so that one can go forwards and backwards in it.
 *
 * A reader's own doings are part of what a run is made from, like the seed: going back and doing something else is a
 * new run, the same as the old one up to that step.
 */
import { CALM_NETWORK } from '#00-introduction/network-conditions.js';
import type { SimulationEvent } from '#00-introduction/simulation-event.js';
import { ChunkNotes, type NotedChunk } from '#07-standalone-startup/scenarios/chunk-notes.js';
import { type Action, applyAction, type Doing } from '#07-standalone-startup/scenarios/doings.js';
import type { Scenario, Stage } from '#07-standalone-startup/scenarios/scenario.js';
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

export interface RunOptions {
  readonly seed: number;
  /** Values of the scenario's choices; the first of each when left out. */
  readonly choices?: Readonly<Record<string, string>>;
  readonly doings?: readonly Doing[];
}

/** A run that has more to show than this is cut. */
const MAX_FRAMES = 600;
const DEFAULT_SESSION_TIMEOUT_MS = 10_000;
const DEFAULT_TAIL_MS = 20;
/** So long after the last doing, what is still unfinished is left unfinished. */
const PATIENCE_MS = 15_000;

export class ScenarioRun {
  readonly scenario: Scenario;
  readonly seed: number;
  readonly zoo: SimulatedServer;
  readonly entries: readonly RunEntry[] = [];
  readonly chunks: readonly NotedChunk[] = [];
  readonly frames: readonly Frame[] = [];
  private readonly stage: Stage;
  private readonly doings: readonly Doing[];
  private readonly clients = new Map<string, ZooKeeper>();
  private readonly chunkNotes: ChunkNotes | null;
  private transcribed = 0;
  private hasNews = false;
  private unfinished = 0;
  private quietSinceMs = 0;
  private lastDoingMs = 0;
  private result: string | null = null;

  /** Runs it. @returns the whole run */
  static async of(scenario: Scenario, options: RunOptions): Promise<ScenarioRun> {
    const run = new ScenarioRun(scenario, options);
    await run.toEnd();
    return run;
  }

  private constructor(scenario: Scenario, { seed, choices = {}, doings = [] }: RunOptions) {
    const choice = (name: string): string => choices[name] ?? scenario.choices?.[name]?.[0] ?? '';
    this.scenario = scenario;
    this.seed = seed;
    this.doings = doings;
    this.zoo = new SimulatedServer({
      seed,
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

  private async toEnd(): Promise<void> {
    this.finish(
      this.scenario.play(this.stage).then((result) => {
        this.result = result;
      }),
    );
    this.keepFrame();
    for (let isNew = true; isNew || this.doingsNow.length > 0; ) {
      for (const { action } of this.doingsNow) this.act(action);
      isNew = await this.runToNews();
      this.keepFrame();
      if (this.frames.length === MAX_FRAMES) break;
    }
  }

  /** What the reader does after the last frame there is. */
  private get doingsNow(): readonly Doing[] {
    return this.doings.filter(({ afterFrame }) => afterFrame === this.frames.length - 1);
  }

  /** @returns false when nothing more is to be expected */
  private async runToNews(): Promise<boolean> {
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

  private keepFrame(): void {
    this.hasNews = false;
    const { zoo } = this;
    (this.frames as Frame[]).push({
      atMs: zoo.simulation.nowMs,
      entryCount: this.entries.length,
      chunkCount: this.chunks.length,
      nodes: zoo.nodes(),
      files: zoo.dataFiles(),
      isServing: zoo.server !== null,
    });
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

  private act(action: Action): void {
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

  private add(entry: RunEntry): void {
    (this.entries as RunEntry[]).push(entry);
    this.hasNews = true;
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
