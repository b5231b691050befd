/**
 * A client that knows what it may expect: it notes what it asked for and what was acknowledged, and whenever its
 * connection was lost, it looks at what the server has made of that.
 *
 * It is the only one who writes below its root. So of the writes that it sent before the connection broke, the server
 * must have done all that were acknowledged, and of those without an answer the first few, in order: none, some or all.
 * Every other state is a lost write, one that nobody asked for, one done twice, or two in the wrong order.
 */
import type { Clock, Random } from '#00-introduction/world.js';
import type { Stat } from '#05-jute/records/data.js';
import { ErrorCode, KeeperException } from '#06-network-protocol/error-codes.js';
import type { ZooKeeper } from '#07-standalone-startup/simulated-server.js';

/** What it found cannot have come about by what it asked for. */
export class BrokenPromise extends Error {
  override readonly name = 'BrokenPromise';
}

/** One write. Several steps are a multi. */
type Write = readonly Step[];

type Step =
  | { readonly op: 'create' | 'setData'; readonly path: string; readonly data: string }
  | { readonly op: 'delete'; readonly path: string };

/** A node as it must be. */
interface ExpectedNode {
  readonly data: string;
  readonly version: number;
  readonly czxid: ZxidRange;
  readonly mzxid: ZxidRange;
}

/** Least and most; the same when an answer has told it. */
type ZxidRange = readonly [bigint, bigint];

interface ExpectedTree {
  readonly nodes: ReadonlyMap<string, ExpectedNode>;
  /** How often a child of the root was created or deleted. */
  readonly changes: number;
}

/** What an answer told of nodes, by path. */
type Stats = readonly (readonly [string, Stat])[];

const NAMES = ['a', 'b', 'c', 'd', 'e'];
const LONGEST_BURST = 8;
const LONGEST_PAUSE_MS = 20;
const DEFAULT_MOST_BYTES = 1500;

export class CarefulWriter {
  /** How many writes were acknowledged. */
  acknowledged = 0;
  /** How many were sent and not answered, and how many of those were done all the same. */
  unanswered = 0;
  doneUnanswered = 0;
  private readonly zooKeeper: ZooKeeper;
  private readonly root: string;
  private readonly random: Random;
  private readonly clock: Clock;
  private readonly mostBytes: number;
  /** What all acknowledged writes have made. */
  private certain: ExpectedTree = { nodes: new Map(), changes: 0 };
  /** Sent, and not answered yet. */
  private uncertain: Write[] = [];
  private lastZxid = 0n;
  private count = 0;

  /**
   * @param root a path that nobody else writes to; it is created
   * @param random decides what is written
   * @param clock of the client's machine
   * @param mostBytes the size of the largest data; a sector of a disk has 512 bytes
   */
  constructor(zooKeeper: ZooKeeper, root: string, random: Random, clock: Clock, mostBytes = DEFAULT_MOST_BYTES) {
    this.zooKeeper = zooKeeper;
    this.root = root;
    this.random = random;
    this.clock = clock;
    this.mostBytes = mostBytes;
  }

  /**
   * Writes in bursts, without waiting for one answer before the next request, until so many were sent.
   * @throws {BrokenPromise} (as a rejection)
   * @throws {KeeperException} any error but ConnectionLoss
   */
  async run(writes: number): Promise<void> {
    await untilAnswered(() => this.createRoot());
    for (const endCount = this.count + writes; this.count < endCount; ) {
      await this.burst(Math.min(endCount - this.count, 1 + this.random.integer(LONGEST_BURST)));
      await new Promise<void>((resolve) => this.clock.schedule(this.random.integer(LONGEST_PAUSE_MS), resolve));
    }
    await this.verify();
  }

  /** Looks whether everything is as it must be. @throws {BrokenPromise} (as a rejection) */
  async verify(): Promise<void> {
    await untilAnswered(async () => {
      // When this write is acknowledged, no earlier one can be under way any more.
      await this.zooKeeper.setData(this.root, '');
      const found = await this.readTree();
      const { length } = this.uncertain;
      for (let done = 0; done <= length; done++) {
        const expected = this.uncertain
          .slice(0, done)
          .reduce((tree, write) => applied(tree, write, this.lastZxid), this.certain);
        if (!this.isAsExpected(found, expected)) continue;
        this.certain = found;
        this.uncertain = [];
        this.unanswered += length;
        this.doneUnanswered += done;
        return;
      }
      throw new BrokenPromise(this.describe(found));
    });
  }

  private async createRoot(): Promise<void> {
    try {
      await this.zooKeeper.create(this.root);
    } catch (error) {
      if (!isCode(error, ErrorCode.NodeExists)) throw error;
    }
  }

  /** Sends several writes at once, and reads what some of them must have made. */
  private async burst(size: number): Promise<void> {
    const writes: Write[] = [];
    const answers: Promise<Stats>[] = [];
    const reads: Promise<void>[] = [];
    let planned = this.certain;
    for (let i = 0; i < size; i++) {
      const write = this.drawWrite(planned);
      planned = applied(planned, write, this.lastZxid);
      this.count++;
      writes.push(write);
      answers.push(this.send(write));
      if (this.random.integer(4) === 0) reads.push(this.readBack(planned));
    }
    // Both at once: a read may fail while a write is still under way.
    const [answered, read] = await Promise.all([Promise.allSettled(answers), Promise.allSettled(reads)]);
    for (const [i, result] of answered.entries()) {
      const write = writes[i] as Write;
      if (result.status === 'fulfilled') this.noteAnswer(write, result.value);
      else this.noteLoss(write, result.reason);
    }
    for (const result of read) {
      if (result.status === 'rejected' && !isCode(result.reason, ErrorCode.ConnectionLoss)) throw result.reason;
    }
    if (this.uncertain.length > 0) await this.verify();
  }

  private send(write: Write): Promise<Stats> {
    const [first] = write;
    return first && write.length === 1 ? this.sendStep(first) : this.sendMulti(write);
  }

  private async sendStep(step: Step): Promise<Stats> {
    if (step.op === 'create') return [[step.path, (await this.zooKeeper.createWithStat(step.path, step.data)).stat]];
    if (step.op === 'setData') return [[step.path, await this.zooKeeper.setData(step.path, step.data)]];
    await this.zooKeeper.delete(step.path);
    return [];
  }

  private async sendMulti(steps: Write): Promise<Stats> {
    const results = await this.zooKeeper.multi(steps);
    return results.flatMap((result, i) => (result.op === 'setData' ? [[(steps[i] as Step).path, result.stat]] : []));
  }

  private noteAnswer(write: Write, stats: Stats): void {
    if (this.uncertain.length > 0)
      throw new BrokenPromise(`${this.root}: a write was answered, the one before it was not`);
    this.acknowledged++;
    this.certain = applied(this.certain, write, this.lastZxid);
    for (const [path, stat] of stats) this.noteStat(path, stat);
    this.lastZxid = stats[0]?.[1].mzxid ?? this.lastZxid;
  }

  private noteLoss(write: Write, reason: unknown): void {
    if (!isCode(reason, ErrorCode.ConnectionLoss)) throw reason;
    this.uncertain.push(write);
  }

  private noteStat(path: string, stat: Stat): void {
    const node = this.certain.nodes.get(path);
    const isAsExpected =
      node !== undefined &&
      node.version === stat.version &&
      isIn(stat.czxid, node.czxid) &&
      isIn(stat.mzxid, node.mzxid);
    if (!isAsExpected) throw new BrokenPromise(`${path}: the answer to a write tells a stat that can't be`);
    const nodes = new Map(this.certain.nodes).set(path, { ...node, czxid: only(stat.czxid), mzxid: only(stat.mzxid) });
    this.certain = { ...this.certain, nodes };
  }

  /** Whoever reads after he has written sees what he wrote. */
  private async readBack(planned: ExpectedTree): Promise<void> {
    for (const [path, { data, version }] of planned.nodes) {
      const found = await this.zooKeeper.getData(path);
      if (found.data?.toString() !== data || found.stat.version !== version)
        throw new BrokenPromise(`${path}: read ${found.data?.toString()} right after writing ${data}`);
      return;
    }
  }

  private async readTree(): Promise<ExpectedTree> {
    const { children, stat } = await this.zooKeeper.getChildren(this.root);
    const paths = children.map((name) => `${this.root}/${name}`).sort();
    const found = await Promise.all(paths.map((path) => this.zooKeeper.getData(path)));
    const nodes = found.map(({ data, stat: { version, czxid, mzxid } }, i): [string, ExpectedNode] => {
      return [paths[i] as string, { data: String(data), version, czxid: only(czxid), mzxid: only(mzxid) }];
    });
    return { nodes: new Map(nodes), changes: stat.cversion };
  }

  private isAsExpected(found: ExpectedTree, expected: ExpectedTree): boolean {
    if (found.changes !== expected.changes || found.nodes.size !== expected.nodes.size) return false;
    return [...found.nodes].every(([path, { data, version, czxid, mzxid }]) => {
      const node = expected.nodes.get(path);
      return (
        node !== undefined &&
        node.data === data &&
        node.version === version &&
        isIn(czxid[0], node.czxid) &&
        isIn(mzxid[0], node.mzxid)
      );
    });
  }

  private drawWrite({ nodes }: ExpectedTree): Write {
    const steps: Step[] = [];
    const names = [...NAMES];
    for (let left = this.random.integer(5) === 0 ? 2 : 1; left > 0; left--) {
      const [name] = names.splice(this.random.integer(names.length), 1);
      const path = `${this.root}/${name}`;
      const data = this.drawData(steps.length);
      if (!nodes.has(path)) steps.push({ op: 'create', path, data });
      else if (this.random.integer(3) === 0) steps.push({ op: 'delete', path });
      else steps.push({ op: 'setData', path, data });
    }
    return steps;
  }

  /** Like no other, and now and then long. */
  private drawData(step: number): string {
    const text = `${this.count}.${step}`;
    return this.random.integer(4) === 0 ? text.padEnd(this.random.integer(this.mostBytes), '-') : text;
  }

  private describe(found: ExpectedTree): string {
    const writes = this.uncertain.map((steps) => steps.map((step) => `${step.op} ${step.path}`).join(' + '));
    return (
      `${this.root}: the server has ${treeText(found)}. What was acknowledged makes ${treeText(this.certain)}, ` +
      `and sent without an answer was, in this order: ${writes.join(', ') || 'nothing'}.`
    );
  }
}

/** Asks again as long as the connection is lost. */
export async function untilAnswered<T>(ask: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await ask();
    } catch (error) {
      if (!isCode(error, ErrorCode.ConnectionLoss)) throw error;
    }
  }
}

function isCode(error: unknown, code: ErrorCode): boolean {
  return error instanceof KeeperException && error.code === code;
}

const only = (zxid: bigint): ZxidRange => [zxid, zxid];
const isIn = (zxid: bigint, [least, most]: ZxidRange): boolean => zxid >= least && zxid <= most;
const LAST_ZXID = 2n ** 63n - 1n;

/** The tree after a write that came after a zxid. */
function applied(tree: ExpectedTree, steps: Write, afterZxid: bigint): ExpectedTree {
  const nodes = new Map(tree.nodes);
  const later: ZxidRange = [afterZxid + 1n, LAST_ZXID];
  let { changes } = tree;
  for (const step of steps) {
    if (step.op !== 'setData') changes++;
    const before = nodes.get(step.path);
    if (step.op === 'delete') nodes.delete(step.path);
    else if (before) nodes.set(step.path, { ...before, data: step.data, version: before.version + 1, mzxid: later });
    else nodes.set(step.path, { data: step.data, version: 0, czxid: later, mzxid: later });
  }
  return { nodes, changes };
}

function treeText({ nodes, changes }: ExpectedTree): string {
  const texts = [...nodes].map(([path, { data, version, czxid, mzxid }]) => {
    return `${path}=${data.replace(/-+$/, '…')} version ${version} czxid ${rangeText(czxid)} mzxid ${rangeText(mzxid)}`;
  });
  return `[${texts.join(', ')}] after ${changes} creates and deletes`;
}

const rangeText = ([least, most]: ZxidRange): string => (least === most ? `${least}` : `${least} or more`);
