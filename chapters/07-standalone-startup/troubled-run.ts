/**
 * Clients that write without a break, a server that is given no peace, and the question whether it kept its word: one
 * run of it, from a seed. Each round brings one trouble and then everything that an operator would do about it.
 *
 *     const run = await troubledRun({ seed: 7, troubles: ['power cut', 'full disk'] });
 *     run.acknowledged;              // so many writes were promised, and all of them are there
 *     run.zoo.transcriptText();      // what happened
 */
import type { NetworkConditions } from '#00-introduction/network-conditions.js';
import { type DiskFaults, SOUND_DISK } from '#00-introduction/simulated-disk.js';
import type { DiskEvent, SimulationEvent } from '#00-introduction/simulation-event.js';
import { DiskError } from '#00-introduction/world.js';
import { CarefulWriter } from '#07-standalone-startup/careful-writer.js';
import { checkOrder, exchangesOf } from '#07-standalone-startup/exchanges.js';
import type { ServerConfig } from '#07-standalone-startup/server-config.js';
import { SimulatedServer } from '#07-standalone-startup/simulated-server.js';
import { TxnLogError } from '#20-data-files/txn-log-reader.js';

export type Trouble =
  /** At any moment, also in the middle of what the server does with its disk. */
  | 'power cut'
  | 'killed process'
  | 'failing sync'
  | 'failing write'
  | 'failing folder sync'
  | 'full disk'
  | 'slow disk'
  | 'frozen server'
  | 'jumping clock'
  | 'broken connections'
  | 'partition';

export interface TroubledRunOptions {
  readonly seed: number;
  /** One of them comes in each round, by chance. */
  readonly troubles: readonly Trouble[];
  /** Default: 4. */
  readonly rounds?: number;
  /** Names of the clients. */
  readonly clients?: readonly string[];
  /** How many writes each of them sends. */
  readonly writesEach?: number;
  /** The largest data of a node. */
  readonly mostBytes?: number;
  readonly config?: Partial<ServerConfig>;
  readonly network?: Partial<NetworkConditions>;
  /** How long the disk takes when nothing is wrong with it. */
  readonly disk?: Partial<Pick<DiskFaults, 'syncMs' | 'writeMs'>>;
}

const DEFAULT_CLIENTS = ['alice', 'bob', 'carol'];
const DEFAULT_ROUNDS = 4;
const DEFAULT_WRITES_EACH = 60;

/** How long a trouble lasts, at most. It has to be shorter than a session, or sessions expire. */
const LONGEST_TROUBLE_MS = 3000;
const LONGEST_WAIT_MS = 200;
/** A crash comes after at most so many things that the server does with its disk. */
const MOST_DISK_EVENTS = 40;
const MOST_DISK_EVENTS_OF_START = 12;
/** A log that was cut as it was asked for is no reason to refuse a second time. */
const MOST_ATTEMPTS = 20;
const LONGEST_CLOCK_JUMP_MS = 3_600_000;
/** What is left of a disk that becomes full. */
const MOST_ROOM_BYTES = 4000;

/**
 * @throws {BrokenPromise} (as a rejection) when an acknowledged write is not there, or something else is not as asked for
 * @throws {WrongAnswer} when the answers of the whole run contradict each other
 * @throws {SimulationError} when a client never gets an answer
 * @throws {Error} what made the server stop itself, when that was not its disk
 */
export async function troubledRun(options: TroubledRunOptions): Promise<TroubledRun> {
  const run = new TroubledRun(options);
  try {
    await run.run();
  } catch (error) {
    run.checkFailure();
    throw error;
  }
  return run;
}

export class TroubledRun {
  readonly zoo: SimulatedServer;
  readonly writers: CarefulWriter[] = [];
  /** How often the machine or the server's process went down; how often in a start, and while a snapshot was written. */
  crashes = 0;
  crashesInStart = 0;
  crashesInSnapshot = 0;
  /** How many snapshots were begun by a server that serves. */
  snapshots = 0;
  /** How often the server stopped because its disk failed. */
  failures = 0;
  /** How often the server would not start before a torn log was cut by hand, as its message says. */
  cuts = 0;
  private readonly options: TroubledRunOptions;
  /** The machine goes down after so many disk events; negative: it does not. */
  private diskEventsLeft = -1;
  private goDown: () => void = () => {};
  private isSnapshotting = false;
  private isOver = false;

  constructor(options: TroubledRunOptions) {
    this.options = options;
    const { seed, config = {}, network = {} } = options;
    this.zoo = new SimulatedServer({ seed, config, network });
    this.mendDisk();
    this.zoo.simulation.onEvent((event) => {
      if (isDiskEvent(event) && event.machine === this.zoo.machine.name) this.noteDiskEvent(event);
    });
  }

  /** Writes that were answered. */
  get acknowledged(): number {
    return this.sum((writer) => writer.acknowledged);
  }

  /** Writes that were sent and not answered … */
  get unanswered(): number {
    return this.sum((writer) => writer.unanswered);
  }

  /** … and those of them that were done all the same. */
  get doneUnanswered(): number {
    return this.sum((writer) => writer.doneUnanswered);
  }

  async run(): Promise<void> {
    const { zoo, options } = this;
    const { troubles, rounds = DEFAULT_ROUNDS } = options;
    await zoo.settle(zoo.start());
    await this.connectWriters();
    const work = this.startWriting();
    for (let round = 0; round < rounds && !this.isOver; round++) {
      await this.strike(troubles[this.upTo(troubles.length - 1)] as Trouble);
      await this.repair();
    }
    while (!this.isOver) {
      // What struck in the last round may show only now.
      await zoo.simulation.runUntil(() => this.isOver || zoo.server === null);
      await this.repair();
    }
    await work;
    checkOrder(exchangesOf(zoo.transcript.entries));
  }

  /** A server stops itself because its disk failed. If there is any other reason, it has found a mistake in itself. */
  checkFailure(): void {
    const { failure } = this.zoo;
    if (failure && !(failure instanceof DiskError || failure instanceof TxnLogError)) throw failure;
  }

  private async connectWriters(): Promise<void> {
    const { zoo, options } = this;
    const { simulation } = zoo;
    for (const name of this.clients) {
      const zooKeeper = await zoo.settle(zoo.connect(name));
      const { clock } = simulation.machine(name).world;
      this.writers.push(
        new CarefulWriter(zooKeeper, `/${name}`, simulation.random.fork(name), clock, options.mostBytes),
      );
    }
  }

  private startWriting(): Promise<unknown> {
    const { writesEach = DEFAULT_WRITES_EACH } = this.options;
    const over = (): void => {
      this.isOver = true;
    };
    const work = Promise.all(this.writers.map((writer) => writer.run(writesEach)));
    work.then(over, over);
    return work;
  }

  // ---------------------------------------------------------------------------------------- the troubles

  private async strike(trouble: Trouble): Promise<void> {
    const { simulation, machine } = this.zoo;
    const { network } = simulation;
    const { faults } = machine.disk;
    await simulation.runFor(this.upTo(LONGEST_WAIT_MS));
    switch (trouble) {
      case 'power cut':
        return this.goDownSoon(() => machine.crash());
      case 'killed process':
        return this.goDownSoon(() => machine.kill());
      case 'failing sync':
        faults.failSyncs = 1;
        return this.runUntilDown();
      case 'failing write':
        faults.failWrites = 1;
        return this.runUntilDown();
      case 'failing folder sync':
        faults.failDirectorySyncs = 1;
        return this.runUntilDown();
      case 'full disk':
        faults.limitBytes = machine.disk.usedBytes + this.upTo(MOST_ROOM_BYTES);
        return this.runUntilDown();
      case 'slow disk':
        Object.assign(faults, { syncMs: [5, 100], writeMs: [5, 100] });
        return simulation.runFor(this.upTo(LONGEST_TROUBLE_MS));
      case 'frozen server':
        machine.freeze(this.upTo(LONGEST_TROUBLE_MS));
        return simulation.runFor(this.upTo(LONGEST_TROUBLE_MS));
      case 'jumping clock':
        machine.jumpWallClock(this.upTo(2 * LONGEST_CLOCK_JUMP_MS) - LONGEST_CLOCK_JUMP_MS);
        return;
      case 'broken connections':
        for (const name of this.clients) network.breakConnections(machine.name, name);
        return;
      case 'partition':
        network.isolate(machine.name);
        return simulation.runFor(this.upTo(LONGEST_TROUBLE_MS));
    }
  }

  private noteDiskEvent(event: DiskEvent): void {
    if (event.path.includes(SNAPSHOT_IN_WORK)) {
      if (event.kind === 'create' && this.zoo.server) this.snapshots++;
      if (event.kind === 'create') this.isSnapshotting = true;
      if (event.kind === 'rename' || event.kind === 'remove') this.isSnapshotting = false;
    }
    if (this.diskEventsLeft-- === 0) this.goDown();
  }

  /** Lets the machine go down at one of the next things that its server does with the disk, or a little later. */
  private async goDownSoon(goDown: () => void): Promise<void> {
    const { simulation, machine } = this.zoo;
    this.goDown = () => {
      this.crashes++;
      if (this.isSnapshotting && this.zoo.server) this.crashesInSnapshot++;
      this.isSnapshotting = false;
      goDown();
    };
    this.diskEventsLeft = this.upTo(MOST_DISK_EVENTS);
    const untilMs = simulation.nowMs + this.upTo(2 * LONGEST_WAIT_MS);
    await simulation.run({ until: () => !machine.isRunning, untilMs });
    if (machine.isRunning) this.goDown();
    await simulation.runFor(this.upTo(LONGEST_WAIT_MS));
  }

  private async runUntilDown(): Promise<void> {
    const { zoo } = this;
    const untilMs = zoo.simulation.nowMs + LONGEST_TROUBLE_MS;
    await zoo.simulation.run({ until: () => zoo.server === null || this.isOver, untilMs });
    if (zoo.failure) this.failures++;
  }

  // ----------------------------------------------------------------------------------- what is done then

  private async repair(): Promise<void> {
    const { zoo } = this;
    this.checkFailure();
    this.mendDisk();
    zoo.simulation.network.heal();
    for (let attempts = 1; zoo.server === null; attempts++) {
      this.diskEventsLeft = this.crashes > 0 && this.upTo(2) === 0 ? this.upTo(MOST_DISK_EVENTS_OF_START) : -1;
      try {
        await zoo.settle(zoo.restart());
      } catch (error) {
        if (!zoo.machine.isRunning) this.crashesInStart++;
        else if (error instanceof TxnLogError && attempts < MOST_ATTEMPTS) this.cut(error);
        else throw error;
      }
    }
    this.diskEventsLeft = -1;
  }

  private mendDisk(): void {
    Object.assign(this.zoo.machine.disk.faults, SOUND_DISK, this.options.disk);
  }

  /** What the message of the error tells the operator to do, who has no other server and no backup. */
  private cut({ path, offsetBytes }: TxnLogError): void {
    this.cuts++;
    const file = this.zoo.machine.world.disk.open(path, 'write');
    file.truncate(offsetBytes);
    file.syncNow();
    file.close();
  }

  // --------------------------------------------------------------------------------------------- helpers

  private get clients(): readonly string[] {
    return this.options.clients ?? DEFAULT_CLIENTS;
  }

  /** A number from 0 to `most`. */
  private upTo(most: number): number {
    return this.zoo.simulation.random.integer(most + 1);
  }

  private sum(countOf: (writer: CarefulWriter) => number): number {
    return this.writers.reduce((sum, writer) => sum + countOf(writer), 0);
  }
}

/** In the path of a snapshot that is not whole. */
const SNAPSHOT_IN_WORK = '/unfinished.snapshot.';

const DISK_EVENTS = ['write', 'truncate', 'sync', 'create', 'remove', 'make-directory', 'rename'] as const;

function isDiskEvent(event: SimulationEvent): event is SimulationEvent & DiskEvent {
  return (DISK_EVENTS as readonly string[]).includes(event.kind);
}
