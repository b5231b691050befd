/**
 * What lies after the last whole entry of a log: nothing, a torn tail, or damage?
 *
 * A power cut may leave any mix of old and new sectors in the part of the file that was written and not yet synced.
 * The disk need not keep their order. So the last batch may look like anything: half an entry, an entry of the right
 * length with zeros inside, zeros followed by half an entry. Nobody was told that these transactions are done, because
 * a server answers after the sync; to drop them is right. But a *synced* entry whose sector went bad looks the same,
 * and to drop that one and all after it would lose what clients were promised.
 *
 * The rule: a bad entry of the last log may be cut off, with all that follows, when
 *
 *     no whole entry begins at any later byte, or
 *     a sector between its beginning and that entry is all zeros.
 *
 * A whole entry after a bad one was written later than it: perhaps in the same unsynced batch, perhaps in one that was
 * synced and acknowledged. Zeros tell the two apart. The log is filled ahead with them, so a sector that was not written
 * before the power went still has them, while a sector that was written and went bad has anything else. (etcd decides by
 * the same sign.) What the rule can't see: damage to the very last synced entry, and a disk that turns a sector that it
 * had promised to keep into zeros.
 */
import { Buffer } from 'node:buffer';
import { adler32 } from '#20-data-files/adler32.js';
import { type ByteSource, ByteWindow, DEFAULT_WINDOW_BYTES } from '#20-data-files/byte-source.js';
import {
  END_OF_ENTRY,
  ENTRY_OVERHEAD_BYTES,
  ENTRY_PREFIX_BYTES,
  MIN_BODY_BYTES,
} from '#20-data-files/txn-log-format.js';

export type Tail =
  /** Zeros, or nothing: the log is sound and can be appended to. */
  | { readonly kind: 'clean' }
  /** Something, but no whole entry. The bytes have to be cut off before anything is appended. */
  | { readonly kind: 'torn' }
  /** A whole entry begins at `entryBytes`: what lies before it was damaged after it had been written. */
  | { readonly kind: 'entries-follow'; readonly entryBytes: number }
  /** Too many bytes that look like entries and are not. To be taken for damage. */
  | { readonly kind: 'undecided' };

/** How many bytes of would-be entries are checksummed before the search is given up: a tenth of a second. */
const MAX_CHECKED_BYTES = 0x1000_0000;

const ZEROS = Buffer.alloc(DEFAULT_WINDOW_BYTES);

/**
 * Looks at everything from `fromBytes` to the end of the source.
 *
 * Zeros are compared a window at a time: the 64 MiB that Apache preallocates take tens of milliseconds. Elsewhere each byte offset
 * is tried as the beginning of an entry, which costs a few nanoseconds: upper half of the checksum 0, a possible
 * length, the closing 'B'; only then the checksum. The search ends at the first whole entry.
 *
 * @param fromBytes where the last whole entry ends
 * @param maxEntryBytes the longest body that is believed
 */
export function judgeTail(source: ByteSource, fromBytes: number, maxEntryBytes: number): Tail {
  const window = new ByteWindow(source);
  let clean = true;
  let checkedBytes = 0;
  let offset = fromBytes;
  for (;;) {
    const available = window.ensure(offset, ENTRY_OVERHEAD_BYTES + MIN_BODY_BYTES);
    const start = offset - window.baseBytes;
    if (isZero(window.memory, start, window.filledBytes)) {
      if (available < ENTRY_OVERHEAD_BYTES + MIN_BODY_BYTES) return { kind: clean ? 'clean' : 'torn' };
      // An entry may begin in the last zeros of the window: those of the upper half of its checksum.
      offset += Math.max(1, available - ENTRY_PREFIX_BYTES);
      continue;
    }
    clean = false;
    if (available < ENTRY_OVERHEAD_BYTES + MIN_BODY_BYTES) return { kind: 'torn' };
    const found = findCandidate(window.memory, start, window.filledBytes, maxEntryBytes);
    offset = window.baseBytes + found.at;
    if (found.bodyBytes === 0) continue;
    if (window.ensure(offset, ENTRY_OVERHEAD_BYTES + found.bodyBytes) >= ENTRY_OVERHEAD_BYTES + found.bodyBytes) {
      if (closesWithB(window, offset, found.bodyBytes)) {
        checkedBytes += found.bodyBytes;
        if (checkedBytes > MAX_CHECKED_BYTES) return { kind: 'undecided' };
        if (checksumHolds(window, offset, found.bodyBytes)) return { kind: 'entries-follow', entryBytes: offset };
      }
    }
    offset++;
  }
}

/** What a disk writes whole or not at all. */
const SECTOR_BYTES = 512;
/** An entry begins with up to so many zeros: half of them always, and a checksum of 0 is possible. */
const LEADING_ZEROS = 8;

/**
 * Whether a sector of a bad entry was never written.
 * @param startBytes where the entry begins
 * @param nextEntryBytes where the next whole entry begins: what was lost lies before it, whatever length the bad entry says
 */
export function lacksSector(source: ByteSource, startBytes: number, nextEntryBytes: number): boolean {
  const piece = Buffer.alloc(SECTOR_BYTES);
  for (let at = startBytes; ; ) {
    const sectorEnd = (Math.floor(at / SECTOR_BYTES) + 1) * SECTOR_BYTES;
    // The sector that holds the next entry was written.
    if (sectorEnd > nextEntryBytes) return false;
    const read = source.read(piece.subarray(0, sectorEnd - at), at);
    if (isZero(piece, 0, read) && (at > startBytes || read > LEADING_ZEROS)) return true;
    at = sectorEnd;
  }
}

interface Candidate {
  /** Index of the candidate, or of the first byte that was not tried. */
  readonly at: number;
  /** 0 when there is no candidate. */
  readonly bodyBytes: number;
}

/** The next place where the first twelve bytes could begin an entry. */
function findCandidate(memory: Buffer, start: number, end: number, maxEntryBytes: number): Candidate {
  const last = end - ENTRY_PREFIX_BYTES;
  for (let at = start; at <= last; at++) {
    // Four zeros begin an entry. A byte that is not zero rules out the places before it as well.
    if (memory[at + 3] !== 0) {
      at += 3;
      continue;
    }
    if (memory[at] !== 0 || memory[at + 1] !== 0 || memory[at + 2] !== 0) continue;
    const bodyBytes = memory.readInt32BE(at + 8);
    if (bodyBytes >= MIN_BODY_BYTES && bodyBytes <= maxEntryBytes) return { at, bodyBytes };
  }
  return { at: Math.max(start + 1, last + 1), bodyBytes: 0 };
}

function closesWithB(window: ByteWindow, offset: number, bodyBytes: number): boolean {
  return window.memory[offset - window.baseBytes + ENTRY_PREFIX_BYTES + bodyBytes] === END_OF_ENTRY;
}

function checksumHolds(window: ByteWindow, offset: number, bodyBytes: number): boolean {
  const at = offset - window.baseBytes;
  const bodyStart = at + ENTRY_PREFIX_BYTES;
  return adler32(window.memory, bodyStart, bodyStart + bodyBytes) === window.memory.readUInt32BE(at + 4);
}

function isZero(memory: Buffer, start: number, end: number): boolean {
  // A quick no: most pieces that are not zero show it at once.
  for (let at = start; at < end && at < start + 16; at++) if (memory[at] !== 0) return false;
  for (let at = start; at < end; at += ZEROS.length) {
    const pieceEnd = Math.min(end, at + ZEROS.length);
    if (!memory.subarray(at, pieceEnd).equals(ZEROS.subarray(0, pieceEnd - at))) return false;
  }
  return true;
}
