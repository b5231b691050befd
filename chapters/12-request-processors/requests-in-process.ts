/**
 * How much is under way: the requests of clients that the processors have, and the bytes of the large ones. What the
 * server asks of itself does not count, so that no limit can keep it from its own work.
 *
 * @apache server.ZooKeeperServer#getInProcess, server.ZooKeeperServer#getLargeRequestBytes
 */
import type { Request } from '#12-request-processors/request.js';

export class RequestsInProcess {
  /** Requests that went to the processors and were not answered yet. */
  count = 0;
  /** Bytes of large requests that were read and not answered yet, wherever they are. */
  largeBytes = 0;

  started({ requester }: Request): void {
    if (requester !== null) this.count++;
  }

  finished(request: Request): void {
    if (request.requester !== null) this.count--;
    this.largeBytes -= request.largeBytes;
  }

  /** It was read, and never started. */
  dropped(request: Request): void {
    this.largeBytes -= request.largeBytes;
  }
}
