/**
 * Makes sequences of steps from a seed. A few names and a few sessions, so that requests meet: nodes that are there and
 * that are not, versions that fit and that do not, watches that are told.
 *
 * What is left out, because 3.8.0 or chance would decide it and not the server's rules:
 * - a top-level `check`, which 3.8.0 never answers (DV-03); createSession and deleteContainer sent by a client, which 3.8.0
 *   takes and reads from the wrong place (OP-20);
 * - createTTL with flags of another kind and a time to live below 0, which ends a 3.8.0 server; createContainer with the
 *   flags of an ephemeral node, which its change record is taken for until the transaction is applied (CM-5);
 * - a step of a multi or multiRead without a path: for the one 3.8.0 uses up a zxid and makes no transaction (FR-08), for
 *   the other it sends results behind the error (MU-8); flags in a multi that are none, or of another type (CM-8);
 * - the number of all nodes below the path "", in which Apache's servers count the root too (OP-27);
 * - watches without a path, which Apache's servers keep under the name null, and we refuse (WE-4);
 * - watches of different modes of one connection at one path, and the watcher types 4 and 5 (DV-05): a session uses the same mode
 *   for a path throughout a sequence;
 * - auth packets beside other requests: they take effect at once, not in their turn;
 * - setACL beside other requests: Apache's servers judge those by the old list until it is applied (AL-16);
 * - quotas beside requests that are under way: usage is read from the tree, which may or may not have them yet;
 * - the server's own deletions (containers, time to live): their moment is chance. They have tests of their own.
 */
import { Buffer } from 'node:buffer';
import { SeededRandom } from '#00-introduction/seeded-random.js';
import type { ACL } from '#05-jute/records/data.js';
import { CreateMode } from '#06-network-protocol/create-mode.js';
import type { MultiStep } from '#06-network-protocol/multi.js';
import { OpCode } from '#06-network-protocol/opcodes.js';
import { acls, firstPaths, hotPaths, identities, oddPaths, prefixes } from '#testing/differential/material.js';
import { type RequestPart, requestPart, type Slot, type Step } from '#testing/differential/step.js';

export interface SequenceShape {
  readonly steps: number;
  readonly sessions: number;
  /** How many steps wait until a session has expired: each takes some tenths of a second. */
  readonly expirations: number;
}

/** Long enough to outlive a run that somebody has stopped for a while. */
export const LONG_TIMEOUT_MS = 600_000;

export function generateSequence(seed: number | string, shape: SequenceShape): Step[] {
  return new Generator(new SeededRandom(seed), shape).sequence();
}

type WatchMode = 'standard' | 'persistent' | 'recursive';
type Weighted = readonly (readonly [weight: number, make: (slot: Slot) => RequestPart])[];

class Generator {
  private readonly random: SeededRandom;
  private readonly shape: SequenceShape;
  /** A sequence has either quotas or requests that are sent without waiting. */
  private readonly hasQuotas: boolean;
  private readonly modesSeed: number;
  private readonly kinds: Weighted;

  constructor(random: SeededRandom, shape: SequenceShape) {
    this.random = random;
    this.shape = shape;
    this.hasQuotas = random.chance(0.3);
    this.modesSeed = random.integer(1_000_000);
    this.kinds = this.requestKinds();
  }

  sequence(): Step[] {
    const { steps, sessions, expirations } = this.shape;
    const sequence: Step[] = [];
    for (let slot = 0; slot < sessions; slot++) sequence.push(this.open(slot));
    for (const path of firstPaths) {
      sequence.push(one(0, requestPart('create', { path, data: null, acl: [...OPEN], flags: 0 })));
    }
    if (this.hasQuotas) sequence.push(...this.quotaNodes());
    while (sequence.length < steps) sequence.push(...this.next());
    for (let i = 0; i < expirations; i++) {
      const at = sessions + this.random.integer(Math.max(1, sequence.length - sessions));
      const slot = this.slot();
      sequence.splice(at, 0, { kind: 'expire', slot }, this.return(slot), this.open(slot));
    }
    return sequence;
  }

  private next(): Step[] {
    const slot = this.slot();
    const drawn = this.random.integer(1000);
    if (drawn < 30) return this.comeBack(slot);
    if (drawn < 45) return [one(slot, requestPart('closeSession', null)), this.open(slot)];
    // After some of these the connection is closed.
    if (drawn < 60) return [one(slot, this.oddRequest()), this.return(slot)];
    if (drawn < 80) return [one(slot, this.auth()), ...(this.flip() ? [this.return(slot)] : [])];
    if (drawn < 100 && this.hasQuotas) return this.quotaNodes();
    if (drawn < 160 && !this.hasQuotas) return this.burst(slot);
    return [one(slot, this.request(slot))];
  }

  private open(slot: Slot): Step {
    const timeoutMs = this.random.chance(0.1) ? this.pick([0, -1, 1, 2 ** 31 - 1]) : LONG_TIMEOUT_MS;
    // Too short a session would end by itself.
    return { kind: 'open', slot, timeoutMs: timeoutMs < LONG_TIMEOUT_MS ? LONG_TIMEOUT_MS : timeoutMs };
  }

  private return(slot: Slot): Step {
    const password = this.random.chance(0.1) ? 'wrong' : 'right';
    const seen = this.random.chance(0.1) ? 'too much' : 'true';
    return { kind: 'return', slot, timeoutMs: LONG_TIMEOUT_MS, password, seen };
  }

  /** As a client does: it connects again, tells who it is, and asks for its watches. */
  private comeBack(slot: Slot): Step[] {
    const steps: Step[] = [];
    if (this.random.chance(0.5)) steps.push({ kind: 'drop', slot });
    for (let i = this.random.integer(4); i > 0; i--) {
      const other = this.slot();
      if (other !== slot) steps.push(one(other, this.request(other)));
    }
    steps.push(this.return(slot), this.return(slot));
    if (this.random.chance(0.7)) steps.push(one(slot, this.setWatches(slot)));
    return steps;
  }

  private burst(slot: Slot): Step[] {
    const requests = Array.from({ length: 2 + this.random.integer(7) }, () => this.request(slot));
    return [{ kind: 'requests', slot, requests: requests.filter(({ operation }) => operation !== 'setACL') }];
  }

  // -------------------------------------------------------------------------------------- requests

  private request(slot: Slot): RequestPart {
    let drawn = this.random.integer(this.kinds.reduce((sum, [weight]) => sum + weight, 0));
    for (const [weight, make] of this.kinds) {
      if (drawn < weight) return make(slot);
      drawn -= weight;
    }
    throw new Error('the weights do not add up');
  }

  private requestKinds(): Weighted {
    return [
      [18, () => requestPart('create', this.create())],
      [8, () => requestPart('create2', this.create())],
      [4, () => requestPart('createContainer', { ...this.create(), flags: this.containerFlags() })],
      [4, () => requestPart('createTTL', this.createTtl())],
      [10, () => requestPart('delete', { path: this.path(), version: this.version() })],
      [14, () => requestPart('setData', { path: this.path(), data: this.data(), version: this.version() })],
      [4, () => requestPart('setACL', { path: this.ownPath(), acl: this.acl(), version: this.version() })],
      [4, () => requestPart('getACL', { path: this.path() })],
      [8, (slot) => this.watchable('exists', slot)],
      [8, (slot) => this.watchable('getData', slot)],
      [6, (slot) => this.watchable('getChildren', slot)],
      [6, (slot) => this.watchable('getChildren2', slot)],
      [2, () => requestPart('getAllChildrenNumber', { path: this.path() || '/' })],
      [3, () => requestPart('getEphemerals', { prefixPath: this.pick(prefixes) })],
      [2, () => requestPart('sync', { path: this.path() })],
      [10, () => requestPart('multi', this.multi())],
      [3, () => requestPart('multiRead', this.multiRead())],
      [2, (slot) => this.setWatches(slot)],
      [6, (slot) => this.addWatch(slot)],
      [4, () => requestPart('checkWatches', { path: this.namedPath(), type: this.watcherType() })],
      [5, (slot) => this.removeWatches(slot)],
      [2, () => requestPart('whoAmI', null)],
      [1, () => requestPart('ping', null)],
    ];
  }

  private create() {
    return { path: this.createPath(), data: this.data(), acl: this.acl(), flags: this.flags(this.usualFlags()) };
  }

  private multi(): MultiStep[] {
    if (this.flip()) return this.likelyMulti();
    const steps = Array.from({ length: this.random.integer(6) }, () => this.multiStep());
    return steps.filter(({ record }) => record.path !== null);
  }

  /** Steps that build on each other, and mostly succeed. */
  private likelyMulti(): MultiStep[] {
    const at = this.pick(['~', '~/a', '~/b']);
    const path = `${at}/m`;
    const created = { path, data: this.data(), acl: [...OPEN], flags: this.pick([0, 2]) };
    const below = { ...created, path: `${path}/n`, flags: this.pick([0, 1, 2, 3]) };
    const steps: MultiStep[] = [
      { type: OpCode.check, record: { path: at, version: -1 } },
      { type: this.pick([OpCode.create, OpCode.create, OpCode.create2]), record: created },
      { type: OpCode.setData, record: { path: created.flags === 0 ? path : at, data: this.data(), version: -1 } },
      { type: OpCode.createContainer, record: { ...created, flags: CreateMode.container, path: `${at}/o` } },
      { type: OpCode.createTTL, record: { ...created, flags: 6, path: `${at}/p`, ttl: 86_400_000 } },
      { type: OpCode.create, record: below },
      { type: OpCode.delete, record: { path: `${path}/n`, version: this.pick([-1, 0]) } },
      { type: OpCode.delete, record: { path, version: -1 } },
      { type: OpCode.delete, record: { path: `${at}/o`, version: -1 } },
    ];
    return steps.filter(() => this.random.chance(0.7));
  }

  private multiStep(): MultiStep {
    const drawn = this.random.integer(20);
    const create = { ...this.create(), flags: this.usualFlags() };
    if (drawn < 6) return { type: OpCode.create, record: create };
    if (drawn < 7) return { type: OpCode.create2, record: create };
    if (drawn < 8) {
      return { type: OpCode.createContainer, record: { ...create, flags: CreateMode.container } };
    }
    if (drawn < 9) {
      return { type: OpCode.createTTL, record: this.createTtl() };
    }
    if (drawn < 13) return { type: OpCode.delete, record: { path: this.path(), version: this.version() } };
    if (drawn < 17) {
      return { type: OpCode.setData, record: { path: this.path(), data: this.data(), version: this.version() } };
    }
    return { type: OpCode.check, record: { path: this.path(), version: this.version() } };
  }

  private multiRead(): MultiStep[] {
    const steps = Array.from({ length: this.random.integer(5) }, (): MultiStep => {
      const type = this.flip() ? OpCode.getData : OpCode.getChildren;
      return { type, record: { path: this.path(), watch: this.flip() } };
    });
    return steps.filter(({ record }) => record.path !== null);
  }

  private watchable(operation: 'exists' | 'getData' | 'getChildren' | 'getChildren2', slot: Slot): RequestPart {
    const path = this.path();
    return requestPart(operation, { path, watch: this.watches(slot, path) });
  }

  private watches(slot: Slot, path: string | null): boolean {
    return this.random.chance(0.6) && this.watchMode(slot, path) === 'standard';
  }

  private setWatches(slot: Slot): RequestPart {
    const some = (mode: WatchMode) => hotPaths.filter((path) => this.watchMode(slot, path) === mode && this.flip());
    const standard = {
      relativeZxid: { zxidBack: this.random.integer(6) },
      dataWatches: some('standard'),
      existWatches: some('standard'),
      childWatches: some('standard'),
    };
    if (this.flip()) return requestPart('setWatches', standard);
    return requestPart('setWatches2', {
      ...standard,
      persistentWatches: some('persistent'),
      persistentRecursiveWatches: some('recursive'),
    });
  }

  private addWatch(slot: Slot): RequestPart {
    const path = this.namedPath();
    const mode = this.watchMode(slot, path);
    if (mode === 'standard') return requestPart('addWatch', { path, mode: this.pick([-1, 2]) });
    return requestPart('addWatch', { path, mode: mode === 'persistent' ? 0 : 1 });
  }

  private removeWatches(slot: Slot): RequestPart {
    const path = this.namedPath();
    const type = this.watchMode(slot, path) === 'standard' ? this.watcherType() : ANY_WATCHER;
    return requestPart('removeWatches', { path, type });
  }

  /** Numbers that nobody answers to, and bodies that end too early. */
  private oddRequest(): RequestPart {
    if (this.random.chance(0.3)) {
      return { operation: null, opcode: this.pick([0, 10, 23, 99, 108, -1, -3, 2 ** 31 - 1]), body: Buffer.alloc(0) };
    }
    const opcode = this.pick([1, 2, 3, 4, 5, 6, 7, 8, 9, 12, 14, 15, 17, 18, 19, 21, 22, 101, 103, 104, 105, 106]);
    const bytes = Array.from({ length: this.random.integer(12) }, () => this.random.integer(256));
    return { operation: null, opcode, body: Buffer.from(bytes) };
  }

  private auth(): RequestPart {
    const { scheme, auth } = this.pick(identities);
    return requestPart('auth', { type: 0, scheme, auth: Buffer.from(auth) });
  }

  private quotaNodes(): Step[] {
    const slot = this.slot();
    const limited = this.pick(['~', '~/a', '~/a/x', '~/b']);
    const create = (path: string, text: string): Step =>
      one(slot, requestPart('create', { path, data: Buffer.from(text), acl: [...OPEN], flags: 0 }));
    const names = limited.split('/');
    const folders = names.map((_name, i) => `/zookeeper/quota${names.slice(0, i + 1).join('/')}`);
    const at = `/zookeeper/quota${limited}`;
    if (this.random.chance(0.2)) {
      const name = this.pick(['zookeeper_limits', 'zookeeper_stats']);
      return [one(slot, requestPart('delete', { path: `${at}/${name}`, version: -1 }))];
    }
    const limit = (): number => this.pick([-1, 3, 6, 20]);
    const texts = [
      `count=${limit()},bytes=${limit()}`,
      `count=${limit()},bytes=${limit()}=;byteHardLimit=${limit()};countHardLimit=${limit()}`,
      `countHardLimit=${limit()}`,
    ];
    return [
      ...folders.map((path) => create(path, '')),
      create(`${at}/zookeeper_limits`, this.pick(texts)),
      create(`${at}/zookeeper_stats`, this.pick(['count=0,bytes=0', 'count=7,bytes=7'])),
      one(slot, requestPart('getData', { path: `${at}/zookeeper_stats`, watch: false })),
    ];
  }

  // ------------------------------------------------------------------------------------------ parts

  private slot(): Slot {
    return this.random.integer(this.shape.sessions);
  }

  private path(): string | null {
    if (this.flip()) return this.pick(firstPaths);
    return this.random.chance(0.93) ? this.pick(hotPaths) : this.pick(oddPaths);
  }

  private namedPath(): string {
    return this.path() ?? '';
  }

  /** A list that shuts everybody out of `/` would end the run. */
  private ownPath(): string | null {
    const path = this.path();
    return path?.startsWith('/') ? '/zookeeper/config' : path;
  }

  private createPath(): string | null {
    return this.random.chance(0.06) ? `${this.pick(hotPaths)}/` : this.path();
  }

  private data(): Buffer | null {
    const drawn = this.random.integer(10);
    if (drawn === 0) return null;
    if (drawn === 1) return Buffer.alloc(0);
    if (drawn === 2) return Buffer.alloc(1 + this.random.integer(600), this.random.integer(256));
    return Buffer.from(`${this.random.integer(1000)}`);
  }

  private acl(): ACL[] | null {
    return this.random.chance(0.8) ? [...OPEN] : structuredClone(this.pick(acls));
  }

  private version(): number {
    return this.random.chance(0.6) ? -1 : this.pick([0, 0, 0, 1, 1, 2, 3, -2, 2 ** 31 - 1]);
  }

  private usualFlags(): number {
    return this.pick([0, 0, 0, 1, 1, 2, 3]);
  }

  private flags(usual: number): number {
    return this.random.chance(0.97) ? usual : this.pick([-1, 0, 1, 2, 3, 4, 5, 6, 7, 256]);
  }

  private containerFlags(): number {
    return this.random.chance(0.9) ? CreateMode.container : this.pick([-1, 0, 2, 5, 6, 7]);
  }

  private createTtl() {
    const flags = this.pick([CreateMode.persistentWithTtl, CreateMode.persistentSequentialWithTtl]);
    if (this.random.chance(0.1)) return { ...this.create(), flags: this.pick([-1, 0, 1, 2, 3, 4, 7]), ttl: 1 };
    const ttl = this.random.chance(0.9) ? 86_400_000 : this.pick([1, 0, -1, 2 ** 40 - 1, 2 ** 40]);
    return { ...this.create(), flags, ttl };
  }

  private watcherType(): number {
    return this.random.chance(0.95) ? 1 + this.random.integer(3) : this.pick([0, -1, 6]);
  }

  /** One for each session and path. */
  private watchMode(slot: Slot, path: string | null): WatchMode {
    const drawn = new SeededRandom(`${this.modesSeed}/${slot}/${path}`).integer(10);
    if (drawn < 6) return 'standard';
    return drawn < 8 ? 'persistent' : 'recursive';
  }

  private flip(): boolean {
    return this.random.chance(0.5);
  }

  private pick<T>(values: readonly T[]): T {
    return values[this.random.integer(values.length)] as T;
  }
}

const one = (slot: Slot, part: RequestPart): Step => ({ kind: 'requests', slot, requests: [part] });

const ANY_WATCHER = 3;
const OPEN: readonly ACL[] = [{ perms: 31, id: { scheme: 'world', id: 'anyone' } }];
