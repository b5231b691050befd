/**
 * A simulated run with a bit of everything in it, faults too, and all that happened as lines of text: for tests that
 * compare runs with each other.
 */
import { Buffer } from 'node:buffer';
import { ROUGH_NETWORK } from '#00-introduction/network-conditions.js';
import { Simulation } from '#00-introduction/simulation.js';
import type { SimulationEvent } from '#00-introduction/simulation-event.js';
import type { Connection, World } from '#00-introduction/world.js';

/** @returns a line of JSON for each event */
export async function busyRun(seed: number): Promise<string[]> {
  const simulation = new Simulation({ seed });
  Object.assign(simulation.network.conditions, ROUGH_NETWORK);
  const lines: string[] = [];
  simulation.onEvent((event) => lines.push(lineOf(event)));
  const names = ['a', 'b', 'c'];
  for (const name of names) startChatter(simulation.machine(name).world, names);
  const nobody = { data: () => {}, closed: () => {} };
  simulation.schedule(5, () => void simulation.machine('a').world.network.connect({ host: 'b', port: 8 }, nobody));
  simulation.schedule(20, () => simulation.network.partition('a', 'b'));
  simulation.schedule(40, () => simulation.network.heal());
  simulation.schedule(60, () => simulation.machine('c').crash());
  simulation.schedule(70, () => startChatter(simulation.machine('c').restart(), names));
  simulation.schedule(80, () => simulation.machine('b').freeze(10));
  simulation.schedule(90, () => simulation.machine('a').jumpWallClock(-5000));
  simulation.schedule(100, () => simulation.machine('b').kill());
  await simulation.runFor(200);
  return lines;
}

function lineOf(event: SimulationEvent): string {
  return JSON.stringify(event, (_key, value: unknown) => (value instanceof Uint8Array ? [...value] : value));
}

/** Talks to the others, writes what it hears, and starts again when a connection is lost. */
export function startChatter(world: World, names: readonly string[]): void {
  const { clock, network, disk, random, log } = world;
  disk.makeDirectories('/data');
  const file = disk.open('/data/heard', 'create');
  file.truncate(4096);
  disk.open('/data/new', 'create').close();
  disk.rename('/data/new', '/data/old');
  disk.remove('/data/old');
  disk.syncDirectory('/data');
  let size = 0;
  const hear = (chunk: Buffer): void => {
    file.writeNow(chunk, size);
    size += chunk.length;
    void file.sync().then(() => log.info(`${size} bytes at ${clock.wallMs()}`));
  };
  void network.listen({ host: '', port: 7 }, (connection) => connection.setHandler({ data: hear, closed: () => {} }));
  const call = (name: string): void => {
    let open = true;
    const connection: Connection = network.connect(
      { host: name, port: 7 },
      {
        opened: talk,
        data: hear,
        closed: () => {
          open = false;
          clock.schedule(random.integer(20), () => call(name));
        },
      },
    );
    function talk(): void {
      if (!open) return;
      connection.write(Buffer.alloc(1 + random.integer(40), random.integer(256)));
      clock.schedule(1 + random.integer(5), () => clock.atEndOfTurn(talk));
    }
  };
  for (const name of names) call(name);
}
