/**
 * Deletes what has outlived its purpose: containers that were left by their last child, and nodes with a time to live
 * that nobody changed for that long. It looks once in a while, and asks for each deletion as a client would, so that it
 * becomes a transaction like any other.
 *
 * @apache server.ContainerManager
 */
import type { Clock, Timer } from '#00-introduction/world.js';
import type { DataNode } from '#01-data-model/data-node.js';
import type { DataTree } from '#01-data-model/data-tree.js';
import { ttlMsOf } from '#01-data-model/ephemeral-owner.js';

export interface ContainerSettings {
  readonly containerCheckIntervalMs: number;
  readonly containerMaxPerMinute: number;
  /** A container that never had a child is deleted after this time; 0: never. */
  readonly containerMaxNeverUsedIntervalMs: number;
}

const MINUTE_MS = 60_000;

export class ContainerManager {
  private readonly clock: Clock;
  private readonly tree: DataTree;
  private readonly settings: ContainerSettings;
  private readonly requestDeletion: (path: string) => void;
  private timer: Timer | null = null;

  /** @param requestDeletion asks for it; a node that has a child again meanwhile stays */
  constructor(clock: Clock, tree: DataTree, settings: ContainerSettings, requestDeletion: (path: string) => void) {
    this.clock = clock;
    this.tree = tree;
    this.settings = settings;
    this.requestDeletion = requestDeletion;
  }

  start(): void {
    this.timer = this.clock.schedule(this.settings.containerCheckIntervalMs, () =>
      this.deleteOneByOne([...this.due()]),
    );
  }

  stop(): void {
    this.timer?.cancel();
    this.timer = null;
  }

  /** Not faster than the limit: many deletions at once would hold up everybody else's writes. */
  private deleteOneByOne(paths: readonly string[], next = 0): void {
    const path = paths[next];
    if (path === undefined) {
      this.start();
      return;
    }
    this.requestDeletion(path);
    const pauseMs = MINUTE_MS / Math.max(1, this.settings.containerMaxPerMinute);
    this.timer = this.clock.schedule(pauseMs, () => this.deleteOneByOne(paths, next + 1));
  }

  private *due(): Iterable<string> {
    const nowMs = this.clock.wallMs();
    for (const path of this.tree.selfDeletingPaths()) {
      const node = this.tree.get(path);
      if (node && node.childCount === 0 && this.isDue(node, nowMs)) yield path;
    }
  }

  private isDue(node: DataNode, nowMs: number): boolean {
    const unchangedMs = nowMs - node.mtime;
    if (this.tree.kind(node.ephemeralOwner) === 'ttl') return unchangedMs > ttlMsOf(node.ephemeralOwner);
    if (node.cversion > 0) return true;
    const { containerMaxNeverUsedIntervalMs: neverUsedMs } = this.settings;
    return neverUsedMs !== 0 && unchangedMs > neverUsedMs;
  }
}
