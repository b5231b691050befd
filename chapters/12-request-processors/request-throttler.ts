/**
 * The door before the first processor. `globalOutstandingLimit` stops reading from connections, but every connection may
 * have one request under way; with forty thousand of them that is too much for some servers. Where
 * `request_throttle_max_requests` is set, no more requests than that are let in at a time, and the others wait here, in
 * the order in which they came.
 *
 * Nobody needs the answer to a request whose connection is gone: it is dropped instead of being let in. If one request of
 * a connection is dropped, so are all that come after it, and the connection is closed: a client must not see its second
 * request done without its first.
 *
 * @apache server.RequestThrottler
 */
import type { Clock, Timer } from '#00-introduction/world.js';
import { ErrorCode, KeeperException } from '#06-network-protocol/error-codes.js';
import { OpCode } from '#06-network-protocol/opcodes.js';
import type { ReadOperation } from '#12-request-processors/operation.js';
import type { Request, Requester } from '#12-request-processors/request.js';
import type { RequestsInProcess } from '#12-request-processors/requests-in-process.js';
import type { ServerStats } from '#12-request-processors/server-stats.js';

export interface ThrottleSettings {
  /** How many requests may be in process; 0: any number, and nothing waits here. */
  readonly requestThrottleMaxRequests: number;
  /** How long it waits at most before it looks again whether what waits is still wanted. */
  readonly requestThrottleStallTimeMs: number;
  /** Whether requests that nobody waits for any more are dropped. */
  readonly requestThrottleDropStale: boolean;
  /** Whether those are such whose connection is closed. */
  readonly requestStaleConnectionCheck: boolean;
  /** Whether those are such that have waited for longer than the time-out of their session. */
  readonly requestStaleLatencyCheck: boolean;
  /** A request that has waited for longer is answered with ThrottledOp instead of being done; 0: none is. */
  readonly throttledOpWaitTimeMs: number;
}

export interface ThrottlerSurroundings {
  readonly clock: Clock;
  readonly stats: ServerStats;
  readonly inProcess: RequestsInProcess;
  /** Where a request goes that is let in. */
  letIn(request: Request): void;
}

export class RequestThrottler {
  private readonly surroundings: ThrottlerSurroundings;
  private readonly settings: ThrottleSettings;
  private queue: Request[] = [];
  private head = 0;
  private timer: Timer | null = null;
  /** One of their requests was dropped. */
  private readonly invalid = new WeakSet<Requester>();

  constructor(surroundings: ThrottlerSurroundings, settings: ThrottleSettings) {
    this.surroundings = surroundings;
    this.settings = settings;
  }

  /** How many requests wait. */
  get waiting(): number {
    return this.queue.length - this.head;
  }

  submit(request: Request): void {
    if (this.waiting === 0 && this.hasRoom) {
      this.surroundings.letIn(request);
      return;
    }
    this.queue.push(request);
    if (request.requester) request.requester.throttledCount++;
    this.wake();
  }

  /** There may be room again. */
  wake(): void {
    while (this.waiting > 0 && this.letInOrDrop(this.queue[this.head] as Request)) this.shift();
    if (this.waiting > 0) this.lookAgainLater();
  }

  /** What waits is not done any more. */
  stop(): void {
    this.timer?.cancel();
    this.timer = null;
    this.queue.length = 0;
    this.head = 0;
  }

  private get hasRoom(): boolean {
    const { requestThrottleMaxRequests: max } = this.settings;
    return max === 0 || this.surroundings.inProcess.count < max;
  }

  /** @returns false when it has to wait on */
  private letInOrDrop(request: Request): boolean {
    const { requester } = request;
    const { stats, inProcess, clock } = this.surroundings;
    if (requester !== null && (this.invalid.has(requester) || this.isStale(request))) {
      this.leave(request);
      inProcess.dropped(request);
      stats.staleRequestsDropped++;
      this.invalid.add(requester);
      requester.close();
      return true;
    }
    if (!this.hasRoom) return false;
    this.leave(request);
    const { throttledOpWaitTimeMs: longestMs } = this.settings;
    const isLate = longestMs > 0 && clock.monotonicMs() - request.receivedMs > longestMs && isThrottlable(request);
    if (isLate) stats.throttledOps++;
    this.surroundings.letIn(isLate ? { ...request, operation: throttledOp, record: null } : request);
    return true;
  }

  private leave({ requester }: Request): void {
    if (requester) requester.throttledCount--;
  }

  private isStale(request: Request): boolean {
    const { requester, session, operation, receivedMs } = request;
    const { requestThrottleDropStale, requestStaleConnectionCheck, requestStaleLatencyCheck } = this.settings;
    // The end of a session is wanted by all who wait for its nodes to go.
    if (!requestThrottleDropStale || requester === null || operation.opcode === OpCode.closeSession) return false;
    if (requestStaleConnectionCheck && requester.isClosed) return true;
    return requestStaleLatencyCheck && this.surroundings.clock.monotonicMs() - receivedMs > session.timeoutMs;
  }

  private lookAgainLater(): void {
    this.timer ??= this.surroundings.clock.schedule(this.settings.requestThrottleStallTimeMs, () => {
      this.timer = null;
      this.wake();
    });
  }

  private shift(): void {
    this.head++;
    if (this.head < 1024 && this.head < this.queue.length) return;
    this.queue = this.queue.slice(this.head);
    this.head = 0;
  }
}

const NEVER_THROTTLED: ReadonlySet<number> = new Set([OpCode.ping, OpCode.createSession, OpCode.closeSession]);

const isThrottlable = ({ operation }: Request): boolean => !NEVER_THROTTLED.has(operation.opcode);

/** It is answered in its turn, and does nothing. */
const throttledOp: ReadOperation<null> = {
  kind: 'read',
  opcode: OpCode.error,
  decode: () => null,
  answer() {
    throw KeeperException.of(ErrorCode.ThrottledOp);
  },
};
