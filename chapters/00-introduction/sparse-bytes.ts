/**
 * The content of a simulated file. Pages that hold only zeroes take no memory, since a log file is mostly zeroes that
 * were written ahead.
 */
import { Buffer } from 'node:buffer';

const PAGE_BYTES = 4096;
const ZEROES = Buffer.alloc(PAGE_BYTES);

export class SparseBytes {
  private readonly pages = new Map<number, Uint8Array>();
  private size = 0;

  get sizeBytes(): number {
    return this.size;
  }

  clone(): SparseBytes {
    const copy = new SparseBytes();
    copy.size = this.size;
    for (const [number, page] of this.pages) copy.pages.set(number, page.slice());
    return copy;
  }

  /** @returns how many bytes were there to read */
  read(into: Uint8Array, position: number): number {
    const length = Math.max(0, Math.min(into.length, this.size - position));
    forEachPage(position, length, (number, offset, done, count) => {
      const page = this.pages.get(number);
      if (page === undefined) into.fill(0, done, done + count);
      else into.set(page.subarray(offset, offset + count), done);
    });
    return length;
  }

  write(bytes: Uint8Array, position: number): void {
    forEachPage(position, bytes.length, (number, offset, done, count) => {
      const piece = bytes.subarray(done, done + count);
      let page = this.pages.get(number);
      if (page === undefined) {
        if (isZero(piece)) return;
        page = new Uint8Array(PAGE_BYTES);
        this.pages.set(number, page);
      }
      page.set(piece, offset);
    });
    if (bytes.length > 0) this.size = Math.max(this.size, position + bytes.length);
  }

  /** Cuts the end off, or adds zeroes. */
  resize(sizeBytes: number): void {
    const lastPage = Math.floor(sizeBytes / PAGE_BYTES);
    if (sizeBytes < this.size) {
      for (const number of [...this.pages.keys()]) if (number > lastPage) this.pages.delete(number);
      this.pages.get(lastPage)?.fill(0, sizeBytes % PAGE_BYTES);
    }
    this.size = sizeBytes;
  }
}

/** @param visit gets the page's number, the offset in the page, the offset in the piece, and how many bytes */
function forEachPage(
  position: number,
  length: number,
  visit: (page: number, offset: number, done: number, count: number) => void,
): void {
  for (let done = 0; done < length; ) {
    const at = position + done;
    const offset = at % PAGE_BYTES;
    const count = Math.min(PAGE_BYTES - offset, length - done);
    visit(Math.floor(at / PAGE_BYTES), offset, done, count);
    done += count;
  }
}

function isZero(bytes: Uint8Array): boolean {
  return Buffer.compare(bytes, ZEROES.subarray(0, bytes.length)) === 0;
}
