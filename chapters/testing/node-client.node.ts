/**
 * node-zookeeper-client, another client for Node, from npm: what tests need of it, with promises in place of callbacks
 * and numbers in place of its bytes.
 */
import type { EventEmitter } from 'node:events';
import { createRequire } from 'node:module';

/** Names of its codes: `BAD_VERSION`, `NOT_EMPTY`. */
export interface NodeClientError extends Error {
  readonly name: string;
  readonly code: number;
}

export interface NodeClientStat {
  readonly czxid: bigint;
  readonly mzxid: bigint;
  readonly pzxid: bigint;
  readonly version: number;
  readonly cversion: number;
  readonly aversion: number;
  readonly ephemeralOwner: bigint;
  readonly dataLength: number;
  readonly numChildren: number;
}

type Watcher = (event: { toString(): string }) => void;

export interface NodeClient extends AsyncDisposable {
  readonly sessionId: bigint;
  /** What has happened to the connection: `connected`, `disconnected`, `expired`. */
  readonly states: readonly string[];
  /** Settles when it has a connection and a session, at once if it has them. */
  connected(): Promise<void>;
  disconnected(): Promise<void>;
  create(path: string, data: string, mode?: keyof typeof modes): Promise<string>;
  get(path: string, watcher?: Watcher): Promise<{ data: string; stat: NodeClientStat }>;
  /** @returns null when there is no such node */
  exists(path: string, watcher?: Watcher): Promise<NodeClientStat | null>;
  children(path: string, watcher?: Watcher): Promise<string[]>;
  set(path: string, data: string, version?: number): Promise<NodeClientStat>;
  remove(path: string, version?: number): Promise<void>;
  removeRecursive(path: string): Promise<void>;
  mkdirp(path: string): Promise<string>;
  /** `world:anyone=31` for each entry. */
  getAcl(path: string): Promise<string[]>;
  /** Lets anybody do what the bits of `permissions` allow. */
  setAclForAnyone(path: string, permissions: number, version?: number): Promise<NodeClientStat>;
  /** Adds steps to the transaction that it is given; all of them happen, or none. */
  transaction(addSteps: (steps: NodeClientTransaction) => void): Promise<void>;
}

export interface NodeClientTransaction {
  create(path: string, data: Buffer): NodeClientTransaction;
  check(path: string, version: number): NodeClientTransaction;
  setData(path: string, data: Buffer, version: number): NodeClientTransaction;
  remove(path: string, version: number): NodeClientTransaction;
}

const modes = { persistent: 0, ephemeral: 1, persistentSequential: 2, ephemeralSequential: 3 } as const;

/** Opens one, and waits until it has a session. */
export async function openNodeClient(port: number, options: { sessionTimeoutMs?: number } = {}): Promise<NodeClient> {
  const client = library.createClient(`127.0.0.1:${port}`, {
    sessionTimeout: options.sessionTimeoutMs ?? 10_000,
    spinDelay: 20,
  });
  const states: string[] = [];
  for (const state of ['connected', 'disconnected', 'expired']) client.on(state, () => states.push(state));
  const inState = (state: string): Promise<void> =>
    states.at(-1) === state ? Promise.resolve() : new Promise((resolve) => client.once(state, resolve));
  const connected = inState('connected');
  client.connect();
  await connected;

  return {
    get sessionId() {
      return client.getSessionId().readBigInt64BE();
    },
    states,
    connected: () => inState('connected'),
    disconnected: () => inState('disconnected'),
    create: (path, data, mode = 'persistent') =>
      call((done) => client.create(path, Buffer.from(data), modes[mode], done), String),
    get: (path, watcher) =>
      call(
        (done) => client.getData(path, watcher ?? null, done),
        (data, stat) => ({ data: String(data), stat: statOf(stat as RawStat) }),
      ),
    exists: (path, watcher) =>
      call(
        (done) => client.exists(path, watcher ?? null, done),
        (stat) => (stat ? statOf(stat as RawStat) : null),
      ),
    children: (path, watcher) =>
      call(
        (done) => client.getChildren(path, watcher ?? null, done),
        (children) => (children as string[]).sort(),
      ),
    set: (path, data, version = -1) => call((done) => client.setData(path, Buffer.from(data), version, done), asStat),
    remove: (path, version = -1) => call((done) => client.remove(path, version, done), nothing),
    removeRecursive: (path) => call((done) => client.removeRecursive(path, done), nothing),
    mkdirp: (path) => call((done) => client.mkdirp(path, done), String),
    getAcl: (path) =>
      call(
        (done) => client.getACL(path, done),
        (acl) => (acl as RawAcl[]).map(({ id, permission }) => `${id.scheme}:${id.id}=${permission}`),
      ),
    setAclForAnyone: (path, permissions, version = -1) => {
      const acl = [new library.ACL(permissions, library.Id.ANYONE_ID_UNSAFE)];
      return call((done) => client.setACL(path, acl, version, done), asStat);
    },
    transaction: (addSteps) => {
      const transaction = client.transaction();
      addSteps(transaction);
      return call((done) => transaction.commit(done), nothing);
    },
    [Symbol.asyncDispose]: async () => {
      const gone = inState('disconnected');
      client.close();
      await gone;
    },
  };
}

type Done = (error: Error | null, ...results: unknown[]) => void;

function call<T>(start: (done: Done) => void, result: (...results: unknown[]) => T): Promise<T> {
  return new Promise((resolve, reject) => {
    start((error, ...results) => (error ? reject(error) : resolve(result(...results))));
  });
}

const nothing = (): void => {};
const asStat = (stat: unknown): NodeClientStat => statOf(stat as RawStat);

/** Longs are bytes. */
type RawStat = { readonly [Field in keyof NodeClientStat]: NodeClientStat[Field] extends bigint ? Buffer : number };

interface RawAcl {
  readonly permission: number;
  readonly id: { readonly scheme: string; readonly id: string };
}

function statOf(raw: RawStat): NodeClientStat {
  const { version, cversion, aversion, dataLength, numChildren } = raw;
  return {
    czxid: raw.czxid.readBigInt64BE(),
    mzxid: raw.mzxid.readBigInt64BE(),
    pzxid: raw.pzxid.readBigInt64BE(),
    version,
    cversion,
    aversion,
    ephemeralOwner: raw.ephemeralOwner.readBigInt64BE(),
    dataLength,
    numChildren,
  };
}

/** The package has no types of its own. */
interface Library {
  createClient(connectString: string, options: { sessionTimeout: number; spinDelay: number }): RawClient;
  readonly ACL: new (permissions: number, id: unknown) => unknown;
  readonly Id: { readonly ANYONE_ID_UNSAFE: unknown };
}

interface RawClient extends EventEmitter {
  connect(): void;
  close(): void;
  getSessionId(): Buffer;
  create(path: string, data: Buffer, mode: number, done: Done): void;
  getData(path: string, watcher: Watcher | null, done: Done): void;
  exists(path: string, watcher: Watcher | null, done: Done): void;
  getChildren(path: string, watcher: Watcher | null, done: Done): void;
  setData(path: string, data: Buffer, version: number, done: Done): void;
  remove(path: string, version: number, done: Done): void;
  removeRecursive(path: string, done: Done): void;
  mkdirp(path: string, done: Done): void;
  getACL(path: string, done: Done): void;
  setACL(path: string, acl: readonly unknown[], version: number, done: Done): void;
  transaction(): NodeClientTransaction & { commit(done: Done): void };
}

const library = createRequire(import.meta.url)('node-zookeeper-client') as Library;
