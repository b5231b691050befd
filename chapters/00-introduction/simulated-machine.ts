/**
 * A machine in a simulation. It can crash and start again: its disk, its hardware clock and its name stay, all else is
 * new. A program gets `machine.world`, the World of the machine's present life.
 */
import { MachineDisk } from '#00-introduction/machine-disk.js';
import { MachineLife } from '#00-introduction/machine-life.js';
import { MachineNetwork } from '#00-introduction/machine-network.js';
import type { SeededRandom } from '#00-introduction/seeded-random.js';
import { SimulatedClock, type WallClock } from '#00-introduction/simulated-clock.js';
import { SimulatedDisk } from '#00-introduction/simulated-disk.js';
import { type LogEntry, SimulatedLog } from '#00-introduction/simulated-log.js';
import type { SimulatedNetwork } from '#00-introduction/simulated-network.js';
import type { World } from '#00-introduction/world.js';

/** The clocks of two machines differ by up to twice this much from the start. */
const INITIAL_OFFSET_MS = 50;

export class SimulatedMachine {
  /** Also its host name. */
  readonly name: string;
  readonly disk: SimulatedDisk;
  /** What it has logged, over all its lives; the last 1000 entries. */
  readonly logEntries: readonly LogEntry[] = [];
  private readonly network: SimulatedNetwork;
  private readonly random: SeededRandom;
  private readonly wallClock: WallClock;
  private lifeCount = 0;
  private life: MachineLife;
  private currentWorld: World;

  /** @param random the machine's own stream */
  constructor(name: string, network: SimulatedNetwork, random: SeededRandom, startWallMs: number) {
    this.name = name;
    this.network = network;
    this.random = random;
    this.disk = new SimulatedDisk(random.fork('disk'));
    const offsetMs = random.fork('wall clock').integer(2 * INITIAL_OFFSET_MS + 1) - INITIAL_OFFSET_MS;
    this.wallClock = { offsetMs: startWallMs + offsetMs };
    network.addMachine(name);
    this.life = new MachineLife(name, network.timeline);
    this.currentWorld = this.makeWorld();
  }

  /** The World of this life. After a crash it is dead, whoever still holds it. */
  get world(): World {
    return this.currentWorld;
  }

  get isRunning(): boolean {
    return !this.life.isOver;
  }

  /**
   * Cuts the power. Nothing of the machine runs any more, peers see its connections broken, and the disk loses what was
   * not synced, in part or whole.
   */
  crash(): void {
    if (this.life.isOver) return;
    this.endLife('crash');
    this.disk.cutPower();
  }

  /** Kills the process. As a crash, but the operating system lives on, and keeps all that was written. */
  kill(): void {
    if (!this.life.isOver) this.endLife('kill');
  }

  /**
   * Starts the machine again after a crash. No program runs on it until one is started.
   * @returns the new World
   */
  restart(): World {
    if (!this.life.isOver) throw new Error(`machine ${this.name} is running: crash() or kill() it first`);
    this.life = new MachineLife(this.name, this.network.timeline);
    this.currentWorld = this.makeWorld();
    const { timeline } = this.network;
    if (timeline.isWatched) timeline.emit({ kind: 'restart', machine: this.name });
    return this.currentWorld;
  }

  /** Stops its processor for a while, like a long pause of a garbage collector: then everything comes at once. */
  freeze(forMs: number): void {
    const { timeline } = this.network;
    this.life.frozenUntilMs = Math.max(this.life.frozenUntilMs, timeline.nowMs + forMs);
    if (timeline.isWatched) timeline.emit({ kind: 'freeze', machine: this.name, forMs });
  }

  /** @param byMs may be negative */
  jumpWallClock(byMs: number): void {
    this.wallClock.offsetMs += byMs;
    const { timeline } = this.network;
    if (timeline.isWatched) timeline.emit({ kind: 'wall-clock', machine: this.name, byMs });
  }

  private endLife(kind: 'crash' | 'kill'): void {
    this.life.end();
    this.network.endLife(this.life);
    const { timeline } = this.network;
    if (timeline.isWatched) timeline.emit({ kind, machine: this.name });
  }

  private makeWorld(): World {
    const random = this.random.fork(`life ${++this.lifeCount}`);
    return {
      clock: new SimulatedClock(this.life, this.wallClock, random.fork('turns')),
      network: new MachineNetwork(this.network, this.life),
      disk: new MachineDisk(this.disk, this.life),
      random,
      log: new SimulatedLog(this.life, this.logEntries as LogEntry[]),
    };
  }
}
