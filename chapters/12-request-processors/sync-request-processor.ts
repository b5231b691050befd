/**
 * The second processor: makes transactions durable, many at a time. What comes while the disk is busy waits, and goes
 * to the disk together: the busier the server, the more transactions share one sync.
 *
 * Invariant: no request goes on before its transaction is on disk, and they go on in the order of their zxids.
 *
 * @apache server.SyncRequestProcessor
 */
import type { Clock, Timer } from '#00-introduction/world.js';
import type { Transaction } from '#06-network-protocol/txn.js';
import type { RequestProcessor } from '#12-request-processors/prep-request-processor.js';
import type { Request } from '#12-request-processors/request.js';

export interface BatchSettings {
  /** How many transactions share a sync at most; 0: any number. */
  readonly maxBatchSize: number;
  /** How long after a sync a write waits for others to share the next one with; 0: not at all. */
  readonly flushDelayMs: number;
  /** It waits no longer than this since the last one came. */
  readonly maxWriteQueuePollTimeMs: number;
}

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
  private readonly settings: BatchSettings;
  private readonly log: DurableLog;
  private readonly next: RequestProcessor;

  private waiting: Request[] = [];
  private isScheduled = false;
  private isSyncing = false;
  private hasFailed = false;
  private batchesBesideWork = 0;
  private readsSeen = 0;
  private lastFlushMs: number;
  private lastArrivalMs = 0;
  /** Set while a sync is put off. */
  private timer: Timer | null = null;

  constructor(surroundings: SyncSurroundings, settings: BatchSettings, log: DurableLog, next: RequestProcessor) {
    this.surroundings = surroundings;
    this.settings = settings;
    this.lastFlushMs = surroundings.clock.monotonicMs();
    this.log = log;
    this.next = next;
  }

  process(request: Request): void {
    if (this.hasFailed) return;
    this.waiting.push(request);
    this.scheduleSync();
    if (this.settings.flushDelayMs > 0) this.arrived();
  }

  private arrived(): void {
    this.lastArrivalMs = this.surroundings.clock.monotonicMs();
    if (this.timer === null || this.waitForMoreMs() > 0) return;
    this.timer.cancel();
    this.timer = null;
    this.syncAtEndOfTurn();
  }

  /** At the end of the turn: other connections may have writes for the same sync. */
  private scheduleSync(): void {
    if (this.isScheduled || this.isSyncing) return;
    this.isScheduled = true;
    this.syncAtEndOfTurn();
  }

  private syncAtEndOfTurn(): void {
    this.surroundings.clock.atEndOfTurn(() => this.syncWhenDue());
  }

  private syncWhenDue(): void {
    const waitMs = this.waitForMoreMs();
    if (waitMs > 0) {
      this.timer = this.surroundings.clock.schedule(waitMs, () => {
        this.timer = null;
        this.syncWhenDue();
      });
      return;
    }
    this.isScheduled = false;
    if (this.hasFailed) return;
    if (this.mayStopForSync()) this.syncNow();
    else this.sync();
  }

  /** How long to wait for others, if none comes meanwhile. */
  private waitForMoreMs(): number {
    const { flushDelayMs, maxWriteQueuePollTimeMs, maxBatchSize } = this.settings;
    if (flushDelayMs === 0 || this.hasFailed) return 0;
    if (maxBatchSize > 0 && this.waiting.length >= maxBatchSize) return 0;
    const nowMs = this.surroundings.clock.monotonicMs();
    return Math.min(this.lastFlushMs + flushDelayMs, this.lastArrivalMs + maxWriteQueuePollTimeMs) - nowMs;
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
    this.flushed();
    // The disk works while this batch is answered.
    if (this.waiting.length > 0 && this.waitForMoreMs() <= 0 && !this.mayStopForSync()) this.sync();
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
    this.flushed();
    this.passOn(batch);
    if (this.waiting.length > 0) this.scheduleSync();
  }

  private flushed(): void {
    if (this.settings.flushDelayMs > 0) this.lastFlushMs = this.surroundings.clock.monotonicMs();
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

  /** Takes as many as one sync may have, and gives them to the log. */
  private takeWaiting(): Request[] {
    const { maxBatchSize } = this.settings;
    const isAll = maxBatchSize === 0 || this.waiting.length <= maxBatchSize;
    const batch = isAll ? this.waiting : this.waiting.slice(0, maxBatchSize);
    this.waiting = isAll ? [] : this.waiting.slice(maxBatchSize);
    for (const { txn } of batch) if (txn) this.log.append(txn);
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
