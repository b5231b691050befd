/**
 * A world in one process, where nothing happens by chance: machines, the network between them, and time, all from one
 * seed. The same seed gives the same run, event by event and byte by byte, in Node and in a browser.
 *
 *     const simulation = new Simulation({ seed: 7 });
 *     const server = await simulation.settle(startServer(simulation.machine('server').world));
 *     simulation.network.partition('server', 'client');
 *     await simulation.runFor(30_000);
 *
 * Between two events there is one hop of the event loop, so every promise that an event settles runs on before the next
 * event. Programs in the simulation can't reach the real clock or real chance (determinism.ts).
 */
import { type DeterminismGuard, guardDeterminism } from '#00-introduction/determinism.js';
import { hop } from '#00-introduction/macrotask-hop.js';
import { SeededRandom } from '#00-introduction/seeded-random.js';
import { SimulatedMachine } from '#00-introduction/simulated-machine.js';
import { SimulatedNetwork } from '#00-introduction/simulated-network.js';
import type { SimulationEvent } from '#00-introduction/simulation-event.js';
import { Timeline } from '#00-introduction/timeline.js';
import type { Timer } from '#00-introduction/world.js';

export interface SimulationOptions {
  /** A whole number. */
  readonly seed: number;
  /** What the clocks on the walls show at the start, give or take 50 ms; milliseconds since 1970. */
  readonly startWallMs?: number;
}

export interface RunLimits {
  /** How many events may happen before the run is taken for a hang. Default: 500 000. */
  readonly maxEvents?: number;
  /** How much simulated time may pass before it fails. Default: 10 minutes. */
  readonly withinMs?: number;
}

const DEFAULT_MAX_EVENTS = 500_000;
const DEFAULT_WITHIN_MS = 600_000;

/** 2026-01-01. */
const DEFAULT_START_WALL_MS = 1_767_225_600_000;

/** A run did not come to where it should; the message names the seed and the last events. */
export class SimulationError extends Error {
  override readonly name = 'SimulationError';
}

export class Simulation {
  readonly seed: number;
  /** For the choices of a test: a stream that nothing else draws from. */
  readonly random: SeededRandom;
  /** Partitions, latencies and other faults. */
  readonly network: SimulatedNetwork;
  private readonly timeline = new Timeline();
  private readonly root: SeededRandom;
  private readonly machines = new Map<string, SimulatedMachine>();
  private readonly startWallMs: number;
  private isRunning = false;

  constructor(options: SimulationOptions) {
    this.seed = options.seed;
    this.startWallMs = options.startWallMs ?? DEFAULT_START_WALL_MS;
    this.root = new SeededRandom(options.seed);
    this.random = this.root.fork('test');
    this.network = new SimulatedNetwork(this.timeline, this.root.fork('network'));
  }

  /** The machine of that name; it is made, and runs, when it is asked for the first time. */
  machine(name: string): SimulatedMachine {
    let machine = this.machines.get(name);
    if (machine === undefined) {
      machine = new SimulatedMachine(name, this.network, this.root.fork(`machine ${name}`), this.startWallMs);
      this.machines.set(name, machine);
    }
    return machine;
  }

  /** Simulated time since the start. */
  get nowMs(): number {
    return this.timeline.nowMs;
  }

  /** How many events have happened. */
  get eventCount(): number {
    return this.timeline.eventCount;
  }

  /** Nothing is left to happen: everybody waits for somebody else. */
  get isIdle(): boolean {
    return this.timeline.nextMs === Number.POSITIVE_INFINITY;
  }

  /** Does something at a time, for a test: it belongs to no machine, so no crash stops it. */
  schedule(delayMs: number, run: () => void): Timer {
    return this.timeline.schedule(delayMs, 'the test acts', null, run);
  }

  /**
   * Tells what happens, in order, from now on.
   * @returns stops telling
   */
  onEvent(listener: (event: SimulationEvent) => void): () => void {
    return this.timeline.listen(listener);
  }

  // ------------------------------------------------------------------------------------------ running

  /** Runs one event. @returns false when there is none */
  async step(): Promise<boolean> {
    if (this.isIdle) return false;
    let steps = 0;
    await this.drive(() => steps++ === 1, 2);
    return true;
  }

  /**
   * Runs until one of the two is reached, or nothing is left to happen.
   * @param options.untilMs a time since the start of the simulation
   * @param options.until looked at between events
   */
  async run(
    options: { readonly untilMs?: number; readonly until?: () => boolean; readonly maxEvents?: number } = {},
  ): Promise<void> {
    const { untilMs = Number.POSITIVE_INFINITY, until = () => false, maxEvents = DEFAULT_MAX_EVENTS } = options;
    let isThere = false;
    await this.drive(() => {
      isThere = until();
      return isThere || this.timeline.nextMs > untilMs;
    }, maxEvents);
    if (!isThere && untilMs !== Number.POSITIVE_INFINITY) this.timeline.moveTo(untilMs);
  }

  /** Lets an amount of simulated time pass. */
  runFor(durationMs: number, limits: Pick<RunLimits, 'maxEvents'> = {}): Promise<void> {
    return this.run({ ...limits, untilMs: this.nowMs + durationMs });
  }

  /** Runs until nothing is left to happen. A program with a periodic timer never gets there. */
  runUntilIdle(limits: Pick<RunLimits, 'maxEvents'> = {}): Promise<void> {
    return this.run(limits);
  }

  /**
   * Runs until something is true.
   * @throws {SimulationError} when it does not become true in time
   */
  async runUntil(predicate: () => boolean, limits: RunLimits = {}): Promise<void> {
    const { withinMs = DEFAULT_WITHIN_MS, maxEvents = DEFAULT_MAX_EVENTS } = limits;
    await this.run({ until: predicate, untilMs: this.nowMs + withinMs, maxEvents });
    if (predicate()) return;
    throw this.error(
      this.isIdle ? 'nothing is left to happen, and what was waited for is not so' : `not so within ${withinMs} ms`,
    );
  }

  /**
   * Runs until a promise is settled: the way to wait for anything asynchronous in the simulation. A plain `await` would
   * wait for ever, since nothing happens unless the simulation runs.
   * @returns what the promise gives
   * @throws what the promise is rejected with; {SimulationError} when it is not settled in time
   */
  async settle<T>(promise: Promise<T>, limits: RunLimits = {}): Promise<T> {
    let isSettled = false;
    const note = (): void => {
      isSettled = true;
    };
    promise.then(note, note);
    await this.runUntil(() => isSettled, limits);
    return promise;
  }

  /** The loop. It makes no promise per event, for speed. */
  private async drive(isThere: () => boolean, maxEvents: number): Promise<void> {
    if (this.isRunning) throw new Error('the simulation is running already: await one run before the next');
    this.isRunning = true;
    const guard = guardDeterminism();
    try {
      await new Promise<void>((resolve, reject) => {
        let events = 0;
        const next = (): void => {
          try {
            if (isThere() || this.isIdle) resolve();
            else if (events++ === maxEvents) throw this.error(`no end after ${maxEvents} events`);
            else {
              this.runGuarded(guard);
              hop(afterPromises);
            }
          } catch (error) {
            reject(error);
          }
        };
        const afterPromises = (): void => {
          guard.leave();
          next();
        };
        // What the caller has started before runs on as far as it can, as if that had been an event.
        hop(next);
      });
    } finally {
      guard.remove();
      this.isRunning = false;
    }
  }

  /** The guard stays closed until the promises have run on. */
  private runGuarded(guard: DeterminismGuard): void {
    guard.enter();
    try {
      this.timeline.runNext();
    } catch (error) {
      guard.leave();
      throw error;
    }
  }

  private error(what: string): SimulationError {
    return new SimulationError(
      `${what} (seed ${this.seed}, ${this.nowMs} ms of simulated time). The last events:\n${this.timeline.lastEvents()}`,
    );
  }
}
