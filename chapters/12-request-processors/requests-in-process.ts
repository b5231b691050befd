/**
 * How much is under way: the requests of clients that the processors have, and the bytes of the large ones. What the
 * server asks of itself does not count, so that no limit can keep it from its own work.
 *
 * @apache server.ZooKeeperServer#getInProcess, server.ZooKeeperServer#getLargeRequestBytes
 */

/** All that matters here about a request. */
interface Counted {
  readonly requester: object | null;
  readonly largeBytes: number;
}

export class RequestsInProcess {
  /** Requests that went to the processors and were not answered yet. */
  count = 0;
  /** Bytes of large requests that were read and not answered yet, wherever they are. */
  largeBytes = 0;

  started({ requester }: Counted): void {
    if (requester !== null) this.count++;
  }

  finished(request: Counted): void {
    if (request.requester !== null) this.count--;
    this.largeBytes -= request.largeBytes;
  }

  /** It was read, and never started. */
  dropped(request: Counted): void {
    this.largeBytes -= request.largeBytes;
  }
}
