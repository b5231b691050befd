/**
 * Was every answer right? The smallest server that there can be, a map from paths to nodes, is asked the same in the
 * order of the zxids, and must say the same: results, errors, data, every number of every Stat but the times.
 *
 * It can say what is right only when it knows of every write: a run in which connections break, or sessions expire, has
 * writes that nobody was told of.
 */
import { Buffer } from 'node:buffer';
import type { Stat } from '#05-jute/records/data.js';
import { type CreateMode, isEphemeral, isSequential } from '#06-network-protocol/create-mode.js';
import { ErrorCode, errorCodeName } from '#06-network-protocol/error-codes.js';
import type { MultiResult, MultiStep } from '#06-network-protocol/multi.js';
import { OpCode } from '#06-network-protocol/opcodes.js';
import { type Exchange, WrongAnswer } from '#07-standalone-startup/exchanges.js';

/**
 * @param exchanges all that a server has answered since it was new
 * @returns how many of them could be checked: those that the model knows
 * @throws {WrongAnswer} at the first one that is not right
 */
export function checkAnswers(exchanges: readonly Exchange[]): number {
  const model = new ModelServer();
  let checked = 0;
  for (const exchange of [...exchanges].sort(inHistory)) {
    const expected = model.answer(exchange);
    if (expected === null) continue;
    checked++;
    const given = { error: exchange.error, reply: exchange.reply };
    if (answerText(given) === answerText(expected)) continue;
    throw new WrongAnswer(`${exchange.text}: expected ${answerText(expected)}, got ${answerText(given)}`);
  }
  return checked;
}

/** Reads see the write of the same zxid. */
function inHistory(one: Exchange, other: Exchange): number {
  if (one.zxid !== other.zxid) return one.zxid < other.zxid ? -1 : 1;
  return Number(other.isWrite) - Number(one.isWrite);
}

interface Answer {
  readonly error: number;
  readonly reply: object | null;
}

interface ModelNode {
  readonly data: Buffer | null;
  readonly owner: bigint;
  readonly czxid: bigint;
  readonly mzxid: bigint;
  readonly version: number;
  /** Of the last child that came or went; how many have come. */
  readonly pzxid: bigint;
  readonly created: number;
}

/** Who asks, and which zxid the write has. */
type Asker = Pick<Exchange, 'session' | 'zxid'>;

class Refusal extends Error {
  readonly code: ErrorCode;
  constructor(code: ErrorCode) {
    super(errorCodeName(code));
    this.code = code;
  }
}

class ModelServer {
  private nodes = new Map<string, ModelNode>([['/', newNode(null, 0n, 0n)]]);

  /** @returns null for a request that it does not know */
  answer(exchange: Exchange): Answer | null {
    const before = new Map(this.nodes);
    try {
      const reply =
        exchange.opcode === OpCode.multi ? this.multi(exchange) : this.one(exchange.opcode, exchange, exchange.request);
      return reply === undefined ? null : { error: ErrorCode.OK, reply };
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      this.nodes = before;
      return { error: error.code, reply: null };
    }
  }

  /** @returns the record of the reply */
  private one(opcode: number, asker: Asker, request: unknown): object | null | undefined {
    const record = request as { path: string; data: Buffer | null; version: number; flags: CreateMode };
    switch (opcode) {
      case OpCode.create:
        return { path: this.create(record, asker) };
      case OpCode.create2: {
        const path = this.create(record, asker);
        return { path, stat: this.stat(path) };
      }
      case OpCode.setData:
        return { stat: this.setData(record, asker) };
      case OpCode.delete:
        return this.delete(record, asker);
      case OpCode.check:
        return this.check(record.path, record.version) && null;
      case OpCode.exists:
        return { stat: this.stat(record.path) };
      case OpCode.getData:
        return { data: this.find(record.path).data, stat: this.stat(record.path) };
      case OpCode.getChildren2:
        return { children: this.children(record.path), stat: this.stat(record.path) };
      case OpCode.closeSession:
        return this.closeSession(asker);
      default:
        return undefined;
    }
  }

  private multi(exchange: Exchange): object {
    const { steps } = exchange.request as { steps: MultiStep[] };
    const before = new Map(this.nodes);
    const results: object[] = [];
    for (const [i, { type, record }] of steps.entries()) {
      try {
        results.push({ type, ...this.one(type, exchange, record) });
      } catch (error) {
        if (!(error instanceof Refusal)) throw error;
        this.nodes = before;
        return {
          results: steps.map((_, j) =>
            failedStep(j < i ? ErrorCode.OK : j === i ? error.code : ErrorCode.RuntimeInconsistency),
          ),
        };
      }
    }
    return { results };
  }

  // ----------------------------------------------------------------------------------------- changes

  private create(
    { path: asked, data, flags }: { path: string; data: Buffer | null; flags: CreateMode },
    { session, zxid }: Asker,
  ): string {
    const parent = this.find(parentOf(asked));
    const path = isSequential(flags) ? asked + String(parent.created).padStart(10, '0') : asked;
    if (this.nodes.has(path)) throw new Refusal(ErrorCode.NodeExists);
    if (parent.owner !== 0n) throw new Refusal(ErrorCode.NoChildrenForEphemerals);
    this.nodes.set(parentOf(path), { ...parent, pzxid: zxid, created: parent.created + 1 });
    this.nodes.set(path, newNode(data, zxid, isEphemeral(flags) ? session : 0n));
    return path;
  }

  private setData(
    { path, data, version }: { path: string; data: Buffer | null; version: number },
    { zxid }: Asker,
  ): object {
    const node = this.check(path, version);
    this.nodes.set(path, { ...node, data, version: node.version + 1, mzxid: zxid });
    return this.stat(path);
  }

  private delete({ path, version }: { path: string; version: number }, { zxid }: Asker): null {
    this.check(path, version);
    if (this.children(path).length > 0) throw new Refusal(ErrorCode.NotEmpty);
    this.nodes.delete(path);
    this.nodes.set(parentOf(path), { ...this.find(parentOf(path)), pzxid: zxid });
    return null;
  }

  private closeSession(asker: Asker): null {
    for (const [path, { owner }] of [...this.nodes])
      if (owner === asker.session) this.delete({ path, version: -1 }, asker);
    return null;
  }

  // ------------------------------------------------------------------------------------------- reads

  private find(path: string): ModelNode {
    const node = this.nodes.get(path);
    if (!node) throw new Refusal(ErrorCode.NoNode);
    return node;
  }

  private check(path: string, version: number): ModelNode {
    const node = this.find(path);
    if (version !== -1 && version !== node.version) throw new Refusal(ErrorCode.BadVersion);
    return node;
  }

  private children(path: string): string[] {
    return [...this.nodes.keys()]
      .filter((other) => other !== '/' && parentOf(other) === path)
      .map((other) => other.slice(path.length + 1));
  }

  private stat(path: string): Omit<Stat, 'ctime' | 'mtime'> {
    const { data, owner, czxid, mzxid, version, pzxid, created } = this.find(path);
    const numChildren = this.children(path).length;
    return {
      czxid,
      mzxid,
      version,
      cversion: 2 * created - numChildren,
      aversion: 0,
      ephemeralOwner: owner,
      dataLength: data?.length ?? 0,
      numChildren,
      pzxid,
    } as Omit<Stat, 'ctime' | 'mtime'>;
  }
}

function newNode(data: Buffer | null, zxid: bigint, owner: bigint): ModelNode {
  return { data, owner, czxid: zxid, mzxid: zxid, version: 0, pzxid: zxid, created: 0 };
}

const failedStep = (error: number): MultiResult => ({ type: OpCode.error, error });

const parentOf = (path: string): string => path.slice(0, Math.max(1, path.lastIndexOf('/')));

/** Equal answers have equal texts: fields by name, lists of children by content, times left out. */
function answerText({ error, reply }: Answer): string {
  return `${errorCodeName(error)} ${valueText(reply)}`;
}

function valueText(value: unknown): string {
  if (value === null || typeof value !== 'object') return String(value);
  if (Buffer.isBuffer(value)) return JSON.stringify(value.toString('latin1'));
  if (Array.isArray(value)) return `[${value.map(valueText).join(', ')}]`;
  const fields = Object.entries(value).filter(([name]) => name !== 'ctime' && name !== 'mtime');
  const texts = fields.map(([name, field]) => `${name} ${valueText(name === 'children' ? [...field].sort() : field)}`);
  return `{${texts.sort().join(', ')}}`;
}
