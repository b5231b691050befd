/**
 * An archive over a source that is read piece by piece, with a running checksum of all that was taken out of it.
 */
import { ArchiveError, BinaryInputArchive, DEFAULT_MAX_ELEMENT_BYTES } from '#04-serialization/binary-archive.js';
import { Adler32 } from '#20-data-files/adler32.js';
import { type ByteSource, ByteWindow, DEFAULT_WINDOW_BYTES } from '#20-data-files/byte-source.js';

export class SourceInputArchive extends BinaryInputArchive {
  private readonly window: ByteWindow;
  private readonly adler = new Adler32();
  /** Up to here the bytes in memory are in the checksum. */
  private summedTo = 0;

  constructor(
    source: ByteSource,
    maxElementBytes = DEFAULT_MAX_ELEMENT_BYTES,
    windowBytes: number = DEFAULT_WINDOW_BYTES,
  ) {
    const window = new ByteWindow(source, Math.max(windowBytes, 8));
    super(window.memory, 0, 0, maxElementBytes);
    this.window = window;
  }

  /** Where the next byte lies in the source. */
  get offsetBytes(): number {
    return this.window.baseBytes + this.position;
  }

  /** The Adler-32 of everything read so far. */
  get checksum(): number {
    this.sum();
    return this.adler.value;
  }

  /** How many bytes are still to come, counted up to `enough`. Reads ahead, takes nothing. */
  countRemaining(enough: number): number {
    if (enough > this.end - this.position) this.refill(enough);
    return Math.min(enough, this.end - this.position);
  }

  protected override take(bytes: number): number {
    if (bytes > this.end - this.position) this.refill(bytes);
    const available = this.end - this.position;
    if (bytes > available) {
      throw new ArchiveError('end-of-data', `${bytes} bytes expected at offset ${this.offsetBytes}, ${available} left`);
    }
    return super.take(bytes);
  }

  private refill(bytes: number): void {
    const offset = this.offsetBytes;
    this.sum();
    this.window.ensure(offset, bytes);
    this.reset(this.window.memory, offset - this.window.baseBytes, this.window.filledBytes);
    this.summedTo = this.position;
  }

  private sum(): void {
    this.adler.update(this.memory, this.summedTo, this.position);
    this.summedTo = this.position;
  }
}
