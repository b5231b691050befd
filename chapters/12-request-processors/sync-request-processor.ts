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
  /** Adds a transaction to what the next `commit` writes. */
  append(transaction: Transaction): void;
  /** Writes and syncs all that was appended. Rejects when the disk failed: nothing may be acknowledged any more. */
  commit(): Promise<void>;
}

export class SyncRequestProcessor implements RequestProcessor {
  private readonly clock: Clock;
  private readonly log: DurableLog;
  private readonly next: RequestProcessor;
  private readonly batchDone: () => void;
  private readonly failed: (error: unknown) => void;

  private waiting: Request[] = [];
  private isScheduled = false;
  private isSyncing = false;

  /**
   * @param batchDone called after the requests of a batch went on
   * @param failed called when the log can't be written; nothing goes on after that
   */
  constructor(
    clock: Clock,
    log: DurableLog,
    next: RequestProcessor,
    batchDone: () => void,
    failed: (error: unknown) => void,
  ) {
    this.clock = clock;
    this.log = log;
    this.next = next;
    this.batchDone = batchDone;
    this.failed = failed;
  }

  process(request: Request): void {
    if (request.header && request.body) this.log.append({ header: request.header, body: request.body, digest: null });
    this.waiting.push(request);
    this.scheduleSync();
  }

  /** At the end of the turn: other connections may have writes for the same sync. */
  private scheduleSync(): void {
    if (this.isScheduled || this.isSyncing) return;
    this.isScheduled = true;
    this.clock.atEndOfTurn(() => {
      this.isScheduled = false;
      this.sync();
    });
  }

  private sync(): void {
    const batch = this.waiting;
    this.waiting = [];
    this.isSyncing = true;
    this.log.commit().then(
      () => this.passOn(batch),
      (error) => this.failed(error),
    );
  }

  private passOn(batch: readonly Request[]): void {
    this.isSyncing = false;
    // The disk works while this batch is answered.
    if (this.waiting.length > 0) this.sync();
    try {
      for (const request of batch) this.next.process(request);
      this.batchDone();
    } catch (error) {
      this.failed(error);
    }
  }
}
