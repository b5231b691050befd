/**
 * The audience of the simulated checks: alice changes nodes, the others watch. What each of them hears is taken from the
 * packets that the server sends, and compared with what an account of all watches says.
 */
import type { SeededRandom } from '#00-introduction/seeded-random.js';
import type { ACL } from '#05-jute/records/data.js';
import { KeeperException } from '#06-network-protocol/error-codes.js';
import type { ZooKeeper } from '#10-client-cnxn/zookeeper.js';
import type { SimulatedAttempt } from '../runner/simulated-attempt.js';

export type Kind = 'data' | 'exist' | 'child' | 'persistent' | 'recursive';
export const ONE_SHOT: readonly Kind[] = ['data', 'exist', 'child'];
export const STAYING: readonly Kind[] = ['persistent', 'recursive'];

/** Few, so that watches meet; and one whose name begins as another one's does. */
const PATHS = ['/a', '/ab', '/a/b', '/a/b/c', '/a/d'];
const NAMES = ['bob', 'carol', 'dave'];
const SESSION_TIMEOUT_MS = 10_000;
/** A client gives up a connection when it has heard nothing for two thirds of the time-out. */
const CUT_OFF_MS = 8000;

export class Audience {
  private readonly attempt: SimulatedAttempt;
  private readonly alice: ZooKeeper;
  private readonly watchers = new Map<string, ZooKeeper>();
  private readonly account = new Account();
  private entriesSeen = 0;

  private constructor(attempt: SimulatedAttempt, alice: ZooKeeper) {
    this.attempt = attempt;
    this.alice = alice;
  }

  static async of(attempt: SimulatedAttempt): Promise<Audience> {
    const zoo = attempt.server();
    await zoo.settle(zoo.start());
    const options = { sessionTimeoutMs: SESSION_TIMEOUT_MS };
    const audience = new Audience(attempt, await zoo.settle(zoo.connect('alice', options)));
    for (const name of NAMES) audience.watchers.set(name, await zoo.settle(zoo.connect(name, options)));
    return audience;
  }

  /** Watches of these kinds are set, and nodes change; after each change the right ones must have heard of it. */
  async play(kinds: readonly Kind[], changes: number): Promise<void> {
    const { random } = this.attempt;
    for (let i = 0; i < changes; i++) {
      for (let count = random.integer(3); count > 0; count--) {
        await this.watch(pick(random, NAMES), pick(random, kinds), pick(random, ['/', ...PATHS]));
      }
      await this.change();
      this.compare();
    }
  }

  /** All watchers go: one closes its session, one crashes, one is cut off until its session has expired. */
  async leaveOneByOne(): Promise<void> {
    const { zoo, random } = this.attempt;
    const [closing, crashing, lost] = shuffled(random, NAMES) as [string, string, string];
    this.attempt.did(`${closing} closes its session`);
    await zoo.settle((this.watchers.get(closing) as ZooKeeper).close());
    this.attempt.did(`${crashing} loses its power`);
    zoo.simulation.machine(crashing).crash();
    this.attempt.did(`${lost} is cut off for good`);
    zoo.simulation.network.partition(lost, 'server');
    await zoo.simulation.runFor(3 * SESSION_TIMEOUT_MS);
    const { data, children } = zoo.server?.watches ?? this.attempt.wrong('a server', 'none');
    for (const [name, { watchCount, pathCount, watcherCount }] of Object.entries({ data, children })) {
      const left = `${watchCount} watches at ${pathCount} paths, of ${watcherCount} connections`;
      this.attempt.equal(left, '0 watches at 0 paths, of 0 connections', `what is left in ${name}`);
    }
  }

  /** Bob is cut off while nodes change, and comes back. */
  async missSomething(): Promise<void> {
    const { zoo, random } = this.attempt;
    for (const path of ['/a', '/a/b', '/ab']) await this.perform('create', path);
    for (const [kind, path] of [
      ['data', '/a'],
      ['data', '/a/b'],
      ['exist', '/a/d'],
      ['child', '/a'],
      ['persistent', '/ab'],
      ['recursive', '/a'],
    ] as const) {
      await this.watch('bob', kind, path);
    }
    this.compare();
    this.attempt.did('bob is cut off');
    zoo.simulation.network.partition('bob', 'server');
    if (random.chance(0.5)) zoo.simulation.network.breakConnections('bob', 'server');
    const missed = shuffled(random, ['setData /a', 'create /a/d', 'setData /ab'] as const);
    for (const what of missed) {
      const [name, path] = what.split(' ') as [Change, string];
      await this.perform(name, path, { isHeard: false });
    }
    await zoo.simulation.runFor(CUT_OFF_MS - 1000);
    this.entriesSeen = zoo.transcript.entries.length;
    this.attempt.did('the network of bob is whole again');
    zoo.simulation.network.heal('bob', 'server');
    await zoo.simulation.runUntil(() => this.watchers.get('bob')?.state === 'SyncConnected' && this.isBack());
    await zoo.simulation.runFor(500);
    this.account.cameBack('bob', ['NodeDataChanged /a', 'NodeCreated /a/d', 'NodeChildrenChanged /a']);
    this.compare();
    for (const what of ['setData /a', 'setData /a/b', 'setData /a/b', 'setData /ab', 'delete /a/d']) {
      const [name, path] = what.split(' ') as [Change, string];
      await this.perform(name, path);
      this.compare();
    }
  }

  /** Some nodes only alice may read; who watches them or their parent may hear of them, or not. */
  async keepSecrets(ofAliceAlone: readonly ACL[]): Promise<void> {
    const { zoo } = this.attempt;
    this.alice.addAuthInfo('digest', 'alice:secret');
    await this.perform('create', '/a');
    await this.watch('bob', 'recursive', '/');
    await this.watch('carol', 'child', '/a');
    await this.watch('dave', 'exist', '/a/b');
    this.compare();
    this.attempt.did('alice creates /a/b, which only she may read');
    await zoo.settle(this.alice.create('/a/b', '', { acl: ofAliceAlone }));
    await zoo.simulation.runFor(50);
    this.account.expect('carol', 'NodeChildrenChanged /a');
    this.account.forget('carol', 'child', '/a');
    this.compare();
    await this.watch('carol', 'child', '/a');
    this.attempt.did('alice deletes /a/b');
    await zoo.settle(this.alice.delete('/a/b'));
    await zoo.simulation.runFor(50);
    this.account.expect('carol', 'NodeChildrenChanged /a');
    this.compare();
  }

  // ------------------------------------------------------------------------------------------- what happens

  private async watch(name: string, kind: Kind, path: string): Promise<void> {
    const client = this.watchers.get(name) as ZooKeeper;
    const watch = (): void => {};
    const asked = {
      data: () => client.getData(path, { watch }),
      exist: () => client.exists(path, { watch }),
      child: () => client.getChildren(path, { watch }),
      persistent: () => client.addWatch(path, { watch }),
      recursive: () => client.addWatch(path, { watch, recursive: true }),
    }[kind]();
    const isSet = await this.attempt.zoo.settle(
      asked.then(
        () => true,
        (error) => {
          if (error instanceof KeeperException) return false;
          throw error;
        },
      ),
    );
    if (isSet) this.account.watch(name, kind, path);
  }

  /** One of those that are possible now. */
  private async change(): Promise<void> {
    const { random } = this.attempt;
    const possible = PATHS.flatMap((path) => this.account.possible(path).map((what) => ({ what, path })));
    const { what, path } = pick(random, possible);
    await this.perform(what, path);
  }

  private async perform(what: Change, path: string, { isHeard = true } = {}): Promise<void> {
    const { zoo } = this.attempt;
    const { alice } = this;
    const doIt = {
      create: (): Promise<unknown> => alice.create(path),
      delete: () => alice.delete(path),
      setData: () => alice.setData(path, 'x'),
    };
    await zoo.settle(doIt[what]());
    await zoo.simulation.runFor(5);
    this.account.changed(what, path, isHeard);
  }

  private isBack(): boolean {
    const since = this.attempt.zoo.transcript.entries.slice(this.entriesSeen);
    return since.some((entry) => entry.kind === 'packet' && entry.to === 'bob' && entry.text.startsWith('connected'));
  }

  // ---------------------------------------------------------------------------------------- what was heard

  private compare(): void {
    const { entries } = this.attempt.zoo.transcript;
    const since = entries.slice(this.entriesSeen);
    this.entriesSeen = entries.length;
    for (const name of NAMES) {
      const events = since.filter((entry) => entry.kind === 'packet' && entry.to === name && isEvent(entry.text));
      const heard = events.map(({ text }) => text.slice(EVENT.length));
      const { expected, why } = this.account.take(name);
      this.attempt.equal(textOf(heard), textOf(expected), `what ${name} hears, who has ${why}`);
    }
  }
}

type Change = 'create' | 'delete' | 'setData';

const EVENT = 'event ';
const isEvent = (text: string): boolean => text.startsWith(EVENT);
const textOf = (events: readonly string[]): string => (events.length === 0 ? 'nothing' : events.join(', '));

/** Who watches what, as one would write it down on paper. */
class Account {
  private readonly nodes = new Set(['/']);
  private watches: { readonly name: string; readonly kind: Kind; readonly path: string }[] = [];
  private readonly expected = new Map<string, string[]>();
  /** One-shot watches that have been told, oldest first. */
  private readonly gone: string[] = [];
  /** What the watches were before the last change. */
  private before: Account['watches'] = [];

  possible(path: string): Change[] {
    if (!this.nodes.has(path)) return this.nodes.has(parentOf(path)) ? ['create'] : [];
    const hasChildren = [...this.nodes].some((other) => other !== '/' && parentOf(other) === path);
    return hasChildren ? ['setData'] : ['setData', 'delete'];
  }

  watch(name: string, kind: Kind, path: string): void {
    this.forget(name, kind, path);
    this.watches.push({ name, kind, path });
    this.before = this.watches;
  }

  changed(what: Change, path: string, isHeard: boolean): void {
    this.before = this.watches;
    if (what === 'create') this.nodes.add(path);
    if (what === 'delete') this.nodes.delete(path);
    if (!isHeard) return;
    const event = { create: 'NodeCreated', delete: 'NodeDeleted', setData: 'NodeDataChanged' }[what];
    const isMeant = new Set(['data', 'exist', 'persistent', 'recursive', ...(what === 'delete' ? ['child'] : [])]);
    this.tell(
      `${event} ${path}`,
      ({ kind, path: at }) => isMeant.has(kind) && (at === path || isAbove(at, kind, path)),
    );
    if (what === 'setData') return;
    const parent = parentOf(path);
    this.tell(`NodeChildrenChanged ${parent}`, ({ kind, path: at }) => at === parent && LISTS.has(kind));
  }

  /** What a client hears when it is back, and what of its watches is gone by that. */
  cameBack(name: string, events: readonly string[]): void {
    this.expected.set(name, [...events]);
    for (const event of events) {
      const [type, path] = event.split(' ') as [string, string];
      for (const kind of type === 'NodeChildrenChanged' ? ['child'] : ['data', 'exist']) {
        this.forget(name, kind as Kind, path);
      }
    }
  }

  expect(name: string, event: string): void {
    this.expected.set(name, [...(this.expected.get(name) ?? []), event]);
  }

  forget(name: string, kind: Kind, path: string): void {
    this.watches = this.watches.filter((watch) => watch.name !== name || watch.kind !== kind || watch.path !== path);
  }

  /** What a client should have heard since the last time, and the watches by which it should. */
  take(name: string): { readonly expected: readonly string[]; readonly why: string } {
    const expected = this.expected.get(name) ?? [];
    this.expected.delete(name);
    const held = this.before.filter((watch) => watch.name === name).map(({ kind, path }) => `${kind} ${path}`);
    const gone = this.gone.filter((each) => each.startsWith(`${name} `)).slice(-MOST_GONE);
    const had = gone.length === 0 ? '' : `, and had ${gone.map((each) => each.slice(name.length + 1)).join(', ')}`;
    return { expected, why: (held.length === 0 ? 'no watches' : `the watches ${held.join(', ')}`) + had };
  }

  /** Each client once; the one-shot watches that were for this event go. */
  private tell(event: string, isFor: (watch: Account['watches'][number]) => boolean): void {
    const told = this.watches.filter(isFor);
    for (const name of new Set(told.map(({ name }) => name))) this.expect(name, event);
    this.watches = this.watches.filter((watch) => !told.includes(watch) || !ONE_SHOT.includes(watch.kind));
    for (const { name, kind, path } of told.filter(({ kind }) => ONE_SHOT.includes(kind))) {
      this.gone.push(`${name} ${kind} ${path} until ${event}`);
    }
  }
}

const MOST_GONE = 4;

/** The kinds that hear of a list of children. */
const LISTS: ReadonlySet<Kind> = new Set(['child', 'persistent']);

const isAbove = (at: string, kind: Kind, path: string): boolean =>
  kind === 'recursive' && path.startsWith(at === '/' ? '/' : `${at}/`);

const parentOf = (path: string): string => path.slice(0, Math.max(1, path.lastIndexOf('/')));

const pick = <T>(random: SeededRandom, items: readonly T[]): T => items[random.integer(items.length)] as T;

function shuffled<T>(random: SeededRandom, items: readonly T[]): T[] {
  const rest = [...items];
  return items.map(() => rest.splice(random.integer(rest.length), 1)[0] as T);
}
