/**
 * The content of a file on a simulated disk, twice: as programs see it, and as it would be after a power cut.
 */
import { type FileChange, surviveInPart } from '#00-introduction/power-cut.js';
import type { SeededRandom } from '#00-introduction/seeded-random.js';
import { SparseBytes } from '#00-introduction/sparse-bytes.js';

export class SimulatedFile {
  /** What is read. */
  content = new SparseBytes();
  /** What is certain to be there after a power cut. */
  readonly durable = new SparseBytes();
  /** What was done since, oldest first. */
  private unsynced: FileChange[] = [];
  private syncedChanges = 0;

  /** Counts all changes ever made. */
  get changeCount(): number {
    return this.syncedChanges + this.unsynced.length;
  }

  get hasUnsyncedChanges(): boolean {
    return this.unsynced.length > 0;
  }

  write(bytes: Uint8Array, position: number): void {
    if (bytes.length === 0) return;
    this.content.write(bytes, position);
    this.unsynced.push({ kind: 'write', position, bytes: new Uint8Array(bytes) });
  }

  resize(sizeBytes: number): void {
    if (sizeBytes === this.content.sizeBytes) return;
    this.content.resize(sizeBytes);
    this.unsynced.push({ kind: 'resize', sizeBytes });
  }

  /** Makes the first changes durable, up to a count; those that came while the sync ran are not among them. */
  sync(upToChange: number): void {
    for (const change of this.takeChanges(upToChange)) {
      if (change.kind === 'write') this.durable.write(change.bytes, change.position);
      else this.durable.resize(change.sizeBytes);
    }
  }

  /**
   * A sync failed. The operating system takes the data for written all the same: some of it is, some is not, and no
   * later sync will try again. Programs go on reading what they wrote.
   */
  failSync(upToChange: number, random: SeededRandom): void {
    surviveInPart(this.durable, this.takeChanges(upToChange), random);
  }

  cutPower(random: SeededRandom): void {
    surviveInPart(this.durable, this.takeChanges(this.changeCount), random);
    this.content = this.durable.clone();
  }

  private takeChanges(upToChange: number): FileChange[] {
    const count = Math.max(0, upToChange - this.syncedChanges);
    this.syncedChanges += count;
    return this.unsynced.splice(0, count);
  }
}
