/** A tree for the unit checks: what is done to it is noted in words, and its numbers are compared one by one. */
import { Buffer } from 'node:buffer';
import { DataNode, newStat } from '#01-data-model/data-node.js';
import { DataTree } from '#01-data-model/data-tree.js';
import type { ACL, Stat } from '#05-jute/records/data.js';
import { type ErrorCode, errorCodeName, KeeperException } from '#06-network-protocol/error-codes.js';
import { hex, NO_SESSION, type SessionId, sessionId, zxid } from '#06-network-protocol/ids.js';
import type { Attempt } from '../runner/attempt.js';

export const ALICE = sessionId(0x100000000000001n);
export const BOB = sessionId(0x100000000000002n);

type Numbers = Partial<{ -readonly [name in keyof Stat]: Stat[name] | number }>;

/** The transactions have the numbers 1, 2, 3 … and the times 1000, 2000, 3000 … */
export class TreeUnderTest {
  readonly tree: DataTree;
  private readonly attempt: Attempt;
  private lastZxid = 0;

  constructor(attempt: Attempt) {
    this.attempt = attempt;
    this.tree = new DataTree({ extendedTypes: true });
    this.tree.createReservedNodes();
  }

  // --------------------------------------------------------------------------------- what is done to it

  /** Puts in a node as a snapshot has it: none of the gaps is needed for that. */
  restore(path: string, numbers: Numbers = {}, data: string | null = ''): DataNode {
    const given = Object.entries(numbers).map(([name, value]) => `${name} ${shown(name, value)}`);
    const text = `${data === null ? 'no data' : `the data '${data}'`}${given.map((each) => `, ${each}`).join('')}`;
    this.attempt.did(`a snapshot brings ${path} with ${text}`);
    const stat = { ...newStat(zxid(0n), 0, NO_SESSION), ...withZxids(numbers) };
    const node = new DataNode(data === null ? null : Buffer.from(data), this.tree.acls.use(null), stat);
    this.tree.restoreNode(path, node);
    return node;
  }

  create(
    path: string,
    { data = '', owner = NO_SESSION, acl = null as ACL[] | null, parentCVersion = 1, at = this.lastZxid + 1 } = {},
  ): DataNode {
    this.lastZxid = at;
    const whose = owner === NO_SESSION ? '' : `, ephemeralOwner 0x${hex(owner)}`;
    this.attempt.did(
      `createNode('${path}', '${data}', …) in transaction ${at}${whose}, with parentCVersion ${parentCVersion}`,
    );
    const stat = newStat(zxid(BigInt(at)), at * 1000, owner);
    return this.tree.createNode(path, Buffer.from(data), acl, stat, parentCVersion);
  }

  setData(path: string, data: string | null, version: number): DataNode {
    const at = ++this.lastZxid;
    this.attempt.did(
      `setData('${path}', ${data === null ? 'null' : `'${data}'`}, …) to version ${version} in transaction ${at}`,
    );
    const bytes = data === null ? null : Buffer.from(data);
    return this.tree.setData(path, bytes, version, zxid(BigInt(at)), at * 1000);
  }

  setAcl(path: string, acl: ACL[] | null, aversion: number): DataNode {
    this.lastZxid++;
    this.attempt.did(`setAcl('${path}', …) to aversion ${aversion} in transaction ${this.lastZxid}`);
    return this.tree.setAcl(path, acl, aversion);
  }

  delete(path: string, at = this.lastZxid + 1): void {
    this.lastZxid = at;
    this.attempt.did(`deleteNode('${path}') in transaction ${at}`);
    this.tree.deleteNode(path, zxid(BigInt(at)));
  }

  killSession(owner: SessionId, paths: readonly string[] | null): string[] {
    const at = ++this.lastZxid;
    const named = paths === null ? 'null' : `[${paths.join(', ')}]`;
    this.attempt.did(`killSession(0x${hex(owner)}, ${named}) in transaction ${at}`);
    return this.tree.killSession(owner, paths, zxid(BigInt(at)));
  }

  // ------------------------------------------------------------------------------------ what is expected

  /** Expects some of the numbers that a client is told, or all. */
  expectStat(path: string, expected: Numbers): void {
    const node = this.tree.get(path);
    if (node === undefined) this.attempt.wrong(`a node ${path}`, 'there is none');
    const stat = this.tree.stat(node);
    const wrong = Object.entries(withZxids(expected)).filter(([name, value]) => stat[name as keyof Stat] !== value);
    if (wrong.length === 0) return;
    const text = (numberOf: (name: string) => unknown): string =>
      wrong.map(([name]) => `${name} ${shown(name, numberOf(name))}`).join(', ');
    this.attempt.wrong(
      text((name) => expected[name as keyof Stat]),
      text((name) => stat[name as keyof Stat]),
      `the Stat of ${path}`,
    );
  }

  /** Expects which nodes there are below the root, beside those that every tree has. */
  expectPaths(...expected: string[]): void {
    const paths = [...this.tree.entries()].map(([path]) => path);
    const own = paths.filter((path) => path !== '/' && !path.startsWith('/zookeeper'));
    this.attempt.equal(own, expected, 'the paths in the tree');
  }

  expectError(run: () => unknown, code: ErrorCode): void {
    const name = errorCodeName(code);
    try {
      run();
    } catch (error) {
      if (!(error instanceof KeeperException)) throw error;
      if (error.code !== code)
        this.attempt.wrong(`KeeperException ${name}`, `KeeperException ${errorCodeName(error.code)}`);
      return;
    }
    this.attempt.wrong(`KeeperException ${name}`, 'no error');
  }
}

const ZXIDS = new Set(['czxid', 'mzxid', 'pzxid']);

/** Checks write zxids as plain numbers. */
const withZxids = (numbers: Numbers): Partial<Stat> =>
  Object.fromEntries(
    Object.entries(numbers).map(([name, value]) => [name, ZXIDS.has(name) ? BigInt(value) : value]),
  ) as Partial<Stat>;

function shown(name: string, value: unknown): string {
  return name === 'ephemeralOwner' && typeof value === 'bigint' ? `0x${hex(value)}` : String(value);
}
