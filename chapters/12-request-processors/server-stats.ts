/**
 * Counters of what a server has done, for those who look after it.
 *
 * @apache server.ServerStats
 */
import type { Clock } from '#00-introduction/world.js';

export class ServerStats {
  packetsReceived = 0;
  packetsSent = 0;
  /** Requests that were answered from the tree alone. */
  reads = 0;
  /** Requests that were dropped because nobody waited for them any more. */
  staleRequestsDropped = 0;
  /** Requests that waited for so long that they were not done. */
  throttledOps = 0;
  /** Requests whose connection was closed because there were too many large ones. */
  largeRequestsRejected = 0;
  /** Clients that asked for a session when too many others did. */
  connectionsThrottled = 0;
  minLatencyMs = 0;
  maxLatencyMs = 0;

  private latencySumMs = 0;
  private count = 0;
  /** Of the replies that have not left yet: how many there are, and when their requests came. */
  private waiting = 0;
  private waitingSinceSumMs = 0;
  private firstSinceMs = 0;
  private lastSinceMs = 0;

  /** A reply was written. It counts once `repliesLeft` is called. @param receivedMs when its request came */
  answered(receivedMs: number): void {
    if (this.waiting === 0 || receivedMs < this.firstSinceMs) this.firstSinceMs = receivedMs;
    if (this.waiting === 0 || receivedMs > this.lastSinceMs) this.lastSinceMs = receivedMs;
    this.waitingSinceSumMs += receivedMs;
    this.waiting++;
  }

  /** All that was written leaves together, so one look at the clock tells how long each of them took. */
  repliesLeft(clock: Pick<Clock, 'monotonicMs'>): void {
    if (this.waiting === 0) return;
    const nowMs = clock.monotonicMs();
    const shortestMs = nowMs - this.lastSinceMs;
    const longestMs = nowMs - this.firstSinceMs;
    if (this.count === 0 || shortestMs < this.minLatencyMs) this.minLatencyMs = shortestMs;
    if (longestMs > this.maxLatencyMs) this.maxLatencyMs = longestMs;
    this.latencySumMs += this.waiting * nowMs - this.waitingSinceSumMs;
    this.count += this.waiting;
    this.waiting = 0;
    this.waitingSinceSumMs = 0;
  }

  get averageLatencyMs(): number {
    return this.count === 0 ? 0 : this.latencySumMs / this.count;
  }
}
