/**
 * Clients of the simulated checks. Twins ask for the same things, each below a node of its own: one waits for each answer
 * before it asks for more, the other does not wait. Whether what came before is in the tree or under way must make no
 * difference to the answers.
 */
import { Buffer } from 'node:buffer';
import type { SeededRandom } from '#00-introduction/seeded-random.js';
import type { Stat } from '#05-jute/records/data.js';
import { OPEN_ACL_UNSAFE } from '#06-network-protocol/acls.js';
import { CreateMode, isSequential } from '#06-network-protocol/create-mode.js';
import { errorCodeName, KeeperException } from '#06-network-protocol/error-codes.js';
import { shownFiles } from '#07-standalone-startup/server-view.js';
import type { SimulatedServer } from '#07-standalone-startup/simulated-server.js';
import { MultiException } from '#10-client-cnxn/client-errors.js';
import type { Step } from '#10-client-cnxn/multi-steps.js';
import type { ZooKeeper } from '#10-client-cnxn/zookeeper.js';
import type { SimulatedAttempt } from '../runner/simulated-attempt.js';

/** What can be asked for, as it is drawn. */
export type Draw = (random: SeededRandom) => Asked;

/** Paths begin below the node of whoever asks. */
interface Asked {
  readonly text: string;
  readonly ask: (client: ZooKeeper, base: string) => Promise<unknown>;
}

const PATHS = ['/x', '/x', '/y', '/x/z'];
const VERSIONS = [-1, -1, 0, 1, 2];

const create: Draw = (random) => {
  const [path, mode] = [pick(random, PATHS), pick(random, [CreateMode.persistent, CreateMode.ephemeral])];
  const kind = mode === CreateMode.ephemeral ? ', ephemeral' : '';
  return { text: `create ${path}${kind}`, ask: (client, base) => client.create(base + path, '', { mode }) };
};

const createSequential: Draw = (random) => {
  const mode = pick(random, [CreateMode.persistentSequential, CreateMode.ephemeralSequential]);
  return { text: 'create /n-, sequential', ask: (client, base) => client.create(`${base}/n-`, '', { mode }) };
};

const remove: Draw = (random) => {
  const [path, version] = [pick(random, PATHS), pick(random, VERSIONS)];
  return { text: `delete ${path}, version ${version}`, ask: (client, base) => client.delete(base + path, version) };
};

const setData: Draw = (random) => {
  const [path, version] = [pick(random, ['', ...PATHS]), pick(random, VERSIONS)];
  const text = `setData ${path || 'of the node itself'}, version ${version}`;
  return { text, ask: (client, base) => client.setData(base + path, 'x', version) };
};

const setAcl: Draw = (random) => {
  const [path, version] = [pick(random, PATHS), pick(random, VERSIONS)];
  const text = `setACL ${path}, aversion ${version}`;
  return { text, ask: (client, base) => client.setACL(base + path, OPEN_ACL_UNSAFE, version) };
};

const look: Draw = (random) => {
  const path = pick(random, ['', ...PATHS]);
  return { text: `exists ${path || 'of the node itself'}`, ask: (client, base) => client.exists(base + path) };
};

const multi: Draw = (random) => {
  const steps = Array.from({ length: 2 + random.integer(3) }, (): Step => {
    const [path, version] = [pick(random, PATHS), pick(random, VERSIONS)];
    const op = pick(random, ['create', 'create', 'delete', 'setData', 'check', 'sequential'] as const);
    if (op === 'create') return { op, path };
    if (op === 'sequential') return { op: 'create', path: '/n-', mode: CreateMode.persistentSequential };
    return op === 'setData' ? { op, path, data: 'x', version } : { op, path, version };
  });
  const texts = steps.map((step) => {
    if (step.op === 'create') return `create ${step.path}${isSequential(step.mode ?? 0) ? ', sequential' : ''}`;
    return `${step.op} ${step.path}, version ${'version' in step ? step.version : ''}`;
  });
  const below = (base: string): Step[] => steps.map((step) => ({ ...step, path: base + step.path }));
  return { text: `multi [${texts.join('; ')}]`, ask: (client, base) => client.multi(below(base)) };
};

export const SIMPLE: readonly Draw[] = [create, create, remove, setData, setAcl, look];
export const SEQUENTIAL: readonly Draw[] = [create, remove, createSequential, createSequential, look];
export const MULTIS: readonly Draw[] = [create, remove, setData, multi, multi, look];
export const ANY: readonly Draw[] = [...SIMPLE, createSequential, multi, multi];

const REQUESTS = 60;
const LARGEST_BURST = 12;

/** The twins, one after the other. */
export async function pipelinedAsOneByOne(attempt: SimulatedAttempt, draws: readonly Draw[]): Promise<void> {
  const { zoo, patient, hasty } = await twins(attempt);
  const asked = drawn(attempt, draws);
  const expected = await oneByOne(zoo, patient, '/patient', asked);
  const answers = await inBursts(attempt, hasty, '/hasty', asked);
  await compare(attempt, asked, expected, answers);
}

/** The same, while others write without a break, on a disk that is slow. */
export async function withOthersBetween(attempt: SimulatedAttempt, draws: readonly Draw[]): Promise<void> {
  const { zoo, patient, hasty } = await twins(attempt);
  const asked = drawn(attempt, draws);
  const expected = await oneByOne(zoo, patient, '/patient', asked);
  attempt.did('the disk becomes slow, and carol writes without a break');
  zoo.machine.disk.faults.syncMs = [2, 10];
  const carol = await zoo.settle(zoo.connect('carol'));
  await zoo.settle(carol.create('/carol'));
  let isOver = false;
  const writing = (async (): Promise<void> => {
    while (!isOver) await Promise.all(Array.from({ length: 3 }, () => carol.setData('/carol', 'x')));
  })();
  const answers = await inBursts(attempt, hasty, '/hasty', asked);
  isOver = true;
  await zoo.settle(writing);
  await compare(attempt, asked, expected, answers);
}

/** Sessions end while their nodes come, go, and change hands. */
export async function closing(attempt: SimulatedAttempt): Promise<void> {
  const zoo = attempt.server();
  const { random } = attempt;
  await zoo.settle(zoo.start());
  const [alice, bob] = await zoo.settle(Promise.all(['alice', 'bob'].map((name) => zoo.connect(name))));
  if (alice === undefined || bob === undefined) throw new Error('there are two clients');
  const ephemeral = { mode: CreateMode.ephemeral };
  await zoo.settle(alice.create('/payout'));
  await zoo.settle(alice.create('/payout/leader', 'alice', ephemeral));
  await zoo.settle(alice.create('/payout/w1', 'alice', ephemeral));
  zoo.machine.disk.faults.syncMs = [5, 20];
  attempt.did('alice asks for a multi that fails: create /payout/w4, and check a wrong version');
  const refused = alice.multi([
    { op: 'create', path: '/payout/w4', mode: CreateMode.ephemeral },
    { op: 'check', path: '/payout', version: 9 },
  ]);
  const refusal = textOf(refused);
  await zoo.simulation.runFor(2);
  attempt.did('bob deletes /payout/leader, and creates it for himself, and /payout/w4');
  const ofBob = [
    bob.create('/payout/w4', 'bob', ephemeral),
    bob.delete('/payout/leader'),
    bob.create('/payout/leader', 'bob', ephemeral),
  ];
  const waitMs = random.integer(4);
  await zoo.simulation.runFor(waitMs);
  attempt.did(
    'alice deletes /payout/w1, creates /payout/w2 and again /payout/w2, deletes that, and closes her session',
  );
  const ofAlice = [
    alice.delete('/payout/w1'),
    alice.create('/payout/w2', 'alice', ephemeral),
    alice.create('/payout/w2', 'alice', ephemeral),
    alice.create('/payout/w3', 'alice', ephemeral),
    alice.delete('/payout/w2'),
    ...(random.chance(0.5) ? [alice.create('/payout/w3/below', 'alice', ephemeral)] : []),
    ...(random.chance(0.5) ? [alice.create('/payout/w2', 'alice', ephemeral)] : []),
  ];
  const settled = Promise.allSettled(ofAlice);
  const closed = alice.close();
  const answers = await zoo.settle(Promise.all(ofBob.map(textOf)));
  await zoo.settle(settled);
  attempt.equal(await zoo.settle(refusal), '[OK, BadVersion]', 'the multi of alice');
  await zoo.settle(closed);
  await zoo.simulation.runFor(200);
  const left = zoo.nodes().filter(({ path }) => path.startsWith('/payout/'));
  const owners = left.map(({ path, data }) => `${path} of ${Buffer.from(data ?? []).toString()}`);
  attempt.equal([answers[0], answers[2]], ['/payout/w4', '/payout/leader'], "the answers to bob's creates");
  attempt.equal(
    owners,
    ['/payout/leader of bob', '/payout/w4 of bob'],
    "the nodes below /payout, when alice's session has ended",
  );
}

// ---------------------------------------------------------------------------------------------------- helpers

interface Twins {
  readonly zoo: SimulatedServer;
  readonly patient: ZooKeeper;
  readonly hasty: ZooKeeper;
}

async function twins(attempt: SimulatedAttempt): Promise<Twins> {
  const zoo = attempt.server();
  await zoo.settle(zoo.start());
  const [patient, hasty] = [await zoo.settle(zoo.connect('patient')), await zoo.settle(zoo.connect('hasty'))];
  for (const path of ['/patient', '/hasty']) await zoo.settle(patient.create(path));
  return { zoo, patient, hasty };
}

const drawn = ({ random }: SimulatedAttempt, draws: readonly Draw[]): Asked[] =>
  Array.from({ length: REQUESTS }, () => pick(random, draws)(random));

async function oneByOne(
  zoo: SimulatedServer,
  client: ZooKeeper,
  base: string,
  asked: readonly Asked[],
): Promise<string[]> {
  const answers: string[] = [];
  for (const { ask } of asked) answers.push(await zoo.settle(textOf(ask(client, base))));
  return answers.map((answer) => answer.replaceAll(base, ''));
}

/** Several are sent at once, and more before all of them are answered. */
async function inBursts(
  attempt: SimulatedAttempt,
  client: ZooKeeper,
  base: string,
  asked: readonly Asked[],
): Promise<string[]> {
  const { zoo, random } = attempt;
  attempt.did(`${base.slice(1)} asks for the same, without waiting for the answers`);
  const answers: Promise<string>[] = [];
  while (answers.length < asked.length) {
    const burst = asked.slice(answers.length, answers.length + 1 + random.integer(LARGEST_BURST));
    for (const { ask } of burst) answers.push(textOf(ask(client, base)));
    await zoo.simulation.runFor(random.integer(3));
  }
  return (await zoo.settle(Promise.all(answers))).map((answer) => answer.replaceAll(base, ''));
}

async function compare(
  attempt: SimulatedAttempt,
  asked: readonly Asked[],
  expected: readonly string[],
  answers: readonly string[],
): Promise<void> {
  const wrong = expected.findIndex((answer, index) => answers[index] !== answer);
  if (wrong >= 0) {
    attempt.did(`what both have asked for until then, below /patient and below /hasty, and were told:`);
    for (let index = Math.max(0, wrong - BEFORE); index < wrong; index++) {
      attempt.did(`${index + 1}. ${asked[index]?.text}: ${expected[index]}`);
    }
    attempt.wrong(
      `${expected[wrong]}, as for the one who waits`,
      `${answers[wrong]}`,
      `request ${wrong + 1} of hasty, ${asked[wrong]?.text}`,
    );
  }
  expectSameNodes(attempt, image(attempt.zoo, '/patient'), image(attempt.zoo, '/hasty'), 'beside those of patient');
  await restart(attempt);
}

/** What is in the log says the same again. */
async function restart(attempt: SimulatedAttempt): Promise<void> {
  const { zoo } = attempt;
  const before = image(zoo, '/hasty');
  attempt.did('the server is stopped and started again: it reads its log');
  zoo.crash();
  await zoo.settle(zoo.restart());
  expectSameNodes(attempt, before, image(zoo, '/hasty'), 'after the restart');
  const other = zoo.transcript.entries.find(({ kind, text }) => kind === 'log' && text.includes('it should have'));
  if (other !== undefined) {
    const id = /after the transaction (0x\w+)/.exec(other.text)?.[1] ?? '';
    const lines = shownFiles(zoo.machine.disk, '/data/version-2').flatMap((file) => file.lines);
    const line = lines.find((each) => each.includes(`  ${id}  `)) ?? '';
    attempt.did(`in the log: ${id}${/ {2}cxid \d+( {2}.*?) {2}digest/.exec(line)?.[1] ?? ''}`);
    attempt.wrong(
      'the digest of the tree that is written beside it, and is computed from the records that it has added',
      'another one: there were records that should have been taken back, or some were missing',
      `the tree after transaction ${id}`,
    );
  }
}

function expectSameNodes(
  attempt: SimulatedAttempt,
  expected: readonly string[],
  got: readonly string[],
  when: string,
): void {
  const missing = expected.filter((node) => !got.includes(node));
  const others = got.filter((node) => !expected.includes(node));
  if (missing.length + others.length === 0) return;
  const text = (nodes: readonly string[]): string => (nodes.length === 0 ? 'none more' : nodes.join('; '));
  attempt.wrong(text(missing), text(others), `the nodes of hasty that are not the same in the end, ${when}`);
}

/** So many requests before the wrong answer are told. */
const BEFORE = 8;

/** What there is below a node, without what depends on the time. */
function image(zoo: SimulatedServer, base: string): string[] {
  return zoo
    .nodes()
    .filter(({ path }) => path === base || path.startsWith(`${base}/`))
    .map(({ path, stat }) => `${path.slice(base.length) || 'the node itself'} with ${statText(stat)}`);
}

const statText = ({ version, cversion, aversion, numChildren }: Stat): string =>
  `version ${version}, cversion ${cversion}, aversion ${aversion}, numChildren ${numChildren}`;

/** An answer as text: a path, a stat, or an error. */
function textOf(answer: Promise<unknown>): Promise<string> {
  return answer.then(resultText, (error: unknown) => {
    if (error instanceof MultiException) {
      return `[${error.results.map(({ code }) => errorCodeName(code)).join(', ')}]`;
    }
    if (error instanceof KeeperException) return errorCodeName(error.code);
    throw error;
  });
}

function resultText(result: unknown): string {
  if (typeof result === 'string') return result;
  if (Array.isArray(result)) return `[${result.map(resultText).join(', ')}]`;
  if (result === null) return 'no node';
  if (typeof result !== 'object') return 'ok';
  if ('path' in result) return String(result.path);
  if ('stat' in result) return resultText(result.stat);
  return 'cversion' in result ? statText(result as Stat) : 'ok';
}

const pick = <T>(random: SeededRandom, items: readonly T[]): T => items[random.integer(items.length)] as T;
