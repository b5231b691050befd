/**
 * Latencies, counted in buckets that grow with the value: every bucket is less than 1 % as wide as what it holds.
 *
 * Up to 255 ticks each value has a bucket of its own. Above, every power of two is cut into 128 equal buckets, so that
 * the bucket of a value is found with one `clz32` and a shift, and 3200 counters reach from 0.1 µs to 214 s. A
 * percentile is a walk along the counters. (The idea is that of Gil Tene's HdrHistogram.)
 */

/** One tick, the unit of the buckets: 0.1 µs. */
const TICKS_PER_US = 10;

const SUB_BUCKET_BITS = 7;
const SUB_BUCKETS = 1 << SUB_BUCKET_BITS;
const MAX_TICKS = 0x7fff_ffff;

/** Buckets in all; the last one holds `MAX_TICKS`. */
const BUCKETS = bucketOf(MAX_TICKS) + 1;

export class LatencyHistogram {
  private readonly counters = new Float64Array(BUCKETS);
  private total = 0;
  private largestUs = 0;

  /** Counts `times` equal latencies. Longer ones than 214 s count as 214 s. */
  record(latencyUs: number, times = 1): void {
    const ticks = Math.min(MAX_TICKS, Math.max(0, Math.round(latencyUs * TICKS_PER_US)));
    const bucket = bucketOf(ticks);
    this.counters[bucket] = (this.counters[bucket] as number) + times;
    this.total += times;
    if (latencyUs > this.largestUs) this.largestUs = latencyUs;
  }

  get count(): number {
    return this.total;
  }

  /** The longest latency, exactly as it was recorded. */
  get maxUs(): number {
    return this.largestUs;
  }

  /**
   * The latency that `percent` of all did not exceed: the upper edge of its bucket, so it is never too good.
   * @param percent above 0 up to 100
   * @returns µs; 0 when nothing was recorded
   */
  percentileUs(percent: number): number {
    const rank = Math.max(1, Math.ceil((percent / 100) * this.total));
    let seen = 0;
    for (let bucket = 0; bucket < BUCKETS; bucket++) {
      seen += this.counters[bucket] as number;
      if (seen >= rank) return Math.min(highestTicksOf(bucket) / TICKS_PER_US, this.largestUs);
    }
    return this.largestUs;
  }
}

function bucketOf(ticks: number): number {
  // How many low bits are dropped so that 8 bits are left, the highest of them set.
  const shift = Math.max(0, 31 - Math.clz32(ticks) - SUB_BUCKET_BITS);
  return shift * SUB_BUCKETS + (ticks >>> shift);
}

function highestTicksOf(bucket: number): number {
  if (bucket < 2 * SUB_BUCKETS) return bucket;
  const shift = Math.floor(bucket / SUB_BUCKETS) - 1;
  const lowest = (bucket - shift * SUB_BUCKETS) * 2 ** shift;
  return lowest + 2 ** shift - 1;
}
