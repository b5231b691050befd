/**
 * How much is under way: the requests of clients that the processors have, and the bytes of the large ones. What the
 * server asks of itself does not count, so that no limit can keep it from its own work.
 *
 * @apache server.ZooKeeperServer#getInProcess, server.ZooKeeperServer#getLargeRequestBytes
 */
/** A request, as far as it is counted. */
export interface CountedRequest {
  /** Null for what the server asks of itself. */
  readonly requester: object | null;
  /** Its length, if it is a large one; otherwise 0. */
  readonly largeBytes: number;
}

export class RequestsInProcess {
  /** Requests that went to the processors and were not answered yet. */
  count = 0;
  /** Bytes of large requests that were read and not answered yet, wherever they are. */
  largeBytes = 0;

  started({ requester }: CountedRequest): void {
    if (requester !== null) this.count++;
  }

  finished(request: CountedRequest): void {
    if (request.requester !== null) this.count--;
    this.largeBytes -= request.largeBytes;
  }

  /** It was read, and never started. */
  dropped(request: CountedRequest): void {
    this.largeBytes -= request.largeBytes;
  }
}
