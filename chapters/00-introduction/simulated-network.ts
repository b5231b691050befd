/**
 * The network between simulated machines: who can reach whom, who listens where, and the faults that a test may ask for.
 *
 * It behaves like TCP. Bytes of a connection arrive in order and once, or the connection breaks. A partition loses no
 * bytes: they are sent again until it is healed. So nothing but a broken connection, or a time-out above, ever tells a
 * program that a machine can't be reached.
 */
import type { MachineLife } from '#00-introduction/machine-life.js';
import { type NetworkConditions, ORDINARY_NETWORK } from '#00-introduction/network-conditions.js';
import type { SeededRandom } from '#00-introduction/seeded-random.js';
import type { Timeline } from '#00-introduction/timeline.js';
import type { Connection } from '#00-introduction/world.js';

/** Someone who listens on a port of a machine. */
export interface SimulatedPort {
  readonly life: MachineLife;
  readonly accept: (connection: Connection) => void;
}

/** One end of a connection, as far as faults need it. */
export interface ConnectionEnd {
  readonly life: MachineLife;
  readonly peerMachine: string;
  /** Both ends lose it. */
  break(): void;
  /** This end is gone without a word. */
  vanish(): void;
}

/** Ports that nobody asked for by number are taken from here on, for listeners and for outgoing connections. */
const FIRST_FREE_PORT = 32_768;

export class SimulatedNetwork {
  /** May be changed at any time; what is on its way already is not affected. */
  readonly conditions: NetworkConditions = { ...ORDINARY_NETWORK };
  readonly timeline: Timeline;
  readonly random: SeededRandom;
  private readonly ports = new Map<string, SimulatedPort>();
  private readonly machines = new Set<string>();
  private readonly blocked = new Set<string>();
  private readonly latencies = new Map<string, readonly [number, number]>();
  private readonly connections = new Set<ConnectionEnd>();
  private held: { readonly link: string; readonly release: () => void }[] = [];
  private connectionCount = 0;
  private nextFreePort = FIRST_FREE_PORT;

  constructor(timeline: Timeline, random: SeededRandom) {
    this.timeline = timeline;
    this.random = random;
  }

  // ------------------------------------------------------------------------------------------- faults

  /** Lets nothing pass between two machines, in both directions. */
  partition(one: string, other: string): void {
    this.partitionOneWay(one, other);
    this.partitionOneWay(other, one);
  }

  /** Lets nothing pass from one machine to another; the way back stays open. */
  partitionOneWay(from: string, to: string): void {
    this.checkMachine(from);
    this.checkMachine(to);
    if (this.blocked.has(linkName(from, to))) return;
    this.blocked.add(linkName(from, to));
    if (this.timeline.isWatched) this.timeline.emit({ kind: 'partition', from, to });
  }

  /** Cuts a machine off from all that exist now. */
  isolate(name: string): void {
    for (const other of this.machines) {
      if (other !== name) this.partition(name, other);
    }
  }

  /**
   * Lets everything pass again; what was held arrives a little later.
   * @param one heals only what touches this machine
   * @param other heals only what is between the two
   */
  heal(one?: string, other?: string): void {
    for (const link of [...this.blocked]) {
      const [from, to] = link.split('\n') as [string, string];
      if (one !== undefined && from !== one && to !== one) continue;
      if (other !== undefined && from !== other && to !== other) continue;
      this.blocked.delete(link);
      if (this.timeline.isWatched) this.timeline.emit({ kind: 'heal', from, to });
    }
    const held = this.held;
    this.held = [];
    for (const item of held) {
      if (this.blocked.has(item.link)) this.held.push(item);
      else item.release();
    }
  }

  /** Breaks every connection between two machines: both ends find out, and what was on its way is lost in part. */
  breakConnections(one: string, other: string): void {
    for (const connection of [...this.connections]) {
      const machine = connection.life.name;
      const { peerMachine } = connection;
      if (machine === one && peerMachine === other) connection.break();
      else if (machine === other && peerMachine === one) connection.break();
    }
  }

  /** Gives the way from one machine to another a latency of its own. */
  setLatency(from: string, to: string, latencyMs: readonly [number, number]): void {
    this.latencies.set(linkName(from, to), latencyMs);
  }

  // ------------------------------------------------------------------------------- for the connections

  /** Draws the time that something takes. */
  drawLatencyMs(from: string, to: string): number {
    const { conditions, random, latencies } = this;
    const ownMs = latencies.size === 0 ? undefined : latencies.get(linkName(from, to));
    const latencyMs = random.betweenMs(ownMs ?? conditions.latencyMs);
    return random.chance(conditions.slowChance) ? latencyMs + random.betweenMs(conditions.slowMs) : latencyMs;
  }

  /**
   * Runs `arrive` at a time, or when the partition that is in the way by then is healed.
   * @param owner whose event the arrival is; null for the network's own
   */
  carry(from: string, to: string, atMs: number, what: string, owner: MachineLife | null, arrive: () => void): void {
    if (owner?.isOver) return;
    this.timeline.scheduleAt(atMs, what, owner, () => {
      if (this.blocked.size === 0) return arrive();
      const link = linkName(from, to);
      if (!this.blocked.has(link)) return arrive();
      const release = (): void => {
        this.carry(from, to, this.timeline.nowMs + this.drawLatencyMs(from, to), what, owner, arrive);
      };
      this.held.push({ link, release });
    });
  }

  listenerAt(machine: string, port: number): SimulatedPort | undefined {
    return this.ports.get(portName(machine, port));
  }

  /** @returns false when the port is taken */
  bind(port: number, listener: SimulatedPort): boolean {
    const name = portName(listener.life.name, port);
    if (this.ports.has(name)) return false;
    this.ports.set(name, listener);
    return true;
  }

  unbind(port: number, listener: SimulatedPort): void {
    const name = portName(listener.life.name, port);
    if (this.ports.get(name) === listener) this.ports.delete(name);
  }

  freePort(machine: string): number {
    do {
      this.nextFreePort = this.nextFreePort === 65_535 ? FIRST_FREE_PORT : this.nextFreePort + 1;
    } while (this.ports.has(portName(machine, this.nextFreePort)));
    return this.nextFreePort;
  }

  nextConnectionNumber(): number {
    return ++this.connectionCount;
  }

  /** Notes an end of a connection that is in use … */
  add(connection: ConnectionEnd): void {
    this.connections.add(connection);
  }

  /** … and that it is not any more. */
  forget(connection: ConnectionEnd): void {
    this.connections.delete(connection);
  }

  // ----------------------------------------------------------------------------------- for the machines

  addMachine(name: string): void {
    this.machines.add(name);
  }

  hasMachine(name: string): boolean {
    return this.machines.has(name);
  }

  /** The ports of a crashed machine are free, and its peers find their connections reset. */
  endLife(life: MachineLife): void {
    for (const [name, listener] of [...this.ports]) {
      if (listener.life === life) this.ports.delete(name);
    }
    for (const connection of [...this.connections]) {
      if (connection.life === life) connection.vanish();
    }
  }

  private checkMachine(name: string): void {
    if (!this.machines.has(name))
      throw new Error(`no machine is called ${name}; there are ${[...this.machines].join(', ')}`);
  }
}

function linkName(from: string, to: string): string {
  return `${from}\n${to}`;
}

function portName(machine: string, port: number): string {
  return `${machine}:${port}`;
}
