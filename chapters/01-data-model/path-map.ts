/**
 * A map from paths to what belongs to them: nodes, changes under way, watches. It is used as a `Map` is, and keeps the
 * same order. A `Map` is slow at what a server does most. To create a node is to look for a path that is not there, and a
 * `Map` finds that out by looking at other keys, each somewhere else in memory. And where a key was deleted it leaves a
 * gap, which look-ups have to pass until the whole map is made anew: the path of a lock, or one that is watched again after
 * each event, has thousands of them behind it. Here the hashes lie side by side, a key is looked at only when all 32
 * bits of its hash are the same, and what was deleted leaves nothing behind where anybody looks.
 *
 * Keys and values stand in two lists. The table beside them is open: a hash names a slot, and when that is taken, the next
 * free one is used. A slot is two ints: the hash of a key, and its number in the lists.
 *
 * Invariants: at least half of the slots are free; between the slot that a hash names and the one where it stands, none
 * is; at most half of each list, and a few places more, are gaps.
 */

const FEWEST_SLOTS = 64;
const FEWEST_GAPS = 64;
/** No key has this number. */
const FREE = 0;

/**
 * 32 bits that no client can guess: else it could choose paths that all want the same slot, and make every look-up long.
 * Nothing but speed depends on them, so a simulated run is the same with any.
 */
// biome-ignore lint/style/noRestrictedGlobals: the same in every run is what it must not be
const SEED = crypto.getRandomValues(new Int32Array(1))[0] as number;

/** Somebody goes through all entries, and has time. */
interface Walk {
  nextNumber: number;
}

export class PathMap<V extends object> {
  /** By number, from 1 on, in the order in which they came; undefined: a gap. */
  private paths: (string | undefined)[] = [undefined];
  private valuesByNumber: (V | undefined)[] = [undefined];
  private slots = new Int32Array(2 * FEWEST_SLOTS);
  private count = 0;
  private deletedSinceResize = 0;
  private readonly walks = new Set<Walk>();

  /** The last one that was found: several nodes that come, one after the other, mostly have one parent. */
  private foundPath = '';
  private foundValue: V | undefined;

  get size(): number {
    return this.count;
  }

  get(path: string): V | undefined {
    if (path === this.foundPath && this.foundValue !== undefined) return this.foundValue;
    const number = this.slots[this.slotOf(path) + 1] as number;
    if (number === FREE) return undefined;
    this.foundPath = path;
    this.foundValue = this.valuesByNumber[number];
    return this.foundValue;
  }

  has(path: string): boolean {
    return this.get(path) !== undefined;
  }

  set(path: string, value: V): this {
    const slot = this.slotOf(path);
    const number = this.slots[slot + 1] as number;
    if (number === FREE) {
      this.slots[slot] = hashOf(path);
      this.slots[slot + 1] = this.paths.length;
      this.paths.push(path);
      this.valuesByNumber.push(value);
      this.count++;
      if (4 * this.count > this.slots.length) this.resize(2 * this.slots.length);
    } else {
      this.valuesByNumber[number] = value;
      if (path === this.foundPath) this.foundValue = value;
    }
    return this;
  }

  /** @returns false when there was none */
  delete(path: string): boolean {
    const slot = this.slotOf(path);
    const number = this.slots[slot + 1] as number;
    if (number === FREE) return false;
    this.paths[number] = undefined;
    this.valuesByNumber[number] = undefined;
    this.free(slot);
    if (path === this.foundPath) this.foundValue = undefined;
    this.count--;
    this.deletedSinceResize++;
    if (this.paths.length > 2 * this.count + FEWEST_GAPS) this.closeGaps();
    this.shrinkIfWorthIt();
    return true;
  }

  /** In the order in which the keys came. Entries may come and go meanwhile; those that come are at the end. */
  *[Symbol.iterator](): IterableIterator<[string, V]> {
    const walk: Walk = { nextNumber: 1 };
    this.walks.add(walk);
    try {
      while (walk.nextNumber < this.paths.length) {
        const number = walk.nextNumber++;
        const path = this.paths[number];
        if (path !== undefined) yield [path, this.valuesByNumber[number] as V];
      }
    } finally {
      this.walks.delete(walk);
    }
  }

  *values(): IterableIterator<V> {
    for (const [, value] of this) yield value;
  }

  /** Where the slot of a path begins, or the free one that it would get. */
  private slotOf(path: string): number {
    const { slots } = this;
    const lastSlot = slots.length - 2;
    const hash = hashOf(path);
    let at = (hash << 1) & lastSlot;
    for (let number = slots[at + 1] as number; number !== FREE; number = slots[at + 1] as number) {
      if (slots[at] === hash && this.paths[number] === path) return at;
      at = (at + 2) & lastSlot;
    }
    return at;
  }

  /** Frees a slot. Those behind it, up to the next free one, may want to be nearer to the slot that their hash names. */
  private free(slot: number): void {
    const { slots } = this;
    const lastSlot = slots.length - 2;
    let gap = slot;
    for (let at = (gap + 2) & lastSlot; slots[at + 1] !== FREE; at = (at + 2) & lastSlot) {
      const wanted = ((slots[at] as number) << 1) & lastSlot;
      if (((at - wanted) & lastSlot) < ((at - gap) & lastSlot)) continue;
      slots[gap] = slots[at] as number;
      slots[gap + 1] = slots[at + 1] as number;
      gap = at;
    }
    slots[gap + 1] = FREE;
  }

  /** Not at once: what is emptied may be filled again. */
  private shrinkIfWorthIt(): void {
    const { length } = this.slots;
    if (length <= 2 * FEWEST_SLOTS || 16 * this.count >= length || 8 * this.deletedSinceResize < length) return;
    this.resize(length / 2);
  }

  private resize(length: number): void {
    const old = this.slots;
    const slots = new Int32Array(length);
    for (let from = 0; from < old.length; from += 2) {
      if (old[from + 1] === FREE) continue;
      let at = ((old[from] as number) << 1) & (length - 2);
      while (slots[at + 1] !== FREE) at = (at + 2) & (length - 2);
      slots[at] = old[from] as number;
      slots[at + 1] = old[from + 1] as number;
    }
    this.slots = slots;
    this.deletedSinceResize = 0;
  }

  private closeGaps(): void {
    const { slots, paths, valuesByNumber } = this;
    const moved = new Int32Array(paths.length + 1);
    const keptPaths: (string | undefined)[] = [undefined];
    const keptValues: (V | undefined)[] = [undefined];
    for (let number = 1; number <= paths.length; number++) {
      moved[number] = keptPaths.length;
      if (paths[number] === undefined) continue;
      keptPaths.push(paths[number]);
      keptValues.push(valuesByNumber[number]);
    }
    for (let at = 1; at < slots.length; at += 2) slots[at] = moved[slots[at] as number] as number;
    for (const walk of this.walks) walk.nextNumber = moved[walk.nextNumber] as number;
    this.paths = keptPaths;
    this.valuesByNumber = keptValues;
  }
}

/**
 * FNV-1a; at the end the upper bits are mixed into the lower ones, which name the slot. The last two are remembered: a
 * path and its parent are asked for in turn, in one map after the other.
 */
function hashOf(path: string): number {
  if (path === newer.path) return newer.hash;
  [newer, older] = [older, newer];
  if (path === newer.path) return newer.hash;
  let hash = SEED;
  for (let i = 0; i < path.length; i++) hash = Math.imul(hash ^ path.charCodeAt(i), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d);
  newer.path = path;
  newer.hash = hash ^ (hash >>> 13);
  return newer.hash;
}

let newer: { path: string | null; hash: number } = { path: null, hash: 0 };
let older: typeof newer = { path: null, hash: 0 };
