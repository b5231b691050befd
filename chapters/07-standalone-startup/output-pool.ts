/**
 * Memory that replies are written into. A connection needs it from its first reply of a turn until they are sent, which
 * is a moment; thousands of idle ones need none. So it is lent, and the same few pieces go round.
 */
import { BinaryOutputArchive } from '#04-serialization/binary-archive.js';

const FIRST_BYTES = 4096;
const KEPT_BYTES = 0x4_0000;
const KEPT_ARCHIVES = 64;

export class OutputPool {
  private readonly free: BinaryOutputArchive[] = [];

  take(): BinaryOutputArchive {
    return this.free.pop() ?? new BinaryOutputArchive(FIRST_BYTES);
  }

  /** Nobody reads its memory any more. */
  giveBack(archive: BinaryOutputArchive): void {
    if (archive.capacityBytes > KEPT_BYTES || this.free.length >= KEPT_ARCHIVES) return;
    archive.reset();
    this.free.push(archive);
  }
}
