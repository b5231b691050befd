/** Clients of the simulated checks: what they do, what they are told, and what they should have been told. */
import type { SeededRandom } from '#00-introduction/seeded-random.js';
import type { Stat } from '#05-jute/records/data.js';
import { OPEN_ACL_UNSAFE } from '#06-network-protocol/acls.js';
import { CreateMode, isEphemeral, isSequential, isTtl } from '#06-network-protocol/create-mode.js';
import { hex } from '#06-network-protocol/ids.js';
import type { ZooKeeper } from '#10-client-cnxn/zookeeper.js';
import type { SimulatedAttempt } from '../runner/simulated-attempt.js';

// ------------------------------------------------------------------------------------------------ watchers

export interface Listener {
  readonly name: string;
  readonly client: ZooKeeper;
  readonly watch: (event: { readonly type: string; readonly path: string | null }) => void;
  heard: string[];
}

export interface Cast {
  /** Has proved to be alice:secret. */
  readonly alice: ZooKeeper;
  readonly bob: Listener;
  readonly carol: Listener;
  /** What a listener has heard since the last time, in this order. */
  expectHeard(listener: Listener, ...events: string[]): Promise<void>;
}

export async function watchers(attempt: SimulatedAttempt): Promise<Cast> {
  const { zoo } = attempt;
  const alice = await zoo.settle(zoo.connect('alice'));
  alice.addAuthInfo('digest', 'alice:secret');
  const listener = async (name: string): Promise<Listener> => {
    const client = await zoo.settle(zoo.connect(name));
    const heard: string[] = [];
    return { name, client, heard, watch: ({ type, path }) => heard.push(`${type} ${path}`) };
  };
  const [bob, carol] = [await listener('bob'), await listener('carol')];
  return {
    alice,
    bob,
    carol,
    async expectHeard({ name, heard }, ...events) {
      // An event may still be on its way.
      await zoo.simulation.runFor(20);
      const text = (list: readonly string[]): string => (list.length === 0 ? 'nothing' : list.join(', '));
      attempt.equal(text(heard.splice(0)), text(events), `what ${name} hears`);
    },
  };
}

// ------------------------------------------------------------------------------------------- exact numbers

/** The numbers of a Stat, without the two times. */
type Numbers = { -readonly [name in Exclude<keyof Stat, 'ctime' | 'mtime'>]: Stat[name] };

const MODES = [
  CreateMode.persistent,
  CreateMode.persistent,
  CreateMode.persistentSequential,
  CreateMode.ephemeral,
  CreateMode.ephemeralSequential,
  CreateMode.container,
  CreateMode.persistentWithTtl,
];
const MODE_NAMES = Object.fromEntries(Object.entries(CreateMode).map(([name, mode]) => [mode, name]));
const DATA = [null, '', 'batch=100', 'batch=200'];

/** A client does one thing after the other, and compares every number that it is told with a count of its own. */
export async function randomOperations(attempt: SimulatedAttempt, count: number): Promise<void> {
  const { zoo, random } = attempt;
  const client = await zoo.settle(zoo.connect('alice'));
  const ledger = new Ledger(attempt, client);
  for (let i = 0; i < count; i++) {
    const leaf = ledger.anyOf((_, { numChildren }) => numChildren === 0);
    switch (random.integer(5)) {
      case 0:
      case 1:
        await ledger.create(pick(random, MODES), pick(random, DATA));
        break;
      case 2:
        if (leaf) await ledger.delete(leaf);
        break;
      case 3:
        if (leaf) await ledger.setData(leaf, pick(random, DATA));
        break;
      default:
        if (leaf) await ledger.setAcl(leaf);
    }
  }
  await ledger.checkAll();
}

/** What the numbers of all nodes have to be. */
class Ledger {
  private readonly attempt: SimulatedAttempt;
  private readonly client: ZooKeeper;
  private readonly nodes = new Map<string, Numbers>();
  /** Paths of ephemeral nodes: nothing can be below them. */
  private readonly childless = new Set<string>();
  private creates = 0;

  constructor(attempt: SimulatedAttempt, client: ZooKeeper) {
    this.attempt = attempt;
    this.client = client;
  }

  anyOf(isMeant: (path: string, numbers: Numbers) => boolean): string | undefined {
    const paths = [...this.nodes].filter(([path, numbers]) => isMeant(path, numbers)).map(([path]) => path);
    return paths.length === 0 ? undefined : pick(this.attempt.random, paths);
  }

  async create(mode: CreateMode, data: string | null): Promise<void> {
    const { zoo } = this.attempt;
    const parent = this.anyOf((path) => !this.childless.has(path)) ?? '';
    const asked = `${parent}/n${++this.creates}${isSequential(mode) ? '-' : ''}`;
    const options = isTtl(mode) ? { mode, ttlMs: 1_000_000 } : { mode };
    const { path, stat } = await zoo.settle(this.client.createWithStat(asked, data, options));
    if (isEphemeral(mode)) this.childless.add(path);
    const zxid = this.lastZxid;
    this.nodes.set(path, {
      ...{ czxid: zxid, mzxid: zxid, pzxid: zxid },
      ...{ version: 0, cversion: 0, aversion: 0, numChildren: 0 },
      ephemeralOwner: isEphemeral(mode) ? this.client.sessionId : (0n as Stat['ephemeralOwner']),
      dataLength: data?.length ?? 0,
    });
    this.childrenChanged(path, 1);
    this.compare(path, stat, `after its create (${MODE_NAMES[mode]})`);
    await this.check(parent, `after the create of ${path}`);
  }

  async delete(path: string): Promise<void> {
    await this.attempt.zoo.settle(this.client.delete(path));
    this.nodes.delete(path);
    this.childrenChanged(path, -1);
    await this.check(parentOf(path), `after the delete of ${path}`);
  }

  async setData(path: string, data: string | null): Promise<void> {
    const stat = await this.attempt.zoo.settle(this.client.setData(path, data));
    const numbers = this.nodes.get(path) as Numbers;
    numbers.version++;
    numbers.mzxid = this.lastZxid;
    numbers.dataLength = data?.length ?? 0;
    this.compare(path, stat, `after setData to ${data === null ? 'null' : `'${data}'`}`);
    await this.check(parentOf(path), `after setData of ${path}`);
  }

  async setAcl(path: string): Promise<void> {
    const stat = await this.attempt.zoo.settle(this.client.setACL(path, OPEN_ACL_UNSAFE));
    (this.nodes.get(path) as Numbers).aversion++;
    this.compare(path, stat, 'after setACL');
  }

  async checkAll(): Promise<void> {
    for (const path of this.nodes.keys()) await this.check(path, 'in the end');
  }

  private get lastZxid(): Stat['czxid'] {
    return this.attempt.zoo.server?.tree.lastProcessedZxid ?? (0n as Stat['czxid']);
  }

  private childrenChanged(path: string, difference: 1 | -1): void {
    const parent = this.nodes.get(parentOf(path));
    if (!parent) return;
    parent.numChildren += difference;
    parent.cversion++;
    parent.pzxid = this.lastZxid;
  }

  private async check(path: string, when: string): Promise<void> {
    if (!this.nodes.has(path)) return;
    const stat = await this.attempt.zoo.settle(this.client.exists(path));
    if (stat === null) this.attempt.wrong(`${path} is there`, 'it is not', `${path} ${when}`);
    this.compare(path, stat, when);
  }

  private compare(path: string, stat: Stat, when: string): void {
    const expected = this.nodes.get(path) as Numbers;
    const wrong = (Object.keys(expected) as (keyof Numbers)[]).filter((name) => stat[name] !== expected[name]);
    if (wrong.length === 0) return;
    const text = (numbers: Numbers): string => wrong.map((name) => `${name} ${shownNumber(numbers[name])}`).join(', ');
    this.attempt.wrong(text(expected), text(stat), `the Stat of ${path} ${when}`);
  }
}

/** Transactions and sessions in hexadecimal, as the diagram has them. */
export const shownNumber = (value: bigint | number): string =>
  typeof value === 'bigint' ? `0x${hex(value)}` : String(value);

export const parentOf = (path: string): string => path.slice(0, path.lastIndexOf('/'));

export const pick = <T>(random: SeededRandom, items: readonly T[]): T => items[random.integer(items.length)] as T;

export function shuffled<T>(random: SeededRandom, items: readonly T[]): T[] {
  const rest = [...items];
  return items.map(() => rest.splice(random.integer(rest.length), 1)[0] as T);
}
