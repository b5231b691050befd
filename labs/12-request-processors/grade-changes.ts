/** Change records for the unit checks: what is done to them is noted in words. */
import { Buffer } from 'node:buffer';
import { newStat } from '#01-data-model/data-node.js';
import { DataTree } from '#01-data-model/data-tree.js';
import { PathMap } from '#01-data-model/path-map.js';
import { ErrorCode, errorCodeName, KeeperException } from '#06-network-protocol/error-codes.js';
import { NO_SESSION, type SessionId, sessionId, type Zxid, zxid } from '#06-network-protocol/ids.js';
import { OpCode } from '#06-network-protocol/opcodes.js';
import type { TxnBody } from '#06-network-protocol/txn.js';
import { type ChangeRecord, newRecord } from '#12-request-processors/change-record.js';
import { OutstandingChanges } from '#12-request-processors/outstanding-changes.js';
import type { Attempt } from '../runner/attempt.js';

export const ALICE = sessionId(0x100000000000001n);
export const BOB = sessionId(0x100000000000002n);

/** What a transaction does to one node. */
export interface Change {
  readonly path: string;
  readonly version?: number;
  readonly owner?: SessionId;
  /** Default: true. */
  readonly exists?: boolean;
}

/** A transaction that could be done; which one does not matter. */
export const DONE: TxnBody = { type: OpCode.check, record: { path: '/', version: 0 } };

export const failed = (err: ErrorCode): TxnBody => ({ type: OpCode.error, record: { err } });

/** The tree has /payout, and what is put into it. */
export class ChangesUnderTest {
  readonly changes: OutstandingChanges;
  readonly tree = DataTree.fresh({ extendedTypes: false, digest: false });
  private readonly attempt: Attempt;
  private lastZxid = 0;

  constructor(attempt: Attempt) {
    this.attempt = attempt;
    this.changes = new OutstandingChanges(this.tree);
    this.inTree('/payout');
  }

  /** Puts a node into the tree, with nothing under way. */
  inTree(path: string, owner: SessionId = NO_SESSION): void {
    this.attempt.did(`the tree has ${path}${ownerText(owner)}`);
    this.tree.createNode(path, Buffer.alloc(0), null, newStat(zxid(0n), 0, owner), -1);
  }

  /** A transaction with these records. */
  add(...changes: Change[]): Zxid {
    const at = this.next();
    for (const change of changes) this.addOne(at, change);
    return at;
  }

  addOne(at: Zxid, { path, version = 0, owner = NO_SESSION, exists = true }: Change): void {
    const what = exists ? `version ${version}${ownerText(owner)}` : 'it will not exist';
    this.attempt.did(`add(${path} as transaction ${at} leaves it: ${what})`);
    const record: ChangeRecord = newRecord(at, Number(at) * 1000, path, null, null, owner);
    record.version = version;
    record.exists = exists;
    this.changes.add(record);
  }

  /** @param fails with which code, or with what else; null: not at all */
  decide(changes: readonly Change[], fails: ErrorCode | Error | null = null): TxnBody {
    const at = this.next();
    const adds = changes.length === 0 ? 'adds no records' : `first adds the records of transaction ${at}:`;
    this.attempt.did(`decide(a request that ${outcome(fails)}), which ${adds}`);
    return this.changes.decide(() => {
      for (const change of changes) this.addOne(at, change);
      return end(fails);
    });
  }

  /** @param steps the records of each step, or the code with which it fails, or what else it throws @param then the end of the multi */
  decideSteps(steps: readonly (readonly Change[] | ErrorCode | Error)[], then: () => TxnBody = () => DONE): TxnBody[] {
    const at = this.next();
    const names = steps.map((step, index) => `step ${index + 1} ${outcome(isOutcome(step) ? step : null)}`);
    this.attempt.did(`decide(a multi: decideSteps(${names.join(', ')}))`);
    let bodies: TxnBody[] = [];
    this.changes.decide(() => {
      bodies = this.changes.decideSteps(steps, (step) => {
        if (isOutcome(step)) return end(step);
        for (const change of step) this.addOne(at, change);
        return DONE;
      });
      return then();
    });
    return bodies;
  }

  applied(at: Zxid): void {
    this.attempt.did(`applied(${at})`);
    this.changes.applied(at);
  }

  /** Nodes come and go, and one is under way all the time. @param count how many come */
  neverIdle(count: number): void {
    this.attempt.did(
      `${count} times: a request fails that adds /f<i>, a transaction adds /n<i>, the next one deletes it; ` +
        'each arrives in the tree one later',
    );
    for (let i = 1; i <= 2 * count; i++) {
      const at = this.next();
      const record = newRecord(at, Number(at) * 1000, `/n${Math.ceil(i / 2)}`, null, null, NO_SESSION);
      record.exists = i % 2 === 1;
      if (record.exists) {
        this.changes.decide(() => {
          this.changes.add(newRecord(at, Number(at) * 1000, `/f${i}`, null, null, NO_SESSION));
          throw KeeperException.of(ErrorCode.NoAuth);
        });
      }
      this.changes.decide(() => {
        this.changes.add(record);
        return DONE;
      });
      this.changes.applied(zxid(at - 1n));
    }
  }

  // ------------------------------------------------------------------------------------ what is expected

  /** @param expected what the transactions are: done, or the code of an error */
  expectSteps(bodies: readonly TxnBody[], ...expected: ('done' | ErrorCode)[]): void {
    const got = bodies.map((body) => (body.type === OpCode.error ? errorCodeName(body.record.err) : 'done'));
    const names = expected.map((each) => (each === 'done' ? each : errorCodeName(each)));
    if (got.join() !== names.join())
      this.attempt.wrong(names.join('; '), got.join('; '), 'the transactions of the steps');
  }

  /** @param version null: there is no such node */
  expectFound(path: string, version: number | null): void {
    const record = this.changes.find(path);
    const text = (found: number | null | undefined): string => (found == null ? 'no node' : `version ${found}`);
    const got = record === undefined ? null : record.version;
    if (got !== version) this.attempt.wrong(text(version), text(got), `find('${path}')`);
  }

  /** So many records, and places in maps, can be reached from the object, by whatever way. */
  get held(): number {
    const seen = new Set<unknown>([this.tree]);
    const waiting: unknown[] = [this.changes];
    let held = 0;
    for (let each = waiting.pop(); each !== undefined; each = waiting.pop()) {
      if (typeof each !== 'object' || each === null || seen.has(each)) continue;
      seen.add(each);
      if ('czxid' in each && 'zxid' in each) held++;
      if (each instanceof Map || each instanceof PathMap) held += each.size;
      const items = each instanceof Map || each instanceof Set ? each.values() : Object.values(each);
      for (const item of items) waiting.push(item ?? null);
    }
    return held;
  }

  private next(): Zxid {
    return zxid(BigInt(++this.lastZxid));
  }
}

const ownerText = (owner: SessionId): string =>
  owner === NO_SESSION ? '' : `, of the session of ${owner === ALICE ? 'alice' : 'bob'}`;

function outcome(fails: ErrorCode | Error | null): string {
  if (fails === null) return 'can be done';
  return typeof fails === 'number' ? `fails with ${errorCodeName(fails)}` : 'stumbles over a fault of the server';
}

const isOutcome = (step: readonly Change[] | ErrorCode | Error): step is ErrorCode | Error =>
  typeof step === 'number' || step instanceof Error;

function end(fails: ErrorCode | Error | null): TxnBody {
  if (fails === null) return DONE;
  throw typeof fails === 'number' ? KeeperException.of(fails) : fails;
}

export { ErrorCode };
