/**
 * Buckets that are not tidied up: a touch only writes down the new time, and the element stays in its old bucket. When
 * that bucket is due, whoever has a later time moves on to the bucket of that time. A touch then costs one entry in a map,
 * and a session is moved once per time-out and not once per interval; what is in the buckets is not what people expect.
 */
export class ExpiryQueue<E> {
  private readonly intervalMs: number;
  private readonly dueMs = new Map<E, number>();
  /** Everybody is in one bucket at least that is not later than their time. */
  private readonly buckets = new Map<number, Set<E>>();
  private nextBucketMs: number;
  private expiring = new Set<E>();

  constructor(intervalMs: number, nowMs: number) {
    this.intervalMs = intervalMs;
    this.nextBucketMs = this.bucketAfter(nowMs);
  }

  bucketAfter(timeMs: number): number {
    return (Math.floor(timeMs / this.intervalMs) + 1) * this.intervalMs;
  }

  update(element: E, timeoutMs: number, nowMs: number): boolean {
    const dueMs = this.bucketAfter(nowMs + timeoutMs);
    const oldDueMs = this.dueMs.get(element);
    if (oldDueMs === undefined && this.expiring.has(element)) return false;
    this.dueMs.set(element, dueMs);
    if (oldDueMs === undefined || dueMs < oldDueMs) this.putInto(dueMs, element);
    return true;
  }

  remove(element: E): void {
    this.dueMs.delete(element);
    this.expiring.delete(element);
  }

  waitMs(nowMs: number): number {
    return Math.max(0, this.nextBucketMs - nowMs);
  }

  poll(nowMs: number): E[] {
    if (nowMs < this.nextBucketMs) return [];
    const bucketMs = this.nextBucketMs;
    this.nextBucketMs += this.intervalMs;
    const bucket = this.buckets.get(bucketMs) ?? [];
    this.buckets.delete(bucketMs);
    const due: E[] = [];
    for (const element of bucket) {
      const dueMs = this.dueMs.get(element);
      if (dueMs === undefined) continue;
      if (dueMs > bucketMs) {
        this.putInto(dueMs, element);
      } else {
        this.dueMs.delete(element);
        due.push(element);
      }
    }
    return due;
  }

  expireDue(nowMs: number, expired: (element: E) => void): void {
    while (this.waitMs(nowMs) === 0) {
      this.expiring = new Set(this.poll(nowMs));
      for (const element of this.expiring) {
        this.expiring.delete(element);
        expired(element);
      }
    }
  }

  get size(): number {
    return this.dueMs.size;
  }

  entries(): [number, ReadonlySet<E>][] {
    const byTime = new Map<number, Set<E>>();
    for (const [element, dueMs] of this.dueMs) byTime.set(dueMs, (byTime.get(dueMs) ?? new Set()).add(element));
    return [...byTime].sort(([a], [b]) => a - b);
  }

  private putInto(bucketMs: number, element: E): void {
    const bucket = this.buckets.get(bucketMs);
    if (bucket) bucket.add(element);
    else this.buckets.set(bucketMs, new Set([element]));
  }
}
