/**
 * Counters of what a server has done, for those who look after it.
 *
 * @apache server.ServerStats
 */
export class ServerStats {
  packetsReceived = 0;
  packetsSent = 0;
  /** Requests that were answered from the tree alone. */
  reads = 0;
  minLatencyMs = 0;
  maxLatencyMs = 0;

  private latencySumMs = 0;
  private count = 0;

  /** A request was answered. @param latencyMs since its bytes came */
  answered(latencyMs: number): void {
    if (this.count === 0 || latencyMs < this.minLatencyMs) this.minLatencyMs = latencyMs;
    if (latencyMs > this.maxLatencyMs) this.maxLatencyMs = latencyMs;
    this.latencySumMs += latencyMs;
    this.count++;
  }

  get averageLatencyMs(): number {
    return this.count === 0 ? 0 : this.latencySumMs / this.count;
  }
}
