/** What a server knows, as far as requests read and change it. */
import type { Clock } from '#00-introduction/world.js';
import type { DataTree } from '#01-data-model/data-tree.js';
import type { TreeWatches } from '#02-watch/watch-manager.js';
import type { AccessControl } from '#03-acl/access-control.js';
import type { SessionTracker } from '#11-session-buckets/session-tracker.js';
import type { OutstandingChanges } from '#12-request-processors/outstanding-changes.js';
import type { RequestsInProcess } from '#12-request-processors/requests-in-process.js';
import type { ServerStats } from '#12-request-processors/server-stats.js';

export interface ServerState {
  readonly clock: Clock;
  readonly tree: DataTree;
  readonly watches: TreeWatches;
  readonly access: AccessControl;
  readonly sessions: SessionTracker;
  /** What transactions that are under way will have changed. */
  readonly changes: OutstandingChanges;
  readonly stats: ServerStats;
  readonly inProcess: RequestsInProcess;
  /** Whether the transaction that ends a session names the nodes that go with it (`closeSessionTxn.enabled`). */
  readonly closeSessionTxnEnabled: boolean;
  /**
   * Whether there may be so much more at a path; always, unless `enforceQuota` is set.
   * @throws {KeeperException} QuotaExceeded
   */
  checkQuota(path: string, countDiff: number, bytesDiff: number): void;
}
