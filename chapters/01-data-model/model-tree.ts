/**
 * For tests: a tree as one would write it down on paper, and histories of transactions that it makes from random
 * choices, as a server's first processor would make them. It keeps whole paths only, and expects that every transaction
 * is applied once, in order. What `DataTree` does must be the same.
 */
import { Buffer } from 'node:buffer';
import fc from 'fast-check';
import type { DataTree } from '#01-data-model/data-tree.js';
import { CONTAINER_OWNER, ttlOwner } from '#01-data-model/ephemeral-owner.js';
import type { ACL } from '#05-jute/records/data.js';
import type { TxnHeader } from '#05-jute/records/txn.js';
import { OPEN_ACL_UNSAFE, READ_ACL_UNSAFE } from '#06-network-protocol/acls.js';
import { ErrorCode } from '#06-network-protocol/error-codes.js';
import { hex, NO_SESSION, type SessionId, sessionId, zxid } from '#06-network-protocol/ids.js';
import { OpCode } from '#06-network-protocol/opcodes.js';
import type { Transaction, TxnBody } from '#06-network-protocol/txn.js';

/**
 * What a client may ask for. A create makes the first node of the path that is not there, and a delete takes the last
 * one below it, so that most can be done; what can't be done becomes a transaction that says so.
 */
export type Choice =
  | { readonly does: 'create'; readonly path: string; readonly kind: Kind; readonly data: string; readonly acl: number }
  | { readonly does: 'delete'; readonly path: string }
  | { readonly does: 'check'; readonly path: string }
  | { readonly does: 'setData'; readonly path: string; readonly data: string }
  | { readonly does: 'setAcl'; readonly path: string; readonly acl: number }
  | { readonly does: 'createSession'; readonly client: number }
  | { readonly does: 'closeSession'; readonly client: number }
  | { readonly does: 'multi'; readonly steps: readonly Choice[] };

type ChangeChoice = Extract<Choice, { does: 'delete' | 'check' | 'setData' | 'setAcl' }>;
export type Kind = 'persistent' | 'container' | 'ttl' | { readonly ephemeralOf: number };

interface ModelNode {
  data: string | null;
  acl: readonly ACL[] | null;
  czxid: bigint;
  mzxid: bigint;
  pzxid: bigint;
  ctime: number;
  mtime: number;
  version: number;
  cversion: number;
  aversion: number;
  owner: SessionId;
}

const ACLS: readonly (ACL[] | null)[] = [
  null,
  [...OPEN_ACL_UNSAFE],
  [{ perms: 3, id: { scheme: 'digest', id: 'a:b' } }],
  [...READ_ACL_UNSAFE, { perms: 31, id: { scheme: 'ip', id: '10.0.0.1' } }],
  [{ perms: 31, id: { scheme: 'sasl', id: 'someone' } }],
];
const CLIENTS = 3;
const START_MS = 1_767_225_600_000;

// --------------------------------------------------------------------------------------------- choices

/** Few names, so that the same ones are made and deleted again and again. */
const path = fc.array(fc.constantFrom('a', 'b'), { minLength: 1, maxLength: 3 }).map((names) => `/${names.join('/')}`);
const data = fc.string({ maxLength: 4 });
const acl = fc.nat(ACLS.length - 1);
const client = fc.nat(CLIENTS - 1);
const kind: fc.Arbitrary<Kind> = fc.oneof(
  { arbitrary: fc.constant<Kind>('persistent'), weight: 3 },
  fc.constantFrom<Kind>('container', 'ttl'),
  { arbitrary: client.map((ephemeralOf): Kind => ({ ephemeralOf })), weight: 2 },
);
const does = <T extends string>(name: T): fc.Arbitrary<T> => fc.constant(name);

const simpleChoice: fc.Arbitrary<Choice> = fc.oneof(
  { arbitrary: fc.record({ does: does('create'), path, kind, data, acl }), weight: 6 },
  { arbitrary: fc.record({ does: does('delete'), path }), weight: 4 },
  { arbitrary: fc.record({ does: does('setData'), path, data }), weight: 2 },
  { arbitrary: fc.record({ does: does('setAcl'), path, acl }), weight: 2 },
);

export const anyChoice: fc.Arbitrary<Choice> = fc.oneof(
  { arbitrary: simpleChoice, weight: 14 },
  { arbitrary: fc.record({ does: does('closeSession'), client }), weight: 2 },
  { arbitrary: fc.record({ does: does('createSession'), client }), weight: 1 },
  {
    arbitrary: fc.record({
      does: does('multi'),
      steps: fc.array(fc.oneof({ arbitrary: simpleChoice, weight: 6 }, fc.record({ does: does('check'), path })), {
        maxLength: 4,
      }),
    }),
    weight: 3,
  },
);

// ----------------------------------------------------------------------------------------------- model

export class ModelTree {
  lastZxid = 0n;
  /** The sessions that are open, with their time-outs. */
  readonly sessionTimeoutsMs = new Map<SessionId, number>();
  private nodes = new Map<string, ModelNode>();
  /** How many sessions each client has had: a number is not used again. */
  private readonly sessionCounts: number[] = new Array(CLIENTS).fill(1);

  constructor() {
    for (const reserved of ['/', '/zookeeper', '/zookeeper/quota', '/zookeeper/config']) {
      this.nodes.set(reserved, newNode(0n, 0, '', null, NO_SESSION));
    }
    Object.assign(this.nodes.get('/zookeeper/config') as ModelNode, { acl: READ_ACL_UNSAFE, aversion: -1 });
  }

  /** Makes the next transaction, and applies it here. */
  next(choice: Choice): Transaction {
    const body = this.prepare(choice);
    const next = this.lastZxid + 1n;
    const header: TxnHeader = {
      clientId: this.clientIdOf(choice),
      cxid: 1,
      zxid: zxid(next),
      time: START_MS + Number(next),
      type: body.type,
    };
    this.apply(header, body);
    if (choice.does === 'closeSession') (this.sessionCounts[choice.client] as number)++;
    const digest = body.type === OpCode.error ? null : { version: 2, treeDigest: this.digest() };
    return { header, body, digest };
  }

  /** The same form as `describeTree`. */
  describe(): TreeDescription {
    const nodes: TreeDescription['nodes'] = {};
    const ephemerals: TreeDescription['ephemerals'] = {};
    const selfDeleting: string[] = [];
    let sizeBytes = 0;
    for (const [at, node] of this.nodes) {
      const children = this.childrenOf(at);
      nodes[at] = { ...node, children, statCversion: 2 * node.cversion - children.length };
      sizeBytes += at.length + (node.data?.length ?? 0);
      if (isMarker(node.owner)) selfDeleting.push(at);
      else if (node.owner !== NO_SESSION) ephemerals[hex(node.owner)] = [...(ephemerals[hex(node.owner)] ?? []), at];
    }
    for (const paths of Object.values(ephemerals)) paths.sort();
    return {
      nodes,
      ephemerals,
      selfDeleting: selfDeleting.sort(),
      sizeBytes,
      nodeCount: this.nodes.size + 1,
      lastZxid: this.lastZxid,
      digest: this.digest(),
    };
  }

  /** Without anything that was computed before, and bit by bit. */
  private digest(): bigint {
    let sum = 0n;
    for (const [at, node] of this.nodes) {
      if (at.startsWith('/zookeeper/')) continue;
      const stat = Buffer.alloc(60);
      [node.czxid, node.mzxid, node.pzxid, node.ctime, node.mtime].forEach((value, i) => {
        stat.writeBigInt64BE(BigInt(value), 8 * i);
      });
      [node.version, node.cversion, node.aversion].forEach((value, i) => {
        stat.writeInt32BE(value, 40 + 4 * i);
      });
      stat.writeBigInt64BE(node.owner, 52);
      const path = Buffer.from(at === '/' ? '' : at, 'utf8');
      sum += crc32(Buffer.concat([path, Buffer.from(node.data ?? '', 'latin1'), stat]));
    }
    return sum;
  }

  private childrenOf(parent: string): string[] {
    const prefix = parent === '/' ? '/' : `${parent}/`;
    const isChild = (at: string): boolean =>
      at !== '/' && at.startsWith(prefix) && !at.slice(prefix.length).includes('/');
    return [...this.nodes.keys()]
      .filter(isChild)
      .map((at) => at.slice(prefix.length))
      .sort();
  }

  private lastBelow(at: string): string {
    const last = this.childrenOf(at).at(-1);
    return last === undefined ? at : this.lastBelow(`${at}/${last}`);
  }

  private parentOf(at: string): ModelNode | undefined {
    return this.nodes.get(at.slice(0, Math.max(1, at.lastIndexOf('/'))));
  }

  // ---------------------------------------------------------------------------- what a request becomes

  private prepare(choice: Choice): TxnBody {
    if (choice.does === 'multi') return this.prepareMulti(choice.steps);
    if (choice.does === 'createSession') return { type: OpCode.createSession, record: { timeOut: 4000 } };
    if (choice.does === 'closeSession') {
      const owner = this.sessionOf(choice.client);
      const owned = [...this.nodes].filter(([, node]) => node.owner === owner).map(([at]) => at);
      return { type: OpCode.closeSession, record: { paths2Delete: owned } };
    }
    return choice.does === 'create' ? this.prepareCreate(choice) : this.prepareChange(choice);
  }

  private prepareCreate(choice: Choice & { does: 'create' }): TxnBody {
    const names = choice.path.split('/');
    const paths = names.slice(1).map((_, i) => names.slice(0, i + 2).join('/'));
    const at = paths.find((each) => !this.nodes.has(each));
    if (at === undefined) return failure(ErrorCode.NodeExists);
    const parent = this.parentOf(at) as ModelNode;
    if (parent.owner !== NO_SESSION && !isMarker(parent.owner)) return failure(ErrorCode.NoChildrenForEphemerals);
    const record = {
      path: at,
      data: Buffer.from(choice.data, 'latin1'),
      acl: ACLS[choice.acl] as ACL[] | null,
      parentCVersion: parent.cversion + 1,
    };
    if (choice.kind === 'container') return { type: OpCode.createContainer, record };
    if (choice.kind === 'ttl') return { type: OpCode.createTTL, record: { ...record, ttl: 1000 } };
    return { type: OpCode.create2, record: { ...record, ephemeral: choice.kind !== 'persistent' } };
  }

  private prepareChange(choice: ChangeChoice): TxnBody {
    const { path: at } = choice;
    const node = this.nodes.get(at);
    if (!node) return failure(ErrorCode.NoNode);
    switch (choice.does) {
      case 'setData':
        return {
          type: OpCode.setData,
          record: { path: at, data: Buffer.from(choice.data, 'latin1'), version: node.version + 1 },
        };
      case 'setAcl':
        return {
          type: OpCode.setACL,
          record: { path: at, acl: ACLS[choice.acl] as ACL[] | null, version: node.aversion + 1 },
        };
      case 'delete':
        return { type: OpCode.delete, record: { path: this.lastBelow(at) } };
      default:
        return { type: OpCode.check, record: { path: at, version: node.version + 1 } };
    }
  }

  /** Each step is prepared on top of those before it. */
  private prepareMulti(choices: readonly Choice[]): TxnBody {
    const before = this.copyNodes();
    const header = this.stepHeader(choices);
    const steps: TxnBody[] = [];
    let failed = false;
    for (const choice of choices) {
      const step: TxnBody = failed ? failure(ErrorCode.RuntimeInconsistency) : this.prepare(choice);
      failed ||= step.type === OpCode.error;
      steps.push(step);
      this.applyStep(header, step);
    }
    this.nodes = before;
    return { type: OpCode.multi, record: { steps } };
  }

  private copyNodes(): Map<string, ModelNode> {
    return new Map([...this.nodes].map(([at, node]) => [at, { ...node }]));
  }

  /** Only the session matters while the steps are prepared. */
  private stepHeader(choices: readonly Choice[]): TxnHeader {
    return {
      clientId: this.clientIdOf({ does: 'multi', steps: choices }),
      cxid: 1,
      zxid: zxid(this.lastZxid + 1n),
      time: 0,
      type: OpCode.multi,
    };
  }

  /** Whoever makes an ephemeral node owns it. A multi is asked for by one client. */
  private clientIdOf(choice: Choice): SessionId {
    switch (choice.does) {
      case 'multi': {
        const isEphemeral = (step: Choice): boolean => step.does === 'create' && typeof step.kind === 'object';
        const first = choice.steps.find(isEphemeral);
        return first ? this.clientIdOf(first) : this.sessionOf(0);
      }
      case 'create':
        return this.sessionOf(typeof choice.kind === 'object' ? choice.kind.ephemeralOf : 0);
      case 'createSession':
      case 'closeSession':
        return this.sessionOf(choice.client);
      default:
        return this.sessionOf(0);
    }
  }

  private sessionOf(client: number): SessionId {
    return sessionId((BigInt(client + 1) << 56n) + BigInt(this.sessionCounts[client] as number));
  }

  // -------------------------------------------------------------------------- what a transaction does

  private apply(header: TxnHeader, body: TxnBody): void {
    this.lastZxid = header.zxid;
    if (body.type !== OpCode.multi) {
      this.applyStep(header, body);
      return;
    }
    const steps = body.record.steps;
    if (steps.some((step) => step.type === OpCode.error)) return;
    for (const step of steps) this.applyStep(header, step);
  }

  private applyStep(header: TxnHeader, body: TxnBody): void {
    switch (body.type) {
      case OpCode.create2:
        this.create(header, body.record, body.record.ephemeral ? header.clientId : NO_SESSION);
        break;
      case OpCode.createContainer:
        this.create(header, body.record, CONTAINER_OWNER);
        break;
      case OpCode.createTTL:
        this.create(header, body.record, ttlOwner(body.record.ttl));
        break;
      case OpCode.delete:
        this.delete(header, body.record.path as string);
        break;
      case OpCode.createSession:
        this.sessionTimeoutsMs.set(header.clientId, body.record.timeOut);
        break;
      case OpCode.closeSession:
        this.sessionTimeoutsMs.delete(header.clientId);
        for (const at of body.record?.paths2Delete ?? []) this.delete(header, at as string);
        break;
      case OpCode.setData:
        Object.assign(this.nodes.get(body.record.path as string) as ModelNode, {
          data: body.record.data?.toString('latin1') ?? null,
          version: body.record.version,
          mzxid: header.zxid,
          mtime: header.time,
        });
        break;
      case OpCode.setACL:
        Object.assign(this.nodes.get(body.record.path as string) as ModelNode, {
          acl: body.record.acl,
          aversion: body.record.version,
        });
        break;
    }
  }

  private create(
    header: TxnHeader,
    record: { path: string | null; data: Buffer | null; acl: ACL[] | null; parentCVersion: number },
    owner: SessionId,
  ): void {
    const at = record.path as string;
    const parent = this.parentOf(at) as ModelNode;
    parent.cversion = record.parentCVersion;
    parent.pzxid = header.zxid;
    const text = record.data?.toString('latin1') ?? null;
    this.nodes.set(at, newNode(header.zxid, header.time, text, record.acl, owner));
  }

  private delete(header: TxnHeader, at: string): void {
    (this.parentOf(at) as ModelNode).pzxid = header.zxid;
    this.nodes.delete(at);
  }
}

function newNode(
  created: bigint,
  timeMs: number,
  text: string | null,
  list: readonly ACL[] | null,
  owner: SessionId,
): ModelNode {
  return {
    data: text,
    acl: list,
    czxid: created,
    mzxid: created,
    pzxid: created,
    ctime: timeMs,
    mtime: timeMs,
    version: 0,
    cversion: 0,
    aversion: 0,
    owner,
  };
}

function crc32(bytes: Buffer): bigint {
  let crc = 0xffff_ffffn;
  for (const byte of bytes) {
    crc ^= BigInt(byte);
    for (let bit = 0; bit < 8; bit++) crc = (crc >> 1n) ^ (crc % 2n === 1n ? 0xedb8_8320n : 0n);
  }
  return crc ^ 0xffff_ffffn;
}

/** A container, or a time to live: no session. */
const isMarker = (owner: SessionId): boolean => owner === CONTAINER_OWNER || owner >> 56n === -1n;

const failure = (err: ErrorCode): TxnBody => ({ type: OpCode.error, record: { err } });

// ----------------------------------------------------------------------------------- to compare with it

/** Everything that one can tell of a tree. */
export interface TreeDescription {
  nodes: Record<string, ModelNode & { children: string[]; statCversion: number }>;
  /** The paths of each session, in hexadecimal. */
  ephemerals: Record<string, string[]>;
  selfDeleting: string[];
  nodeCount: number;
  sizeBytes: number;
  lastZxid: bigint;
  /** Null when digests are switched off. */
  digest: bigint | null;
}

/** Goes through the tree from its root: what can't be reached is missing, and the counts tell. */
export function describeTree(tree: DataTree): TreeDescription {
  const nodes: TreeDescription['nodes'] = {};
  const waiting = ['/'];
  for (let at = waiting.pop(); at !== undefined; at = waiting.pop()) {
    const node = tree.require(at);
    const children = [...node.children].sort();
    for (const name of children) waiting.push(at === '/' ? `/${name}` : `${at}/${name}`);
    nodes[at] = {
      data: node.data?.toString('latin1') ?? null,
      acl: tree.acl(node),
      czxid: node.czxid,
      mzxid: node.mzxid,
      pzxid: node.pzxid,
      ctime: node.ctime,
      mtime: node.mtime,
      version: node.version,
      cversion: node.cversion,
      aversion: node.aversion,
      owner: node.ephemeralOwner,
      children,
      statCversion: tree.stat(node).cversion,
    };
  }
  const ephemerals: TreeDescription['ephemerals'] = {};
  for (const owner of tree.ephemeralOwners()) ephemerals[hex(owner)] = [...tree.ephemerals(owner)].sort();
  return {
    nodes,
    ephemerals,
    selfDeleting: [...tree.selfDeletingPaths()].sort(),
    nodeCount: tree.nodeCount,
    sizeBytes: tree.approximateDataSizeBytes,
    lastZxid: tree.lastProcessedZxid,
    digest: tree.digest?.value ?? null,
  };
}
