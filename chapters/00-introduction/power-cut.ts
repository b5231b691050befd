/**
 * What a power cut leaves of the writes that were not synced.
 *
 * The operating system keeps them in memory and writes them out when it likes, in any order, a sector of 512 bytes at
 * a time. So each sector holds what it held at some moment since the last sync, on its own: a write may be kept, lost,
 * or torn, and a later one may be there without an earlier one. A sector is not mixed: what a later write left of an
 * earlier one in it comes along. Only the very last sector of a torn write may be cut inside.
 */
import type { SeededRandom } from '#00-introduction/seeded-random.js';
import type { SparseBytes } from '#00-introduction/sparse-bytes.js';

const SECTOR_BYTES = 512;

export type FileChange =
  | { readonly kind: 'write'; readonly position: number; readonly bytes: Uint8Array }
  | { readonly kind: 'resize'; readonly sizeBytes: number };

/** Whose turn it was last in a sector, and how far it came. */
interface LastWrite {
  readonly change: number;
  readonly end: number;
}

/**
 * Adds to the durable content what happens to survive of the changes since.
 * @param changes all that were made since the last sync, oldest first
 */
export function surviveInPart(durable: SparseBytes, changes: readonly FileChange[], random: SeededRandom): void {
  if (changes.length === 0) return;
  const fullSizeBytes = sizeAfter(durable.sizeBytes, changes);
  const fates = drawFates(changes, random);
  const lastWrites = new Map<number, LastWrite>();
  changes.forEach((change, index) => {
    if (change.kind !== 'write') return;
    forEachSector(change, (sector, _start, end) => {
      const survivesTo = fates[index]?.(sector, end) ?? 0;
      if (survivesTo > 0) lastWrites.set(sector, { change: index, end: survivesTo });
    });
  });
  changes.forEach((change, index) => {
    if (change.kind === 'resize') {
      if (fates[index]?.(0, 1) === 1) durable.resize(change.sizeBytes);
      return;
    }
    forEachSector(change, (sector, start, end) => {
      const last = lastWrites.get(sector);
      if (last === undefined || last.change < index) return;
      const pieceEnd = last.change === index ? last.end : end;
      if (pieceEnd <= start) return;
      durable.write(change.bytes.subarray(start - change.position, pieceEnd - change.position), start);
    });
  });
  // The size of a file is kept elsewhere than its bytes: it may have grown before they were there.
  if (random.integer(4) === 0) durable.resize(Math.max(durable.sizeBytes, fullSizeBytes));
}

function sizeAfter(sizeBytes: number, changes: readonly FileChange[]): number {
  return changes.reduce(
    (size, change) =>
      change.kind === 'resize' ? change.sizeBytes : Math.max(size, change.position + change.bytes.length),
    sizeBytes,
  );
}

/** How far a write got in a sector: the position up to which it is there, 0 when not at all. */
type Fate = (sector: number, endOfPiece: number) => number;

const KEPT: Fate = (_sector, endOfPiece) => endOfPiece;
const LOST: Fate = () => 0;

/** All lost, all kept, kept up to a point in time, or each write for itself. */
function drawFates(changes: readonly FileChange[], random: SeededRandom): Fate[] {
  const mode = random.integer(5);
  if (mode === 0) return changes.map(() => LOST);
  if (mode === 1) return changes.map(() => KEPT);
  if (mode === 2) {
    const lastKept = random.integer(changes.length);
    return changes.map((change, i) => (i < lastKept ? KEPT : i > lastKept ? LOST : drawTornFate(change, random)));
  }
  return changes.map((change) => [KEPT, LOST, drawTornFate(change, random)][random.integer(3)] ?? LOST);
}

function drawTornFate(change: FileChange, random: SeededRandom): Fate {
  if (change.kind === 'resize') return random.integer(2) === 0 ? KEPT : LOST;
  const { position, bytes } = change;
  const cut = position + random.integer(bytes.length + 1);
  switch (random.integer(3)) {
    case 0: // a first part, in whole sectors
      return (_sector, end) => (end <= cut ? end : 0);
    case 1: // a first part, up to any byte
      return (_sector, end) => Math.min(end, cut);
    default: // any of its sectors
      return scattered(change, random);
  }
}

function scattered(change: FileChange & { kind: 'write' }, random: SeededRandom): Fate {
  const kept = new Set<number>();
  forEachSector(change, (sector) => {
    if (random.integer(2) === 0) kept.add(sector);
  });
  return (sector, end) => (kept.has(sector) ? end : 0);
}

function forEachSector(
  { position, bytes }: FileChange & { kind: 'write' },
  visit: (sector: number, start: number, end: number) => void,
): void {
  const end = position + bytes.length;
  for (let start = position; start < end; ) {
    const sector = Math.floor(start / SECTOR_BYTES);
    const next = Math.min(end, (sector + 1) * SECTOR_BYTES);
    visit(sector, start, next);
    start = next;
  }
}
