/**
 * One session of the load: a closed loop that keeps K requests on the way.
 *
 * The generator shares the machine with the server, so it must be cheap. It looks at nothing of a reply but length, xid
 * and error code; for the n replies of a chunk it sends the next n requests with one write; n requests that were
 * sent together share one time stamp.
 *
 * Invariant: replies come in the order of the requests, so the oldest group of requests is the one that is answered.
 */
import { Buffer } from 'node:buffer';
import { connect, type Socket } from 'node:net';
import { ErrorCode, errorCodeName } from '#06-network-protocol/error-codes.js';
import { FrameParser } from '#06-network-protocol/framing.js';
import { OpCode } from '#06-network-protocol/opcodes.js';
import { assertSessionOpened, connectFrame } from './handshake.js';
import type { LatencyHistogram } from './histogram.js';
import { headerOnlyTemplate, RequestRing, type RequestTemplate } from './request-ring.js';

const MAX_REPLY_BYTES = 1 << 20;
const READ_BUFFER_BYTES = 256 * 1024;

/** Offsets in a reply, behind its length: `int xid, long zxid, int err`. */
const XID_OFFSET = 0;
const ERR_OFFSET = 12;

/** All sessions read into the same memory: each chunk is finished with when its callback returns. */
const readBuffer = Buffer.allocUnsafeSlow(READ_BUFFER_BYTES);

/** What all sessions of a load count together. */
export interface LoadCounts {
  /** Whether latencies and replies are counted now. */
  recording: boolean;
  operations: number;
  readonly latencies: LatencyHistogram;
  readonly errors: Map<string, number>;
}

/** @throws {Error} (as a rejection) when the server does not open a session */
export async function openLoadSession(port: number, counts: LoadCounts): Promise<LoadSession> {
  const session = new LoadSession(port, counts);
  await session.opened;
  return session;
}

export class LoadSession {
  readonly opened: Promise<void>;

  private readonly counts: LoadCounts;
  private readonly socket: Socket;
  private readonly parser = new FrameParser(MAX_REPLY_BYTES);
  private handle = this.handleConnectResponse;
  private resolve: () => void = ignore;
  private reject: (error: Error) => void = ignore;
  private closing = false;
  private failure: Error | null = null;

  private ring: RequestRing | null = null;
  private replies = 0;
  /** The session sends no more than this many requests. */
  private lastRequest = 0;
  /** Errors that are no failure of this loop. */
  private allowed: number = ErrorCode.OK;

  /** Requests that were written together: when, and how many of them wait for their reply. A ring of K groups. */
  private groupTimesMs = new Float64Array(1);
  private groupSizes = new Int32Array(1);
  private oldestGroup = 0;
  private newestGroup = -1;

  constructor(port: number, counts: LoadCounts) {
    this.counts = counts;
    this.opened = new Promise((resolve, reject) => this.settleWith(resolve, reject));
    this.socket = connect({
      port,
      host: '127.0.0.1',
      noDelay: true,
      onread: { buffer: readBuffer, callback: (bytes) => this.read(bytes) },
    });
    this.socket.on('error', (error) => this.fail(error));
    this.socket.on('close', () => this.fail(new Error('the server closed the connection')));
    this.socket.write(connectFrame());
  }

  /**
   * Repeats requests until `stop` is called, or `limit` were sent, and all are answered.
   * @param outstanding requests on the way at any moment
   * @param allowedError an error code that counts as success
   * @throws {Error} (as a rejection) when the connection breaks or a reply does not fit its request
   */
  loop(
    templates: readonly RequestTemplate[],
    outstanding: number,
    limit = Number.POSITIVE_INFINITY,
    allowedError: ErrorCode = ErrorCode.OK,
  ): Promise<void> {
    if (limit === 0) return Promise.resolve();
    if (this.failure !== null) return Promise.reject(this.failure);
    const done = new Promise<void>((resolve, reject) => this.settleWith(resolve, reject));
    this.ring = new RequestRing(templates, outstanding);
    this.replies = 0;
    this.lastRequest = limit;
    this.allowed = allowedError;
    this.groupTimesMs = new Float64Array(outstanding);
    this.groupSizes = new Int32Array(outstanding);
    this.oldestGroup = 0;
    this.newestGroup = -1;
    this.handle = this.handleReply;
    this.send(Math.min(outstanding, limit));
    return done;
  }

  /** Sends no more; `loop` resolves when the replies that are missing have come. */
  stop(): void {
    this.lastRequest = this.sent;
  }

  /** Requests that the last loop sent. */
  get sent(): number {
    return this.ring?.count ?? 0;
  }

  /** Closes the session as a client should, so that the server has not to expire it during a later run. */
  async close(): Promise<void> {
    await this.loop([headerOnlyTemplate(OpCode.closeSession)], 1, 1);
    this.closing = true;
    this.socket.destroy();
  }

  destroy(): void {
    this.closing = true;
    this.socket.destroy();
  }

  private read(bytes: number): boolean {
    const nowMs = performance.now();
    const before = this.replies;
    try {
      this.parser.push(readBuffer.subarray(0, bytes));
      while (this.parser.next()) this.handle();
      this.parser.holdRest();
    } catch (error) {
      this.fail(error as Error);
      return false;
    }
    const answered = this.replies - before;
    if (answered > 0) this.goOn(answered, nowMs);
    return true;
  }

  private goOn(answered: number, nowMs: number): void {
    this.countLatencies(answered, nowMs);
    const next = Math.min(answered, this.lastRequest - this.sent);
    if (next > 0) this.send(next);
    else if (this.replies === this.sent) this.resolve();
  }

  private send(count: number): void {
    const ring = this.ring as RequestRing;
    ring.take(count);
    this.newestGroup = (this.newestGroup + 1) % this.groupSizes.length;
    this.groupSizes[this.newestGroup] = count;
    this.groupTimesMs[this.newestGroup] = performance.now();
    if (ring.second === null) {
      this.socket.write(ring.first);
    } else {
      this.socket.cork();
      this.socket.write(ring.first);
      this.socket.write(ring.second);
      this.socket.uncork();
    }
  }

  private handleConnectResponse(): void {
    assertSessionOpened(this.parser);
    this.resolve();
  }

  private handleReply(): void {
    const ring = this.ring as RequestRing;
    const { memory, start, end } = this.parser;
    if (end - start <= ERR_OFFSET) throw new Error(`a reply of ${end - start} bytes`);
    const xid = memory.readInt32BE(start + XID_OFFSET);
    if (this.replies === ring.count) throw new Error(`a reply to no request, xid ${xid}`);
    if (xid !== ring.xidOf(this.replies)) {
      throw new Error(`a reply with xid ${xid}, expected was ${ring.xidOf(this.replies)}`);
    }
    this.replies++;
    const code = memory.readInt32BE(start + ERR_OFFSET);
    if (code !== ErrorCode.OK && code !== this.allowed) this.countError(code);
  }

  private countLatencies(answered: number, nowMs: number): void {
    const { counts, groupSizes } = this;
    if (counts.recording) counts.operations += answered;
    for (let left = answered; left > 0; ) {
      const waiting = groupSizes[this.oldestGroup] as number;
      const taken = Math.min(left, waiting);
      if (counts.recording) {
        counts.latencies.record((nowMs - (this.groupTimesMs[this.oldestGroup] as number)) * 1000, taken);
      }
      groupSizes[this.oldestGroup] = waiting - taken;
      if (taken === waiting) this.oldestGroup = (this.oldestGroup + 1) % groupSizes.length;
      left -= taken;
    }
  }

  private countError(code: number): void {
    const name = errorCodeName(code);
    this.counts.errors.set(name, (this.counts.errors.get(name) ?? 0) + 1);
  }

  private settleWith(resolve: () => void, reject: (error: Error) => void): void {
    this.resolve = resolve;
    this.reject = reject;
  }

  private fail(error: Error): void {
    if (this.closing) return;
    this.failure = error;
    this.destroy();
    this.reject(error);
  }
}

function ignore(): void {}
