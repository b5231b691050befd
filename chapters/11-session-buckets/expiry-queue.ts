/**
 * Expires thousands of things without a timer for each. Time is cut into intervals, and a thing that expires within an
 * interval waits in the bucket of that interval's end. Being used moves it to a later bucket; whatever is still in a
 * bucket when its time comes has expired, all of it at once.
 *
 * Invariants: an element is in exactly one bucket; it expires up to one interval late, never early.
 *
 * The queue has no clock: the caller says what time it is. Times are monotonic milliseconds, with fractions.
 *
 * @apache server.ExpiryQueue
 */
export class ExpiryQueue<E> {
  private readonly intervalMs: number;
  /** By the time when they are due. */
  private readonly buckets = new Map<number, Set<E>>();
  /** When each element is due. */
  private readonly bucketOf = new Map<E, number>();
  /** The bucket that is due next; those before it are gone. */
  private nextBucketMs: number;
  /** Out of their bucket already, and still to be told of: what `expireDue` has before it. */
  private expiring = new Set<E>();

  /**
   * @param intervalMs the width of a bucket, a whole number
   * @param nowMs monotonic milliseconds
   */
  constructor(intervalMs: number, nowMs: number) {
    this.intervalMs = intervalMs;
    this.nextBucketMs = this.bucketAfter(nowMs);
  }

  /**
   * The bucket of a time: the end of the interval in which the time lies. An interval holds its beginning and not its
   * end, so the bucket is always later than the time, and what waits there can't expire early.
   * @param timeMs monotonic milliseconds, with fractions; a server runs for months
   * @returns a multiple of the interval
   * @apache server.ExpiryQueue#roundToNextInterval
   * @lab 11.1
   */
  bucketAfter(timeMs: number): number {
    return (Math.floor(timeMs / this.intervalMs) + 1) * this.intervalMs;
  }

  /**
   * Puts the element, new or not, where it will expire `timeoutMs` from now; sooner than before, if the time-out has
   * become shorter. Called for each request and each ping of each client: what it costs must not depend on how many
   * elements there are.
   * @param timeoutMs 0 or more, so the bucket is never one that is gone
   * @param nowMs monotonic milliseconds, so not before a time at which something was taken out
   * @returns false when it is too late: `expireDue` has taken the element out, and is about to tell of it
   * @apache server.ExpiryQueue#update
   * @lab 11.2
   */
  update(element: E, timeoutMs: number, nowMs: number): boolean {
    const bucketMs = this.bucketAfter(nowMs + timeoutMs);
    const oldBucketMs = this.bucketOf.get(element);
    if (oldBucketMs === bucketMs) return true;
    if (oldBucketMs !== undefined) this.leave(element, oldBucketMs);
    else if (this.expiring.has(element)) return false;
    this.bucketOf.set(element, bucketMs);
    const bucket = this.buckets.get(bucketMs);
    if (bucket) bucket.add(element);
    else this.buckets.set(bucketMs, new Set([element]));
    return true;
  }

  /**
   * Takes the element out: it will not expire. Those in the same bucket stay there. Harmless when it is not in the queue.
   * @apache server.ExpiryQueue#remove
   * @lab 11.3
   */
  remove(element: E): void {
    const bucketMs = this.bucketOf.get(element);
    if (bucketMs === undefined) {
      this.expiring.delete(element);
      return;
    }
    this.bucketOf.delete(element);
    this.leave(element, bucketMs);
  }

  /**
   * How long the caller may sleep.
   * @param nowMs monotonic milliseconds; the caller may have slept too long
   * @returns milliseconds until `poll` may have something; 0 when it may have now, never less
   * @apache server.ExpiryQueue#getWaitTime
   * @lab 11.4
   */
  waitMs(nowMs: number): number {
    return Math.max(0, this.nextBucketMs - nowMs);
  }

  /**
   * Takes out the bucket that is due next, if its time has come. A clock that jumped ahead has passed several buckets:
   * then the next call takes the next one, and `waitMs` is 0 until all of them are gone.
   * @param nowMs monotonic milliseconds
   * @returns what was in the bucket; these elements are no longer in the queue
   * @apache server.ExpiryQueue#poll
   * @lab 11.4
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

  /**
   * Expires everything whose time has come, bucket by bucket, earliest first, however far the clock has jumped.
   *
   * A bucket expires as a whole: from then on nothing brings its elements back, and `update` says so. `expired` may call
   * `remove`, though, for any element, since the end of one may be the end of another: what was removed before its turn
   * is not told of. When an element is told of, the queue has forgotten it.
   * @param nowMs monotonic milliseconds
   * @param expired called once for each element
   * @lab 11.5
   */
  expireDue(nowMs: number, expired: (element: E) => void): void {
    while (this.waitMs(nowMs) === 0) {
      this.expiring = new Set(this.poll(nowMs));
      for (const element of this.expiring) {
        this.expiring.delete(element);
        expired(element);
      }
    }
  }

  /** How many elements wait in a bucket. */
  get size(): number {
    return this.bucketOf.size;
  }

  /** Bucket times and what they hold, earliest first: for people. */
  entries(): [number, ReadonlySet<E>][] {
    return [...this.buckets.entries()].sort(([a], [b]) => a - b);
  }

  /**
   * A bucket that is left by its last element goes, too.
   * @lab 11.2 helper
   */
  private leave(element: E, bucketMs: number): void {
    const bucket = this.buckets.get(bucketMs);
    if (bucket?.delete(element) && bucket.size === 0) this.buckets.delete(bucketMs);
  }
}
