/** The differential test tested: what is compared, that a fault is found, and that what is printed of it is short. */
import { describe, expect, test } from 'vitest';
import { startServer } from '#07-standalone-startup/start-server.node.js';
import { Comparer } from '#testing/differential/compare.js';
import { generateSequence } from '#testing/differential/generate.js';
import { knownDifferences } from '#testing/differential/known-differences.js';
import { type Normalisation, Normalizer, normalisations, TxnTimes } from '#testing/differential/normalize.js';
import type { Fields, Observation, Value } from '#testing/differential/observation.js';
import { Player } from '#testing/differential/player.node.js';
import { DifferentialRunner, differentialConfig, differentialProperties } from '#testing/differential/run.node.js';
import { requestPart, type Step } from '#testing/differential/step.js';
import { explainFailure } from '#testing/differential/transcript.js';
import { readFacts } from '#testing/facts.node.js';
import { openSession } from '#testing/raw-session.node.js';
import { OUR_VERSION } from '#testing/versions.js';

const start = (config: Readonly<Record<string, string>> = {}) =>
  startServer({ quiet: true, config: { ...differentialConfig, ...differentialProperties, ...config } });

describe('what is compared', () => {
  test('every field of all that comes: each is changed once, and the change is found', async () => {
    const steps = [...everyOperation, ...generateSequence('fields', { steps: 150, sessions: 3, expirations: 1 })];
    const { seen, baseZxid } = await record(steps);
    const names = new Set<string>();
    const missed: string[] = [];
    for (const [step, observations] of seen.entries()) {
      const isLeftOut = observations.some(({ kind }) => kind === 'guarded');
      for (const [i, observation] of observations.entries()) {
        for (const [name, changed] of changesOf(observation)) {
          // what a known difference leaves out is not compared, and is counted as that
          if (names.has(name) || (isLeftOut && observation.kind === 'event')) continue;
          names.add(name);
          const altered = seen.with(step, observations.with(i, changed));
          if (!differ(steps, baseZxid, seen, altered)) missed.push(name);
        }
      }
    }
    expect(missed).toEqual([]);
    expect(names.size).toBeGreaterThan(150);
  });

  test('that something comes, how often, and in which order', async () => {
    const steps = generateSequence('order', { steps: 150, sessions: 3, expirations: 0 });
    const { seen, baseZxid } = await record(steps);
    let events = 0;
    for (const [step, observations] of seen.entries()) {
      for (const [i, { kind, slot }] of observations.entries()) {
        if (kind !== 'event' || observations.some((other) => other.kind === 'guarded')) continue;
        events++;
        const next = observations[i + 1];
        const variants = [observations.toSpliced(i, 1), observations.toSpliced(i, 0, observations[i] as Observation)];
        if (next?.slot === slot && next.kind === 'reply') {
          variants.push(observations.with(i, next).with(i + 1, observations[i] as Observation));
        }
        for (const variant of variants) expect(differ(steps, baseZxid, seen, seen.with(step, variant))).toBe(true);
      }
    }
    expect(events).toBeGreaterThan(10);
  });

  test('two runs of the same server show the same, and every rule has had its work', async () => {
    await using one = await start();
    await using two = await start();
    await using runner = await DifferentialRunner.start({ port: one.port, version: OUR_VERSION }, two);
    for (let seed = 0; seed < 20; seed++) {
      const sequence = generateSequence(`alike ${seed}`, { steps: 100, sessions: 3, expirations: 0 });
      const failure = await runner.run(sequence);
      if (failure) expect.fail(await explainFailure(runner, sequence, failure));
    }
    for (const rule of Object.keys(normalisations) as Normalisation[]) {
      expect(runner.normalised.get(rule), rule).toBeGreaterThan(0);
    }
  });

  test('a sequence is the same for the same seed', () => {
    const shape = { steps: 100, sessions: 3, expirations: 2 };
    expect(generateSequence(7, shape)).toEqual(generateSequence(7, shape));
    expect(generateSequence(7, shape)).not.toEqual(generateSequence(8, shape));
  });

  test('each known difference is a row of the facts', () => {
    const facts = readFacts();
    for (const { row } of knownDifferences) expect(facts.has(row), row).toBe(true);
  });
});

describe('a server that does something else', () => {
  const faults = [
    { what: 'lets everybody do everything', config: { skipACL: 'yes' }, expected: /NoAuth|-102/ },
    { what: 'does not keep to quotas', config: { enforceQuota: 'false' }, expected: /QuotaExceeded|-125/ },
    { what: 'has no time to live', config: { extendedTypesEnabled: 'false' }, expected: /createTTL/ },
    { what: 'has shorter sessions', config: { maxSessionTimeout: '60000' }, expected: /time-out 60000/ },
  ];
  for (const { what, config, expected } of faults) {
    test(`is found when it ${what}, and the transcript is short`, async () => {
      await using right = await start();
      await using wrong = await startServer({
        quiet: true,
        config: { ...differentialConfig, ...withoutPrefix(differentialProperties), ...config },
      });
      await using runner = await DifferentialRunner.start({ port: right.port, version: OUR_VERSION }, wrong);
      for (let seed = 0; seed < 100; seed++) {
        const sequence = generateSequence(`faults ${seed}`, { steps: 150, sessions: 3, expirations: 0 });
        const failure = await runner.run(sequence);
        if (!failure) continue;
        const transcript = await explainFailure(runner, sequence, failure);
        expect(transcript).toMatch(expected);
        expect(transcript).toContain('here they differ');
        expect(transcript.split('\n').length, transcript).toBeLessThan(30);
        return;
      }
      expect.fail('it was not found');
    });
  }
});

/** One of each, so that every kind of reply is there with its fields. */
const everyOperation: readonly Step[] = [
  { kind: 'open', slot: 0, timeoutMs: 600_000 },
  ...[
    requestPart('create', { path: '~/one', data: null, acl: OPEN(), flags: 0 }),
    requestPart('create2', { path: '~/two', data: Buffer.from('2'), acl: OPEN(), flags: 1 }),
    requestPart('multiRead', [
      { type: 4, record: { path: '~/two', watch: false } },
      { type: 8, record: { path: '~', watch: false } },
      { type: 4, record: { path: '~/none', watch: false } },
    ]),
    requestPart('multi', [
      { type: 1, record: { path: '~/m', data: null, acl: OPEN(), flags: 0 } },
      { type: 15, record: { path: '~/n', data: null, acl: OPEN(), flags: 0 } },
      { type: 5, record: { path: '~/n', data: Buffer.from('n'), version: 0 } },
      { type: 13, record: { path: '~/n', version: 1 } },
      { type: 2, record: { path: '~/n', version: 1 } },
    ]),
    requestPart('multi', [{ type: 2, record: { path: '~/none', version: 1 } }]),
    requestPart('getChildren2', { path: '~', watch: false }),
    requestPart('getEphemerals', { prefixPath: '/' }),
    requestPart('getACL', { path: '~' }),
    requestPart('sync', { path: '/x' }),
    requestPart('setACL', { path: '~/one', acl: OPEN(), version: 0 }),
    requestPart('whoAmI', null),
    requestPart('checkWatches', { path: '~/none', type: 3 }),
  ].map((part): Step => ({ kind: 'requests', slot: 0, requests: [part] })),
];

function OPEN() {
  return [{ perms: 31, id: { scheme: 'world', id: 'anyone' } }];
}

/** What our own server shows of a sequence. */
async function record(steps: readonly Step[]): Promise<{ seen: Observation[][]; baseZxid: bigint }> {
  await using server = await start();
  using admin = await openSession(server.port, { timeoutMs: 2_000_000 });
  await admin.ok('auth', { type: 0, scheme: 'digest', auth: Buffer.from('super:super') }).catch(() => {});
  await admin.ok('create', { path: '/root', data: null, acl: OPEN(), flags: 0 });
  await using player = await Player.start(server.port, '/root', admin);
  const seen: Observation[][] = [];
  for (const step of steps) seen.push(await player.play(step));
  seen.push(await player.finish());
  return { seen, baseZxid: player.baseZxid };
}

/** Whether two servers that have shown this would be found to differ. */
function differ(
  steps: readonly Step[],
  baseZxid: bigint,
  one: readonly (readonly Observation[])[],
  two: readonly (readonly Observation[])[],
): boolean {
  const comparer = new Comparer(OUR_VERSION);
  const [first, second] = [normalizer(baseZxid), normalizer(baseZxid)];
  return [...steps, null].some((step, i) => {
    const [ours, theirs] = [first.step(step, one[i] ?? []), second.step(step, two[i] ?? [])];
    return comparer.compare(step, ours, theirs).difference !== null;
  });
}

function normalizer(baseZxid: bigint): Normalizer {
  // as if everything had taken place within a minute of now
  const times = new TxnTimes(Date.now);
  return new Normalizer({ counts: new Map(), baseZxid, times, eventsHaveZxid: true });
}

/** Each field by its name, with the observation in which only that field is another. */
function* changesOf(observation: Observation): Iterable<[name: string, changed: Observation]> {
  const { kind, about, fields } = observation;
  if (kind === 'guarded') return;
  for (const [name, changed] of changesIn(fields, '')) {
    yield [`${kind} ${about} ${name}`, { ...observation, fields: changed as Fields }];
  }
}

function* changesIn(value: Value, at: string): Iterable<[name: string, changed: Value]> {
  if (Array.isArray(value)) {
    yield [`${at}[]`, [...value, 'one more']];
    for (const [i, element] of value.entries()) {
      for (const [name, changed] of changesIn(element, `${at}[]`)) yield [name, value.with(i, changed)];
    }
  } else if (typeof value === 'object' && value !== null) {
    const fields = value as Fields;
    for (const [name, field] of Object.entries(fields)) {
      // in an image of the tree the names are paths
      const shown = name.startsWith('/') ? 'path' : name;
      for (const [inner, changed] of changesIn(field, `${at}.${shown}`)) yield [inner, { ...fields, [name]: changed }];
    }
  } else {
    yield [at, changedLeaf(value, at)];
  }
}

const HOUR_MS = 3_600_000;

function changedLeaf(value: Value, at: string): Value {
  // within the second that a run may take, a time is as good as another
  if (at.endsWith('time')) return typeof value === 'bigint' ? value + BigInt(HOUR_MS) : Number(value) + HOUR_MS;
  if (typeof value === 'bigint') return value + 1n;
  if (typeof value === 'number') return value + 1;
  if (typeof value === 'string') return `${value}x`;
  return value === null ? '' : !value;
}

const withoutPrefix = (properties: Readonly<Record<string, string>>): Record<string, string> =>
  Object.fromEntries(Object.entries(properties).map(([name, value]) => [name.replace(/^zookeeper\./, ''), value]));
