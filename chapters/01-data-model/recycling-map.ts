/**
 * A map whose keys come and go all the time, the same ones again and again: the path of a lock, a watch that is set anew
 * after each event. It is used as a `Map` is, and has one for itself.
 *
 * A JavaScript engine leaves a gap where a key was deleted, and puts the key behind it when it comes back. Whoever looks
 * for it passes all its gaps, and there may be as many as a large map has room for: hundreds of microseconds for one
 * look-up. So a key that was deleted keeps its place for a while, and who comes back within that time takes it again.
 *
 * Invariants: as many deleted keys as `MOST_SPARE` keep their places, no more; the ones deleted last; a place is given up
 * only when all that were deleted before it have been.
 */
const MOST_SPARE = 1024;

/** What stands in the place of a value that was deleted: one for each deletion. */
class Spare<K> {
  readonly key: K;

  constructor(key: K) {
    this.key = key;
  }
}

export class RecyclingMap<K, V extends object> {
  private readonly places = new Map<K, V | Spare<K>>();
  /** Oldest first. Those before `head` are done with. */
  private spares: Spare<K>[] = [];
  private head = 0;
  private count = 0;

  get size(): number {
    return this.count;
  }

  get(key: K): V | undefined {
    const value = this.places.get(key);
    return value instanceof Spare ? undefined : value;
  }

  has(key: K): boolean {
    return this.get(key) !== undefined;
  }

  /** A key that has kept its place stands there again; a new one stands at the end. */
  set(key: K, value: V): this {
    if (this.get(key) === undefined) this.count++;
    this.places.set(key, value);
    return this;
  }

  /** @returns false when there was none */
  delete(key: K): boolean {
    if (this.get(key) === undefined) return false;
    const spare = new Spare(key);
    this.places.set(key, spare);
    this.count--;
    this.spares.push(spare);
    if (this.spares.length - this.head > MOST_SPARE) this.giveUpOldest();
    return true;
  }

  *[Symbol.iterator](): IterableIterator<[K, V]> {
    for (const [key, value] of this.places) if (!(value instanceof Spare)) yield [key, value];
  }

  *values(): IterableIterator<V> {
    for (const [, value] of this) yield value;
  }

  private giveUpOldest(): void {
    const oldest = this.spares[this.head] as Spare<K>;
    this.head++;
    // Its key may have come back, and may even be deleted again.
    if (this.places.get(oldest.key) === oldest) this.places.delete(oldest.key);
    if (this.head < MOST_SPARE) return;
    this.spares = this.spares.slice(this.head);
    this.head = 0;
  }
}
