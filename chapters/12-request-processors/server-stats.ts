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
