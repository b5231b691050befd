/**
 * What an acknowledgement is worth. Clients write without a break while power is cut and processes are killed at any
 * moment; after each restart they look whether the server has kept its word (careful-writer.ts says what that means).
 */
import { describe, expect, test } from 'vitest';
import { InvariantViolation } from '#00-introduction/invariant.js';
import { ROUGH_NETWORK } from '#00-introduction/network-conditions.js';
import { BrokenPromise } from '#07-standalone-startup/careful-writer.js';
import { TroubledRun, type TroubledRunOptions, troubledRun } from '#07-standalone-startup/troubled-run.js';

/** Small files and many snapshots, so that short runs see a lot of them. */
const BUSY_CONFIG = { snapCount: 20, preAllocSizeBytes: 4096 };

/** @param countOf what to add up */
async function overSeeds(seeds: number, options: Omit<TroubledRunOptions, 'seed'>): Promise<Totals> {
  const totals = { acknowledged: 0, unanswered: 0, doneUnanswered: 0 };
  const counts = { crashes: 0, crashesInStart: 0, crashesInSnapshot: 0, snapshots: 0, failures: 0, cuts: 0 };
  const sums: Record<keyof Totals, number> = { ...totals, ...counts };
  for (let seed = 1; seed <= seeds; seed++) {
    const run = await named(seed, troubledRun({ config: BUSY_CONFIG, ...options, seed }));
    for (const name of Object.keys(sums) as (keyof Totals)[]) sums[name] += run[name];
    expectOnlyWhatWasAskedFor(run);
  }
  return sums;
}

type Totals = Pick<
  TroubledRun,
  | 'acknowledged'
  | 'unanswered'
  | 'doneUnanswered'
  | 'crashes'
  | 'crashesInStart'
  | 'crashesInSnapshot'
  | 'snapshots'
  | 'failures'
  | 'cuts'
>;

/** Says in the message which seed it was. */
async function named<T>(seed: number, run: Promise<T>): Promise<T> {
  try {
    return await run;
  } catch (error) {
    if (error instanceof Error) error.message = `seed ${seed}: ${error.message}`;
    throw error;
  }
}

function expectOnlyWhatWasAskedFor({ zoo }: TroubledRun): void {
  const paths = zoo.nodes().map(({ path }) => path);
  expect(paths.filter((path) => !/^\/(zookeeper.*|(alice|bob|carol)(\/[a-e])?)?$/.test(path))).toEqual([]);
}

describe('every acknowledged write is there, none that nobody asked for, all in their order', () => {
  test('after power cuts at any moment, which lose and tear what was not synced', async () => {
    const totals = await overSeeds(200, { troubles: ['power cut'] });
    expect(totals.acknowledged).toBeGreaterThan(30_000);
    expect(totals.crashes).toBeGreaterThan(600);
    expect(totals.crashesInStart).toBeGreaterThan(50);
    expect(totals.snapshots).toBeGreaterThan(500);
    // Some of what was not acknowledged is there as well, and some is not: both are allowed.
    expect(totals.doneUnanswered).toBeGreaterThan(50);
    expect(totals.unanswered - totals.doneUnanswered).toBeGreaterThan(50);
    // Where a log might be damaged and not only torn, the server leaves it to the operator to cut it. That is rare.
    expect(totals.cuts).toBeLessThan(totals.crashes / 100);
  });

  test('after a process was killed at any moment', async () => {
    const totals = await overSeeds(30, { troubles: ['killed process'] });
    expect(totals.acknowledged).toBeGreaterThan(4000);
    expect(totals.crashes).toBeGreaterThan(90);
  });

  test('when the power is cut while a snapshot is written, and while the tree changes under it', async () => {
    // A snapshot of several slices: the writes of others come in between.
    const totals = await overSeeds(15, {
      troubles: ['power cut'],
      rounds: 8,
      writesEach: 100,
      mostBytes: 120_000,
      config: { ...BUSY_CONFIG, snapCount: 4 },
      disk: { writeMs: [5, 30] },
    });
    expect(totals.acknowledged).toBeGreaterThan(4000);
    expect(totals.snapshots).toBeGreaterThan(50);
    expect(totals.crashesInSnapshot).toBeGreaterThan(8);
  });

  test('when the power is cut while the log goes on in a new file', async () => {
    // A slow sync: the end of one file is on its way to the disk when the next one is asked for.
    const totals = await overSeeds(40, {
      troubles: ['power cut'],
      rounds: 8,
      config: { ...BUSY_CONFIG, snapCount: 2 },
      disk: { syncMs: [5, 40] },
      mostBytes: 4000,
    });
    expect(totals.acknowledged).toBeGreaterThan(5000);
    expect(totals.snapshots).toBeGreaterThan(150);
  });

  test('with logs and snapshots in folders of their own', async () => {
    const config = { ...BUSY_CONFIG, dataDir: '/one/snapshots', dataLogDir: '/other/logs' };
    const totals = await overSeeds(20, { troubles: ['power cut'], config });
    expect(totals.acknowledged).toBeGreaterThan(3000);
  });

  test('whatever else happens at the same time', async () => {
    const totals = await overSeeds(40, {
      troubles: [
        'power cut',
        'killed process',
        'failing sync',
        'failing write',
        'failing folder sync',
        'full disk',
        'slow disk',
        'frozen server',
        'jumping clock',
        'broken connections',
        'partition',
      ],
      rounds: 12,
      writesEach: 120,
      network: ROUGH_NETWORK,
    });
    expect(totals.acknowledged).toBeGreaterThan(10_000);
    expect(totals.failures).toBeGreaterThan(50);
  });
});

test('a server that does not sync breaks its promise, and is found out', async () => {
  const config = { ...BUSY_CONFIG, forceSync: false };
  const outcomes = new Set<unknown>();
  for (let seed = 1; seed <= 60 && !outcomes.has(true); seed++) {
    const outcome = troubledRun({ seed, troubles: ['power cut'], config }).then(
      () => 'kept its word',
      (error: unknown) => error instanceof BrokenPromise || String(error),
    );
    outcomes.add(await outcome);
  }
  expect(outcomes).toContain(true);
});

test('a server that finds a mistake in itself is found out as well', async () => {
  const run = new TroubledRun({ seed: 1, troubles: ['power cut'] });
  run.zoo.simulation.schedule(50, () => run.zoo.server?.fail(new InvariantViolation('writes-complete-in-order')));
  await expect(run.run()).rejects.toThrow('invariant broken: writes-complete-in-order');
});
