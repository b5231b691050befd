/**
 * The second processor: makes transactions durable, many at a time. What comes while the disk is busy waits, and goes
 * to the disk together: the busier the server, the more transactions share one sync.
 *
 * Invariant: no request goes on before its transaction is on disk, and they go on in the order of their zxids.
 *
 * @apache server.SyncRequestProcessor
 */
import type { Clock } from '#00-introduction/world.js';
import type { Transaction } from '#06-network-protocol/txn.js';
import type { RequestProcessor } from '#12-request-processors/prep-request-processor.js';
import type { Request } from '#12-request-processors/request.js';

/** The log, as far as this processor needs it. */
export interface DurableLog {
  /** Adds a transaction to what the next commit writes. */
  append(transaction: Transaction): void;
  /** Writes and syncs all that was appended. Rejects when the disk failed: nothing may be acknowledged any more. */
  commit(): Promise<void>;
  /** The same, and stops the server meanwhile: quicker by the way to another thread and back. */
  commitNow(): void;
}

export interface SyncSurroundings {
  readonly clock: Clock;
  /** How many reads were answered so far. */
  readsAnswered(): number;
  /** Called after the requests of a batch went on. */
  batchDone(): void;
  /** Called when the log can't be written, or who comes next has failed; nothing goes on after that. */
  failed(error: unknown): void;
}

/**
 * To stop the server while the disk works is the quickest way when all clients wait for it anyway. It is not when
 * others want to be answered meanwhile, when the disk is slow, when clients send their next requests without waiting,
 * or when a batch is so large that its answers can be made while the disk writes the next one. After each of these,
 * this many batches are synced beside other work.
 */
const BATCHES_AFTER_READS = 16;
const BATCHES_AFTER_PIPELINING = 16;
const BATCHES_AFTER_SLOW_SYNC = 256;
const SLOW_SYNC_MS = 1;
const LARGE_BATCH = 32;

export class SyncRequestProcessor implements RequestProcessor {
  private readonly surroundings: SyncSurroundings;
  private readonly log: DurableLog;
  private readonly next: RequestProcessor;

  private waiting: Request[] = [];
  private isScheduled = false;
  private isSyncing = false;
  private hasFailed = false;
  private batchesBesideWork = 0;
  private readsSeen = 0;

  constructor(surroundings: SyncSurroundings, log: DurableLog, next: RequestProcessor) {
    this.surroundings = surroundings;
    this.log = log;
    this.next = next;
  }

  process(request: Request): void {
    if (this.hasFailed) return;
    const { header, body, digest } = request;
    if (header && body) this.log.append({ header, body, digest });
    this.waiting.push(request);
    this.scheduleSync();
  }

  /** At the end of the turn: other connections may have writes for the same sync. */
  private scheduleSync(): void {
    if (this.isScheduled || this.isSyncing) return;
    this.isScheduled = true;
    this.surroundings.clock.atEndOfTurn(() => {
      this.isScheduled = false;
      if (this.hasFailed) return;
      if (this.mayStopForSync()) this.syncNow();
      else this.sync();
    });
  }

  private sync(): void {
    const batch = this.takeWaiting();
    this.isSyncing = true;
    this.log.commit().then(
      () => this.synced(batch),
      (error) => this.fail(error),
    );
  }

  private synced(batch: readonly Request[]): void {
    this.isSyncing = false;
    if (this.hasFailed) return;
    // The disk works while this batch is answered.
    if (this.waiting.length > 0 && !this.mayStopForSync()) this.sync();
    this.passOn(batch);
    if (this.waiting.length > 0) this.scheduleSync();
  }

  private syncNow(): void {
    const { clock } = this.surroundings;
    const batch = this.takeWaiting();
    const startMs = clock.monotonicMs();
    try {
      this.log.commitNow();
    } catch (error) {
      this.fail(error);
      return;
    }
    if (clock.monotonicMs() - startMs > SLOW_SYNC_MS) this.batchesBesideWork = BATCHES_AFTER_SLOW_SYNC;
    this.passOn(batch);
  }

  private mayStopForSync(): boolean {
    const reads = this.surroundings.readsAnswered();
    if (reads !== this.readsSeen) this.batchesBesideWork = Math.max(this.batchesBesideWork, BATCHES_AFTER_READS);
    this.readsSeen = reads;
    if (this.batchesBesideWork === 0 && this.waiting.some(isOneOfSeveral)) {
      this.batchesBesideWork = BATCHES_AFTER_PIPELINING;
    }
    return this.batchesBesideWork === 0 && this.waiting.length < LARGE_BATCH;
  }

  private takeWaiting(): Request[] {
    const batch = this.waiting;
    this.waiting = [];
    if (this.batchesBesideWork > 0) this.batchesBesideWork--;
    return batch;
  }

  private passOn(batch: readonly Request[]): void {
    try {
      for (const request of batch) this.next.process(request);
      this.surroundings.batchDone();
    } catch (error) {
      this.fail(error);
    }
  }

  private fail(error: unknown): void {
    this.hasFailed = true;
    this.surroundings.failed(error);
  }
}

/** Its client did not wait for the answer to another one. */
const isOneOfSeveral = ({ requester }: Request): boolean => requester !== null && requester.order.length > 1;
