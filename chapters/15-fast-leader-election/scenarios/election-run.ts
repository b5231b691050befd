/** Runs a scenario of an ensemble that elects, step by step, until all are under one leader, or can't be. */
import { hex } from '#06-network-protocol/ids.js';
import { chooser, type RunOptions, SteppedRun } from '#07-standalone-startup/scenarios/stepped-run.js';
import type { PeerState } from '#14-leader-election/vote.js';
import type { ElectionEntry } from '#15-fast-leader-election/election-transcript.js';
import type { ElectionScenario } from '#15-fast-leader-election/scenarios/election-scenario.js';
import { type ElectionServer, SimulatedElection } from '#15-fast-leader-election/simulated-election.js';
import { doingText } from '#15-fast-leader-election/vote-text.js';

export type ElectionAction =
  /** Its power is cut, a new process starts, it is cut off from all others, it can be reached again, it looks anew. */
  | { readonly kind: 'kill' | 'start' | 'cut off' | 'heal' | 'vote anew'; readonly server: number }
  | { readonly kind: 'heal all' }
  | { readonly kind: 'wait'; readonly durationMs: number };

/** How things stand at a moment. */
export interface ElectionFrame {
  readonly atMs: number;
  /** So many entries have happened. */
  readonly entryCount: number;
  readonly servers: readonly ServerFrame[];
}

/** What a server is, thinks, and knows of the others. */
export interface ServerFrame {
  readonly id: number;
  readonly state: PeerState | 'down';
  /** `votes 5`, `follows 5`, `leads`, `down`. */
  readonly doing: string;
  /** The number of its round; null when it is down. */
  readonly round: number | null;
  /** `epoch 1, zxid 0x100000005` */
  readonly log: string;
  /** In step with a leader, or with a quorum of followers. */
  readonly isEstablished: boolean;
  readonly isCutOff: boolean;
  /** While it looks: what it counts, as `[server, leader]`, itself included. */
  readonly counted: readonly (readonly [number, number])[];
}

const MAX_FRAMES = 900;
/** When all are under one leader, so much more is shown … */
const TAIL_MS = 50;
/** … and when they can't be, so much after the last thing that was done to them. */
const PATIENCE_MS = 30_000;
/** What the acts of the scenario do is seen a moment before. */
const BEFORE_ACT_MS = 1;

export class ElectionRun extends SteppedRun<ElectionEntry, ElectionFrame, ElectionAction> {
  readonly zoo: SimulatedElection;
  private readonly scenario: ElectionScenario;
  private readonly cutOff = new Set<number>();
  /** Directions in which nothing passes: `zk1 zk2`. */
  private readonly blocked = new Set<string>();
  private transcribed = 0;
  private touchedMs = 0;
  private waitsUntilMs = 0;

  /** Runs it. @returns the whole run */
  static async of(scenario: ElectionScenario, options: RunOptions<ElectionAction>): Promise<ElectionRun> {
    const run = new ElectionRun(scenario, options);
    await run.toEnd();
    return run;
  }

  private constructor(scenario: ElectionScenario, options: RunOptions<ElectionAction>) {
    super(options, MAX_FRAMES);
    this.scenario = scenario;
    this.zoo = new SimulatedElection({ seed: options.seed, ...scenario.plan(chooser(scenario, options)) });
    this.zoo.simulation.onEvent(() => this.note());
    for (const { atMs, act } of scenario.acts ?? []) this.zoo.simulation.schedule(atMs, () => act(this.zoo));
  }

  /** Who leads in the end. */
  get outcome(): string {
    const { leader } = this.zoo;
    return leader === null ? 'nobody leads' : `server ${leader.id} leads`;
  }

  /** Everything as text, the same for the same seed and doings. */
  text(): string {
    return this.zoo.transcript.text(this.entries);
  }

  // ------------------------------------------------------------------------------------------ running

  protected async runToNews(): Promise<boolean> {
    const { simulation } = this.zoo;
    for (let isTail = false; !this.hasNews && !isTail; ) {
      isTail = this.isSettled();
      const untilMs = isTail ? Math.max(simulation.nowMs + TAIL_MS, this.quietFromMs) : this.giveUpMs;
      await simulation.run({ until: () => this.hasNews || this.isSettled() !== isTail, untilMs });
      // Either it is over, or it has become quiet, or that was too early.
      if (isTail) isTail = this.isSettled();
      else if (!this.isSettled()) break;
    }
    return this.hasNews;
  }

  private get quietFromMs(): number {
    const acts = this.scenario.acts ?? [];
    return Math.max(this.waitsUntilMs, ...acts.map(({ atMs }) => atMs + BEFORE_ACT_MS));
  }

  private get giveUpMs(): number {
    return Math.max(this.touchedMs, this.quietFromMs) + PATIENCE_MS;
  }

  /** All that run and can be reached are under one of them. */
  private isSettled(): boolean {
    const servers = [...this.zoo.servers.values()];
    const away = servers.filter((server) => !server.isRunning || this.cutOff.has(Number(server.id)));
    const { leader } = this.zoo;
    return leader !== null && !away.includes(leader) && this.zoo.isSettled(away.map(({ id }) => Number(id)));
  }

  protected frame(): ElectionFrame {
    const { simulation, servers } = this.zoo;
    return {
      atMs: simulation.nowMs,
      entryCount: this.entries.length,
      servers: [...servers.values()].map((server) => this.serverFrame(server)),
    };
  }

  private serverFrame(server: ElectionServer): ServerFrame {
    const { state, votes, candidate, isEstablished } = server;
    const id = Number(server.id);
    const vote = server.vote ?? server.proposal;
    return {
      id,
      state,
      doing: vote === null ? 'down' : doingText(vote),
      round: vote === null ? null : Number(vote.electionEpoch),
      log: `epoch ${candidate.peerEpoch}, zxid 0x${hex(candidate.zxid)}`,
      isEstablished,
      isCutOff: this.cutOff.has(id),
      counted: [...votes].map(([sender, said]) => [Number(sender), Number(said.leader)] as const),
    };
  }

  // ----------------------------------------------------------------------------------- what readers do

  protected act(action: ElectionAction): void {
    const { zoo } = this;
    const { simulation } = zoo;
    this.touchedMs = simulation.nowMs;
    if (action.kind === 'wait') {
      this.waitsUntilMs = simulation.nowMs + action.durationMs;
    } else if (action.kind === 'heal all') {
      simulation.network.heal();
    } else {
      const server = zoo.server(action.server);
      if (action.kind === 'kill') server.crash();
      else if (action.kind === 'start') server.start();
      else if (action.kind === 'vote anew') server.look('it is told to');
      else if (action.kind === 'cut off') simulation.network.isolate(server.name);
      else simulation.network.heal(server.name);
    }
  }

  // --------------------------------------------------------------------------------------- observing

  private note(): void {
    const { entries } = this.zoo.transcript;
    for (; this.transcribed < entries.length; this.transcribed++) {
      const entry = entries[this.transcribed] as ElectionEntry;
      if (entry.kind === 'partition') this.noteLink(entry.machine, entry.to ?? '', true, entry.atMs);
      else if (entry.kind === 'heal') this.noteLink(entry.machine, entry.to ?? '', false, entry.atMs);
      else if (!isLeftOut(entry)) this.add(entry);
    }
  }

  /** Told of one direction after the other; said when a server can reach nobody any more, or somebody again. */
  private noteLink(from: string, to: string, isBlocked: boolean, atMs: number): void {
    if (isBlocked) this.blocked.add(`${from} ${to}`);
    else this.blocked.delete(`${from} ${to}`);
    const names = [...this.zoo.servers.values()].map(({ name }) => name);
    for (const { id, name } of this.zoo.servers.values()) {
      const isCutOff = names.every((other) => other === name || this.blocked.has(`${name} ${other}`));
      if (isCutOff === this.cutOff.has(Number(id))) continue;
      if (isCutOff) this.cutOff.add(Number(id));
      else this.cutOff.delete(Number(id));
      const kind = isCutOff ? 'partition' : 'heal';
      const text = isCutOff ? 'cut off from all others' : 'can be reached again';
      this.add({ kind, atMs, machine: name, to: null, text });
    }
  }
}

/** Introductions, and what becomes of single connections: an election is what is said on them. */
function isLeftOut(entry: ElectionEntry): boolean {
  if (entry.kind === 'message') return entry.vote === null;
  return entry.kind === 'refused' || entry.kind === 'break' || entry.kind === 'restart' || entry.kind === 'log';
}
