/** What goes wrong in a planned run, and how it is mended. */
import type { PlannedFault } from '#15-fast-leader-election/election-plan.js';
import type { SimulatedElection } from '#15-fast-leader-election/simulated-election.js';

/** Faults may overlap: a link is open again when none of them holds it. */
export class PlannedFaults {
  private readonly zoo: SimulatedElection;
  /** How many faults hold a link, by its two ends. */
  private readonly cuts = new Map<string, number>();
  /** What has to be undone still. */
  private readonly undoes = new Set<() => void>();

  constructor(zoo: SimulatedElection) {
    this.zoo = zoo;
  }

  strike(fault: PlannedFault): void {
    for (const undo of this.begin(fault)) this.later(fault.forMs, undo);
  }

  /** Opens all links and starts all servers, but for those that are lost for good. */
  mendAll(lost: readonly number[]): void {
    for (const undo of [...this.undoes]) this.undo(undo);
    for (const server of this.zoo.servers.values()) {
      if (lost.includes(Number(server.id))) server.crash();
      else server.start();
    }
  }

  /** @returns what undoes it */
  private begin(fault: PlannedFault): (() => void)[] {
    const { zoo } = this;
    switch (fault.kind) {
      case 'crash':
        return this.crash(fault.server);
      case 'crash the leader':
        return this.leaderIds().flatMap((id) => this.crash(id));
      case 'freeze':
        zoo.server(fault.server).machine.freeze(fault.forMs);
        return [];
      case 'start over':
        zoo.server(fault.server).look('it was asked to');
        return [];
      case 'clock jump':
        zoo.server(fault.server).machine.jumpWallClock(fault.byMs);
        return [];
      case 'isolate':
        return this.partition([fault.server]);
      case 'isolate the leader':
        return this.partition(this.leaderIds());
      case 'partition':
        return this.partition(fault.side);
      case 'flapping partition':
        return this.flap(fault.side, fault.everyMs);
      case 'one-way partition':
        return this.cut(fault.from, fault.to);
      case 'break connections':
        zoo.simulation.network.breakConnections(zoo.server(fault.one).name, zoo.server(fault.other).name);
        return [];
      case 'slow server':
        return this.othersThan([fault.server]).flatMap((other) => [
          ...this.slowDown(fault.server, other, fault.latencyMs),
          ...this.slowDown(other, fault.server, fault.latencyMs),
        ]);
      case 'slow link':
        return this.slowDown(fault.from, fault.to, fault.latencyMs);
    }
  }

  private leaderIds(): number[] {
    return this.zoo.leader ? [Number(this.zoo.leader.id)] : [];
  }

  private othersThan(side: readonly number[]): number[] {
    return [...this.zoo.servers.keys()].map(Number).filter((id) => !side.includes(id));
  }

  private crash(id: number): (() => void)[] {
    const server = this.zoo.server(id);
    server.crash();
    return [() => server.start()];
  }

  private slowDown(fromId: number, toId: number, latencyMs: number): (() => void)[] {
    const { network } = this.zoo.simulation;
    const [from, to] = [this.zoo.server(fromId).name, this.zoo.server(toId).name];
    network.setLatency(from, to, [latencyMs, 2 * latencyMs]);
    return [() => network.setLatency(from, to, network.conditions.latencyMs)];
  }

  /** Nothing passes between some and all others. */
  private partition(side: readonly number[]): (() => void)[] {
    return side.flatMap((one) =>
      this.othersThan(side).flatMap((other) => [...this.cut(one, other), ...this.cut(other, one)]),
    );
  }

  private flap(side: readonly number[], everyMs: number): (() => void)[] {
    let isOver = false;
    const cut = (): void => {
      if (isOver) return;
      for (const undo of this.partition(side)) this.later(everyMs, undo);
      this.later(2 * everyMs, cut);
    };
    cut();
    const stop = (): void => {
      isOver = true;
    };
    return [stop];
  }

  private cut(from: number, to: number): (() => void)[] {
    const { network } = this.zoo.simulation;
    const [one, other] = [this.zoo.server(from).name, this.zoo.server(to).name];
    this.hold(one, other, 1);
    network.partitionOneWay(one, other);
    return [
      () => {
        if (this.hold(one, other, -1) > 0) return;
        // It opens both ways.
        network.heal(one, other);
        if (this.hold(other, one, 0) > 0) network.partitionOneWay(other, one);
      },
    ];
  }

  /** @returns how many faults hold the link now */
  private hold(from: string, to: string, change: number): number {
    const link = `${from} ${to}`;
    const count = (this.cuts.get(link) ?? 0) + change;
    this.cuts.set(link, count);
    return count;
  }

  private later(delayMs: number, undo: () => void): void {
    this.undoes.add(undo);
    this.zoo.simulation.schedule(delayMs, () => this.undo(undo));
  }

  private undo(undo: () => void): void {
    if (this.undoes.delete(undo)) undo();
  }
}
