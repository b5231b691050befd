import { Buffer } from 'node:buffer';
import { describe, expect, test } from 'vitest';
import { MachineCrashed } from '#00-introduction/machine-life.js';
import { Simulation } from '#00-introduction/simulation.js';
import type { Connection, World } from '#00-introduction/world.js';

function ignore(): void {}

const QUIET = { data: ignore, closed: ignore };

describe('a crash', () => {
  test('stops timers, turns, arrivals and disk work of the machine', async () => {
    const simulation = new Simulation({ seed: 1 });
    const machine = simulation.machine('a');
    const { clock, disk, network } = machine.world;
    const ran: string[] = [];
    clock.schedule(10, () => ran.push('timer'));
    clock.schedule(4.999, () => clock.atEndOfTurn(() => ran.push('end of turn')));
    const file = disk.open('/f', 'create');
    machine.disk.faults.syncMs = [10, 10];
    machine.disk.faults.writeMs = [10, 10];
    void file.sync().then(
      () => ran.push('synced'),
      () => ran.push('sync failed'),
    );
    void file.write(Buffer.from('x'), 0).then(
      () => ran.push('written'),
      () => ran.push('write failed'),
    );
    await network.listen({ host: '', port: 1 }, () => ran.push('accepted'));
    simulation.network.conditions.latencyMs = [10, 10];
    const peer = { data: ignore, closed: (error: Error | null) => ran.push(`peer: ${error?.message}`) };
    simulation.machine('b').world.network.connect({ host: 'a', port: 1 }, peer);
    simulation.schedule(5, () => machine.crash());
    await simulation.runFor(1000);
    expect(ran).toEqual(['peer: cannot connect to a:1: connection refused; nothing listens there (ECONNREFUSED)']);
    expect(machine.isRunning).toBe(false);
  });

  test('breaks connections as the peers see it, a while later', async () => {
    const simulation = new Simulation({ seed: 1 });
    simulation.network.conditions.latencyMs = [7, 7];
    const told: string[] = [];
    const handlerOf = (name: string) => ({
      data: ignore,
      closed: (error: Error | null) => told.push(`${simulation.nowMs} ${name} ${(error as { code?: string })?.code}`),
    });
    const { network } = simulation.machine('server').world;
    await network.listen({ host: '', port: 1 }, (connection) => connection.setHandler(handlerOf('server')));
    simulation.machine('client').world.network.connect({ host: 'server', port: 1 }, handlerOf('client'));
    simulation.machine('server').world.network.connect({ host: 'server', port: 1 }, handlerOf('itself'));
    await simulation.runFor(100);
    simulation.machine('server').crash();
    simulation.machine('server').crash();
    await simulation.runFor(100);
    expect(told).toEqual(['107 client ECONNRESET']);
  });

  test('reaches a client whose connection was being accepted', async () => {
    const errors: unknown[] = [];
    for (let crashAtMs = 0; crashAtMs <= 4; crashAtMs += 0.5) {
      const simulation = new Simulation({ seed: 1 });
      simulation.network.conditions.latencyMs = [1, 1];
      await simulation.machine('server').world.network.listen({ host: '', port: 1 }, (c) => c.setHandler(QUIET));
      const told: string[] = [];
      simulation.machine('client').world.network.connect(
        { host: 'server', port: 1 },
        {
          data: ignore,
          closed: (error) => {
            told.push('closed');
            errors.push(error);
          },
        },
      );
      simulation.schedule(crashAtMs, () => simulation.machine('server').crash());
      await simulation.runFor(100);
      expect(told).toEqual(['closed']);
    }
    expect(errors.every((error) => error instanceof Error)).toBe(true);
  });

  test('of a client that is connecting leaves nothing behind', async () => {
    for (let crashAtMs = 0; crashAtMs <= 3; crashAtMs += 0.5) {
      const simulation = new Simulation({ seed: 1 });
      simulation.network.conditions.latencyMs = [1, 1];
      let open = 0;
      await simulation.machine('server').world.network.listen({ host: '', port: 1 }, (connection) => {
        open++;
        connection.setHandler({ data: ignore, closed: () => void open-- });
      });
      simulation.machine('client').world.network.connect({ host: 'server', port: 1 }, QUIET);
      simulation.schedule(crashAtMs, () => simulation.machine('client').crash());
      await simulation.runFor(100);
      expect(open).toBe(0);
      expect(simulation.isIdle).toBe(true);
    }
  });
});

describe('a World whose machine has crashed', () => {
  async function staleWorld(): Promise<{ simulation: Simulation; stale: World; connection: Connection }> {
    const simulation = new Simulation({ seed: 1 });
    const machine = simulation.machine('a');
    const stale = machine.world;
    await simulation.machine('b').world.network.listen({ host: '', port: 1 }, (c) => c.setHandler(QUIET));
    const connection = stale.network.connect({ host: 'b', port: 1 }, QUIET);
    await simulation.runFor(10);
    machine.crash();
    expect(machine.restart()).not.toBe(stale);
    return { simulation, stale, connection };
  }

  test('does nothing any more, while the new one works', async () => {
    const { simulation, stale, connection } = await staleWorld();
    await simulation.runFor(10);
    const events: string[] = [];
    simulation.onEvent((event) => events.push(event.kind));
    const ran: string[] = [];
    stale.clock.schedule(1, () => ran.push('timer')).cancel();
    stale.clock.schedule(1, () => ran.push('timer'));
    stale.clock.atEndOfTurn(() => ran.push('turn'));
    stale.log.info('heard?');
    void stale.network.listen({ host: '', port: 9 }, ignore).then(() => ran.push('listening'));
    const again = stale.network.connect({ host: 'b', port: 1 }, { ...QUIET, opened: () => ran.push('opened') });
    expect([again.write(Buffer.from('x')), connection.write(Buffer.from('x'))]).toEqual([true, true]);
    for (const old of [again, connection]) {
      old.pause();
      old.resume();
      old.end();
      old.destroy();
    }
    await simulation.runFor(100);
    expect([ran, events, connection.unsentBytes]).toEqual([[], [], 0]);
    simulation.machine('a').world.clock.schedule(1, () => ran.push('new timer'));
    await simulation.runFor(10);
    expect(ran).toEqual(['new timer']);
  });

  test('refuses its disk', async () => {
    const { simulation, stale } = await staleWorld();
    expect(() => stale.disk.exists('/f')).toThrow(MachineCrashed);
    expect(() => stale.disk.open('/f', 'create')).toThrow(MachineCrashed);
    expect(() => stale.disk.list('/')).toThrow(/machine a has crashed/);
    expect(simulation.machine('a').world.disk.list('/')).toEqual([]);
  });

  test('refuses files that were open, and their promises stay open for ever', async () => {
    const simulation = new Simulation({ seed: 1 });
    const machine = simulation.machine('a');
    const file = machine.world.disk.open('/f', 'create');
    machine.world.disk.syncDirectory('/');
    machine.kill();
    const { disk } = machine.restart();
    expect(() => file.writeNow(Buffer.from('x'), 0)).toThrow(MachineCrashed);
    expect(() => file.syncNow()).toThrow(MachineCrashed);
    expect(() => file.sizeBytes()).toThrow(MachineCrashed);
    const settled: string[] = [];
    for (const promise of [file.sync(), file.write(Buffer.from('x'), 0)]) {
      promise.then(
        () => settled.push('done'),
        () => settled.push('failed'),
      );
    }
    await simulation.runFor(100);
    expect(settled).toEqual([]);
    expect(disk.readFile('/f')).toHaveLength(0);
  });
});

test('a machine that crashes in the middle of its own code gets no further', async () => {
  const simulation = new Simulation({ seed: 1 });
  const machine = simulation.machine('a');
  const { clock, disk } = machine.world;
  const reached: string[] = [];
  simulation.onEvent((event) => {
    if (event.kind === 'write' && event.positionBytes === 1) machine.crash();
  });
  clock.schedule(1, () => {
    const file = disk.open('/f', 'create');
    for (let i = 0; i < 3; i++) {
      reached.push(`write ${i}`);
      file.writeNow(Buffer.from('x'), i);
    }
    reached.push('the end');
  });
  await simulation.runFor(10);
  expect(reached).toEqual(['write 0', 'write 1']);
});

test('a machine is started again only after it went down', () => {
  const simulation = new Simulation({ seed: 1 });
  const machine = simulation.machine('a');
  expect(() => machine.restart()).toThrow('machine a is running: crash() or kill() it first');
  machine.kill();
  machine.restart();
  expect(machine.isRunning).toBe(true);
});

test('ports of a crashed machine are free after its restart', async () => {
  const simulation = new Simulation({ seed: 1 });
  const machine = simulation.machine('a');
  await machine.world.network.listen({ host: '', port: 1 }, ignore);
  machine.crash();
  const listener = await machine.restart().network.listen({ host: '', port: 1 }, ignore);
  expect(listener.address.port).toBe(1);
});

test('a frozen machine does everything late, in the right order', async () => {
  const simulation = new Simulation({ seed: 1 });
  const { clock } = simulation.machine('a').world;
  const ran: string[] = [];
  clock.schedule(30, () => ran.push(`30 at ${clock.monotonicMs()}`));
  clock.schedule(20, () => ran.push(`20 at ${clock.monotonicMs()}`));
  const cancelled = clock.schedule(25, () => ran.push('cancelled'));
  simulation.machine('b').world.clock.schedule(20, () => ran.push('other machine'));
  simulation.schedule(10, () => simulation.machine('a').freeze(90));
  simulation.schedule(50, () => cancelled.cancel());
  clock.schedule(100, () => ran.push(`100 at ${clock.monotonicMs()}`));
  await simulation.runFor(200);
  expect(ran[0]).toBe('other machine');
  expect([...ran].sort()).toEqual(['100 at 100', '20 at 100', '30 at 100', 'other machine']);
  expect(ran.indexOf('20 at 100')).toBeLessThan(ran.indexOf('30 at 100'));
});

test('a freeze ends at a moment that no rounding can put off', async () => {
  const simulation = new Simulation({ seed: 1 });
  const machine = simulation.machine('a');
  await simulation.runFor(0.1);
  // 0.1 + 0.2 is a little more than 0.3.
  machine.freeze(0.2);
  let ranAtMs = 0;
  machine.world.clock.schedule(0.1, () => {
    ranAtMs = simulation.nowMs;
  });
  await simulation.runFor(1, { maxEvents: 100 });
  expect(ranAtMs).toBe(0.3);
});

test('a freeze ends with the life of the machine', async () => {
  const simulation = new Simulation({ seed: 1 });
  const machine = simulation.machine('a');
  machine.freeze(1000);
  machine.crash();
  let ranAtMs = 0;
  machine.restart().clock.schedule(5, () => {
    ranAtMs = simulation.nowMs;
  });
  await simulation.runFor(100);
  expect(ranAtMs).toBe(5);
});

test('wall clocks differ a little, jump, and survive a crash; time itself does not jump', async () => {
  const simulation = new Simulation({ seed: 1, startWallMs: 1_000_000 });
  const names = ['a', 'b', 'c', 'd'];
  const start = names.map((name) => simulation.machine(name).world.clock.wallMs());
  expect(new Set(start).size).toBeGreaterThan(1);
  for (const wallMs of start) expect(Math.abs(wallMs - 1_000_000)).toBeLessThanOrEqual(50);
  const machine = simulation.machine('a');
  machine.jumpWallClock(-3_600_000);
  expect(machine.world.clock.wallMs()).toBe((start[0] ?? 0) - 3_600_000);
  expect(machine.world.clock.monotonicMs()).toBe(0);
  machine.crash();
  await simulation.runFor(500);
  expect(machine.restart().clock.wallMs()).toBe((start[0] ?? 0) - 3_600_000 + 500);
});

test('each machine and each life has random numbers of its own', () => {
  const draw = (world: World): number[] => Array.from({ length: 4 }, () => world.random.integer(2 ** 32));
  const simulation = new Simulation({ seed: 1 });
  const first = draw(simulation.machine('a').world);
  expect(draw(simulation.machine('b').world)).not.toEqual(first);
  simulation.machine('a').crash();
  expect(draw(simulation.machine('a').restart())).not.toEqual(first);
  const again = new Simulation({ seed: 1 });
  draw(again.machine('b').world);
  expect(draw(again.machine('a').world)).toEqual(first);
});

test('an entry in the log of a machine is kept over its lives, the last thousand', () => {
  const simulation = new Simulation({ seed: 1 });
  const machine = simulation.machine('a');
  machine.world.log.error('first');
  machine.crash();
  const { log } = machine.restart();
  log.info('second');
  expect(machine.logEntries.map(({ level, message }) => `${level} ${message}`)).toEqual(['error first', 'info second']);
  for (let i = 0; i < 1000; i++) log.info(`${i}`);
  expect([machine.logEntries.length, machine.logEntries[0]?.message]).toEqual([1000, '0']);
});
