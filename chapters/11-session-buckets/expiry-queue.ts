/**
 * Expires thousands of things without a timer for each. Time is cut into intervals, and a thing that expires within an
 * interval waits in the bucket of that interval's end. Being used moves it to a later bucket; whatever is still in a
 * bucket when its time comes has expired, all of it at once.
 *
 * Invariants: an element is in exactly one bucket; it expires up to one interval late, never early.
 *
 * The queue has no clock: the caller says what time it is.
 *
 * @apache server.ExpiryQueue
 */
export class ExpiryQueue<E> {
  private readonly intervalMs: number;
  private readonly buckets = new Map<number, Set<E>>();
  private readonly bucketOf = new Map<E, number>();
  private nextBucketMs: number;

  /**
   * @param intervalMs the width of a bucket
   * @param nowMs monotonic milliseconds
   */
  constructor(intervalMs: number, nowMs: number) {
    this.intervalMs = intervalMs;
    this.nextBucketMs = this.bucketAfter(nowMs);
  }

  /** Puts the element, new or not, where it will expire `timeoutMs` from now. */
  update(element: E, timeoutMs: number, nowMs: number): void {
    const bucketMs = this.bucketAfter(nowMs + timeoutMs);
    const oldBucketMs = this.bucketOf.get(element);
    if (oldBucketMs === bucketMs) return;
    if (oldBucketMs !== undefined) this.leave(element, oldBucketMs);
    this.bucketOf.set(element, bucketMs);
    const bucket = this.buckets.get(bucketMs);
    if (bucket) bucket.add(element);
    else this.buckets.set(bucketMs, new Set([element]));
  }

  remove(element: E): void {
    const bucketMs = this.bucketOf.get(element);
    if (bucketMs === undefined) return;
    this.bucketOf.delete(element);
    this.leave(element, bucketMs);
  }

  /** Milliseconds until `poll` may have something; 0 when it may have now. */
  waitMs(nowMs: number): number {
    return Math.max(0, this.nextBucketMs - nowMs);
  }

  /**
   * Takes out one bucket whose time has come. Call it again while `waitMs` is 0: a clock that jumped ahead has passed
   * several buckets.
   */
  poll(nowMs: number): E[] {
    if (nowMs < this.nextBucketMs) return [];
    const bucketMs = this.nextBucketMs;
    this.nextBucketMs += this.intervalMs;
    const bucket = this.buckets.get(bucketMs);
    if (!bucket) return [];
    this.buckets.delete(bucketMs);
    for (const element of bucket) this.bucketOf.delete(element);
    return [...bucket];
  }

  get size(): number {
    return this.bucketOf.size;
  }

  /** Bucket times and what they hold, earliest first: for people. */
  entries(): [number, ReadonlySet<E>][] {
    return [...this.buckets.entries()].sort(([a], [b]) => a - b);
  }

  private bucketAfter(timeMs: number): number {
    return (Math.floor(timeMs / this.intervalMs) + 1) * this.intervalMs;
  }

  private leave(element: E, bucketMs: number): void {
    const bucket = this.buckets.get(bucketMs);
    if (bucket?.delete(element) && bucket.size === 0) this.buckets.delete(bucketMs);
  }
}
