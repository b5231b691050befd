/**
 * A client that has many writes under way at a time, and knows what its server may have made of them when the
 * connection breaks: of the writes that it sent, in their order, all that were acknowledged and perhaps some more, and
 * of each of these the whole.
 */
import { Buffer } from 'node:buffer';
import type { ReplyHeader } from '#05-jute/records/proto.js';
import { OpCode } from '#06-network-protocol/opcodes.js';
import { ConnectionClosedError } from '#testing/raw-connection.node.js';
import { openSession, type RawSession } from '#testing/raw-session.node.js';
import { createRequest, deleteRequest, setDataRequest } from '#testing/requests.js';

/** A node as it must be. */
export interface WrittenNode {
  readonly data: string;
  readonly version: number;
  /** The zxid of its last change, where an answer has told it. */
  readonly mzxid: bigint | null;
}

interface Step {
  readonly op: 'create' | 'setData' | 'delete';
  readonly path: string;
  readonly data: string;
}

/** Several steps are a multi. */
interface Write {
  readonly steps: readonly Step[];
  /** Null until it is acknowledged. */
  zxid: bigint | null;
}

/** How many are sent before the first has to be acknowledged. */
const WINDOW = 16;
/** What is written repeats itself after so many writes, with other nodes. */
const BLOCK = 8;

export class PipelinedWriter {
  private readonly root: string;
  private readonly dataBytes: number;
  private readonly nodes = new Map<string, WrittenNode>();
  /** Sent on this connection, and not known to be done or not done. */
  private writes: Write[] = [];
  private acknowledged = 0;
  private count = 0;
  /** Nodes that were created, or will have been when what is sent now is done, and that nobody deletes. */
  private lasting: string[] = [];

  /**
   * @param root a node that is there, and below which nobody else writes
   * @param dataBytes the length of the data that it writes
   */
  constructor(root: string, dataBytes: number) {
    this.root = root;
    this.dataBytes = dataBytes;
  }

  /**
   * Writes until the connection ends.
   * @param onAcknowledged called after each acknowledged write
   * @returns how many writes were acknowledged
   * @throws {Error} (as a rejection) when a write is answered with an error
   */
  async writeUntilClosed(port: number, onAcknowledged: () => void): Promise<number> {
    using session = await openSession(port, { timeoutMs: 40_000 });
    this.acknowledged = 0;
    try {
      for (;;) {
        while (this.writes.length - this.acknowledged < WINDOW) this.sendNext(session);
        const { header } = await session.reply();
        this.note(header);
        onAcknowledged();
      }
    } catch (error) {
      if (!(error instanceof ConnectionClosedError)) throw error;
    }
    return this.acknowledged;
  }

  /**
   * Finds out how many of the writes of the last connection were done, and takes that for granted from now on.
   * @param tree every node that the server has now, by path
   * @returns how many were done without having been acknowledged
   * @throws {Error} when what is there can't be the outcome of its writes; the message names a node
   */
  settle(tree: ReadonlyMap<string, WrittenNode>): number {
    const found = new Map([...tree].filter(([path]) => path.startsWith(`${this.root}/`)));
    for (const write of this.writes.slice(0, this.acknowledged)) this.apply(write);
    const firstDifference = differenceOf(this.nodes, found);
    let difference = firstDifference;
    let extra = 0;
    for (const write of this.writes.slice(this.acknowledged)) {
      if (difference === null) break;
      this.apply(write);
      extra++;
      difference = differenceOf(this.nodes, found);
    }
    if (difference !== null) {
      throw new Error(
        `below ${this.root}, after ${this.acknowledged} acknowledged of ${this.writes.length} writes: ${firstDifference}`,
      );
    }
    this.writes = [];
    this.lasting = this.lasting.filter((path) => this.nodes.has(path));
    this.count = BLOCK * Math.ceil(this.count / BLOCK);
    return extra;
  }

  private sendNext(session: RawSession): void {
    const steps = this.nextSteps();
    const [step] = steps;
    this.writes.push({ steps, zxid: null });
    if (steps.length > 1) session.send('multi', steps.map(toMultiStep));
    else if (step?.op === 'create') session.send('create', createRequest(step.path, { data: step.data }));
    else if (step?.op === 'setData') session.send('setData', setDataRequest(step.path, step.data));
    else if (step) session.send('delete', deleteRequest(step.path));
  }

  /** Creates, sets of nodes young and old, now and then a multi, now and then a delete. */
  private nextSteps(): Step[] {
    const n = this.count++;
    const data = `${n} of ${this.root} `.padEnd(this.dataBytes, '.');
    const path = `${this.root}/${n}`;
    const old = this.lasting[(n * 7919) % this.lasting.length] ?? '';
    switch (n % BLOCK) {
      case 0:
      case 4:
        this.lasting.push(path);
        return [{ op: 'create', path, data }];
      case 1:
      case 5:
        return [{ op: 'setData', path: this.lasting.at(-1) ?? '', data }];
      case 3:
        return [
          { op: 'create', path, data },
          { op: 'setData', path: old, data },
          { op: 'create', path: `${path}-twin`, data },
        ];
      case 7:
        return [{ op: 'delete', path: `${this.root}/${n - 4}`, data: '' }];
      default:
        return [{ op: 'setData', path: old, data }];
    }
  }

  private note({ err, zxid }: ReplyHeader): void {
    const write = this.writes[this.acknowledged] as Write;
    if (err !== 0) throw new Error(`${JSON.stringify(write.steps)} was answered with ${err}`);
    write.zxid = zxid;
    this.acknowledged++;
  }

  private apply({ steps, zxid: mzxid }: Write): void {
    for (const { op, path, data } of steps) {
      if (op === 'delete') this.nodes.delete(path);
      else
        this.nodes.set(path, { data, version: op === 'create' ? 0 : (this.nodes.get(path)?.version ?? 0) + 1, mzxid });
    }
  }
}

function toMultiStep({ op, path, data }: Step) {
  if (op === 'create') return { type: OpCode.create, record: createRequest(path, { data: Buffer.from(data) }) };
  if (op === 'setData') return { type: OpCode.setData, record: setDataRequest(path, data) };
  return { type: OpCode.delete, record: deleteRequest(path) };
}

/** @returns null when there is none */
function differenceOf(
  expected: ReadonlyMap<string, WrittenNode>,
  found: ReadonlyMap<string, WrittenNode>,
): string | null {
  for (const [path, node] of expected) {
    const there = found.get(path);
    if (!there) return `${path} is not there`;
    if (there.version !== node.version) return `${path} has version ${there.version}, not ${node.version}`;
    if (there.data !== node.data) return `${path} has other data: ${there.data.slice(0, 40)}`;
    if (node.mzxid !== null && there.mzxid !== node.mzxid)
      return `${path} was changed at ${there.mzxid}, not ${node.mzxid}`;
  }
  for (const path of found.keys()) if (!expected.has(path)) return `${path} is there`;
  return null;
}
