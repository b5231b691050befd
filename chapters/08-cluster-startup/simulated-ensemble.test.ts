import { describe, expect, test } from 'vitest';
import { SimulatedEnsemble, type SimulatedEnsembleOptions } from '#08-cluster-startup/simulated-ensemble.js';
import { proves } from '#testing/proves.js';

const TICK_MS = 2000;

async function started(options: SimulatedEnsembleOptions): Promise<SimulatedEnsemble> {
  const zoo = new SimulatedEnsemble(options);
  await zoo.settle(zoo.startAll());
  return zoo;
}

describe('an ensemble', () => {
  test.each([1, 2, 3])(
    'of three with an observer agrees on the greatest, and has the observer observe (seed %i)',
    async (seed) => {
      const zoo = await started({ seed, observers: 1 });
      await zoo.untilAgreed();
      expect(zoo.states()).toEqual({ zoo1: 'following', zoo2: 'following', zoo3: 'leading', zoo4: 'observing' });
      proves('EL-07', 'EL-12');
    },
  );

  test.each([3, 5, 7])(
    'of %i elects another leader when one dies, and takes the dead one back',
    async (participants) => {
      const zoo = await started({ seed: participants, participants });
      await zoo.untilAgreed();
      const dead = zoo.leader;
      dead?.crash();
      await zoo.untilAgreed();
      const second = zoo.leader;
      expect(second).not.toBe(dead);
      await zoo.settle(dead?.start() ?? Promise.reject());
      await zoo.untilAgreed();
      expect(zoo.leader).toBe(second);
      expect(dead?.state).toBe('following');
    },
  );

  test('without a quorum has no leader, until enough are there', async () => {
    const zoo = new SimulatedEnsemble({ seed: 1, participants: 5 });
    for (const id of [1, 2]) await zoo.settle(zoo.member(id).start());
    await zoo.simulation.runFor(120_000);
    expect(zoo.states()).toMatchObject({ zoo1: 'looking', zoo2: 'looking', zoo3: 'down' });
    await zoo.settle(zoo.member(3).start());
    await zoo.untilAgreed();
    expect(zoo.leader?.id).toBe(3n);
  });

  test('that is cut in two has one leader in the end, on the larger side, and is whole again when healed', async () => {
    const zoo = await started({ seed: 4, participants: 5 });
    await zoo.untilAgreed();
    for (const one of ['zoo1', 'zoo2', 'zoo3']) {
      for (const other of ['zoo4', 'zoo5']) zoo.simulation.network.partition(one, other);
    }
    await zoo.simulation.runFor(30 * TICK_MS);
    expect(zoo.states()).toEqual({
      zoo1: 'following',
      zoo2: 'following',
      zoo3: 'leading',
      zoo4: 'looking',
      zoo5: 'looking',
    });
    zoo.simulation.network.heal();
    await zoo.untilAgreed();
    expect(zoo.leader?.id).toBe(3n);
  });

  test('in groups elects with a quorum of groups only', async () => {
    const lines = ['group.1=1:2:3', 'group.2=4:5', 'group.3=6:7', 'weight.7=0'];
    const zoo = new SimulatedEnsemble({ seed: 2, participants: 7, lines });
    for (const id of [1, 2, 3, 4]) await zoo.settle(zoo.member(id).start());
    await zoo.simulation.runFor(60_000);
    expect(zoo.leaders).toEqual([]);
    await zoo.settle(zoo.startAll());
    await zoo.untilAgreed();
    // Server 7 weighs nothing, and so does not lead.
    expect(zoo.leader?.id).toBe(6n);
    proves('EL-01', 'EL-19');
  });

  test('turns clients away as long as nothing is synchronised', async () => {
    const zoo = await started({ seed: 1 });
    await zoo.untilAgreed();
    const connecting = zoo.connect('alice', { sessionTimeoutMs: 5000 }).then(
      () => 'connected',
      (error: Error) => error.name,
    );
    expect(await zoo.settle(connecting)).not.toBe('connected');
  });

  test('stops in good order, and starts again over what it has', async () => {
    const zoo = await started({ seed: 6 });
    await zoo.untilAgreed();
    await zoo.settle(Promise.all(zoo.members.map((member) => member.stop())));
    expect(zoo.states()).toEqual({ zoo1: 'down', zoo2: 'down', zoo3: 'down' });
    await zoo.settle(zoo.startAll());
    await zoo.untilAgreed();
    expect(zoo.members.map(({ failure }) => failure)).toEqual([null, null, null]);
  });

  test('says which member could not start, and why', async () => {
    const zoo = new SimulatedEnsemble({ seed: 1 });
    const one = zoo.member(1);
    one.machine.disk.faults.failReads = Number.POSITIVE_INFINITY;
    await expect(zoo.settle(one.start())).rejects.toThrow('EIO');
    expect(one.failure?.message).toContain('EIO');
    expect(one.state).toBe('down');
    expect(() => zoo.member(9)).toThrow('the ensemble has no server 9');
  });

  test('is the same run for the same seed', async () => {
    const eventsOf = async (seed: number): Promise<string> => {
      const zoo = new SimulatedEnsemble({ seed, observers: 1 });
      const events: string[] = [];
      zoo.simulation.onEvent((event) => events.push(`${event.atMs} ${event.kind}`));
      await zoo.settle(zoo.startAll());
      await zoo.untilAgreed();
      return events.join('\n');
    };
    const first = await eventsOf(5);
    expect(await eventsOf(5)).toBe(first);
    expect(await eventsOf(6)).not.toBe(first);
  });
});

test('over many runs with crashes and cuts, two never lead with a quorum each', async () => {
  let elections = 0;
  for (let seed = 1; seed <= 15; seed++) {
    const zoo = await started({ seed, participants: seed % 2 ? 3 : 5 });
    const { random, network } = zoo.simulation;
    const leadingSince = new Map<bigint, number>();
    zoo.simulation.onEvent(({ atMs }) => {
      for (const { id, state } of zoo.members) {
        if (state !== 'leading') leadingSince.delete(id);
        else if (!leadingSince.has(id)) leadingSince.set(id, atMs);
      }
      // One that has lost its quorum notices after `syncLimit`, and one that never had any after `initLimit`.
      const settled = [...leadingSince].filter(([, sinceMs]) => atMs - sinceMs > 12 * TICK_MS);
      expect(settled.length, `seed ${seed}, ${atMs} ms`).toBeLessThanOrEqual(1);
    });
    for (let trouble = 0; trouble < 6; trouble++) {
      const member = zoo.members[random.integer(zoo.members.length)];
      const kind = random.integer(3);
      if (kind === 0 && member?.peer) member.crash();
      else if (kind === 1 && member) network.isolate(member.machine.name);
      else member?.machine.freeze(random.integer(20_000));
      await zoo.simulation.runFor(random.integer(40_000));
      network.heal();
      await zoo.settle(zoo.startAll());
      await zoo.simulation.runFor(random.integer(20_000));
    }
    await zoo.untilAgreed();
    expect(zoo.members.every(({ failure }) => failure === null)).toBe(true);
    elections += zoo.members.reduce(
      (sum, { machine }) => sum + machine.logEntries.filter(({ message }) => /was won by/.test(message)).length,
      0,
    );
  }
  expect(elections).toBeGreaterThan(120);
});
