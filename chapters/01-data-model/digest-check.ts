/**
 * Compares the digests that come with transactions with that of the tree they are applied to. A difference means that
 * this tree is not what the server had that decided the transaction: a fault of a program or of a machine. It is said
 * once and counted, and stops nothing: the data are no better for a server that does not serve.
 *
 * Right after a snapshot was loaded the tree may be ahead of the transactions that are replayed on it. Nothing is
 * compared until the one that the snapshot names with its own digest: it was the last one when the snapshot was
 * finished, so from there on the tree is exact.
 *
 * @apache server.DataTree#compareDigest, server.DataTree#compareSnapshotDigests
 */
import type { DataTree } from '#01-data-model/data-tree.js';
import { DIGEST_VERSION, type ZxidDigest } from '#01-data-model/tree-digest.js';
import type { TxnDigest } from '#05-jute/records/txn.js';
import { hex, type Zxid } from '#06-network-protocol/ids.js';

export class DigestCheck {
  /** How many digests were compared, and how many of them were others. */
  compared = 0;
  mismatches = 0;
  private readonly tree: DataTree;
  private readonly warn: (message: string) => void;
  private awaited: ZxidDigest | null;

  /**
   * @param loaded the digest in the snapshot that the tree was loaded from; null when there was none
   * @param warn is told of the first difference, and of digests that can't be compared
   */
  constructor(tree: DataTree, loaded: ZxidDigest | null, warn: (message: string) => void) {
    this.tree = tree;
    this.warn = warn;
    // One from before the snapshot's own zxid is not of this tree: a new leader begins its epoch without a transaction.
    const isUsable = tree.digest !== null && loaded !== null && loaded.zxid >= tree.lastProcessedZxid;
    this.awaited = isUsable && loaded.zxid !== 0n ? loaded : null;
    this.reached(tree.lastProcessedZxid, 'the snapshot');
  }

  /**
   * A transaction was applied.
   * @param where what it was read from, for the message
   */
  applied(zxid: Zxid, digest: TxnDigest | null, where: string): void {
    if (this.tree.digest === null) return;
    this.reached(zxid, where);
    if (digest !== null && this.awaited === null) this.compare(zxid, digest.version, digest.treeDigest, where);
  }

  /** There are no more transactions to replay. */
  finish(): void {
    if (this.awaited === null) return;
    this.warn(
      `the snapshot was finished after 0x${hex(this.awaited.zxid)}, but the transactions end at ` +
        `0x${hex(this.tree.lastProcessedZxid)}: some are missing, and the tree may hold half of what they did`,
    );
    this.isExact();
  }

  /** What was noted before is not: the tree was ahead. */
  private isExact(): void {
    this.awaited = null;
    if (this.tree.digest !== null) this.tree.digest.history.length = 0;
  }

  private reached(zxid: Zxid, where: string): void {
    if (this.awaited === null || zxid < this.awaited.zxid) return;
    const { awaited } = this;
    this.isExact();
    if (zxid === awaited.zxid) this.compare(zxid, awaited.version, awaited.digest, where);
    else this.warn(`${where}: the transaction 0x${hex(awaited.zxid)} that the snapshot names is missing`);
  }

  private compare(zxid: Zxid, version: number, expected: bigint, where: string): void {
    if (version !== DIGEST_VERSION || this.tree.digest === null) return;
    this.compared++;
    const found = this.tree.digest.value;
    if (found === expected) return;
    this.mismatches++;
    if (this.mismatches > 1) return;
    this.warn(
      `${where}: after the transaction 0x${hex(zxid)} the tree has the digest 0x${hex(found)}, but it should have ` +
        `0x${hex(expected)}. This server's data are not what the server had that wrote them. Compare it with the others ` +
        'of its ensemble; it gets its data from the leader when its version-2 folders are moved away.',
    );
  }
}
