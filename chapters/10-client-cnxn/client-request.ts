/**
 * A request on its way: from the call, through the queue of those that wait to be sent and the queue of those that
 * wait for their reply, to the promise of the caller.
 *
 * @apache ClientCnxn.Packet
 */
import type { BinaryInputArchive, BinaryOutputArchive } from '#04-serialization/binary-archive.js';
import { ErrorCode as Code, type ErrorCode, KeeperException } from '#06-network-protocol/error-codes.js';
import type { OpCode } from '#06-network-protocol/opcodes.js';
import type { ClientWatchRegistry, WatchKind } from '#10-client-cnxn/client-watch-registry.js';
import type { Watcher } from '#10-client-cnxn/watched-event.js';

/** What a caller wants. */
export interface ClientRequest<T> {
  readonly type: OpCode;
  /** The path as the caller knows it, for errors and watches. */
  readonly path?: string | undefined;
  /** Writes what follows the header; nothing does when this is missing. */
  readonly writeBody?: (archive: BinaryOutputArchive) => void;
  /** Reads what follows the header of a good reply. */
  readonly readReply: (archive: BinaryInputArchive) => T;
  /** The result when the node is not there, for requests to which that is no error. */
  readonly whenNoNode?: T;
  readonly watch?: { readonly kind: WatchKind; readonly watcher: Watcher } | undefined;
}

export class Packet<T = unknown> {
  /** The number that the reply will have; given when the request is sent. */
  xid = 0;
  readonly request: ClientRequest<T>;
  private readonly resolve: (value: T) => void;
  private readonly reject: (error: unknown) => void;
  private result: T | undefined;
  private error: Error | null = null;

  constructor(request: ClientRequest<T>, resolve: (value: T) => void, reject: (error: unknown) => void) {
    this.request = request;
    this.resolve = resolve;
    this.reject = reject;
  }

  /** A whole frame but for its length. */
  writeFrame(archive: BinaryOutputArchive): void {
    archive.writeInt(this.xid);
    archive.writeInt(this.request.type);
    this.request.writeBody?.(archive);
  }

  /**
   * Takes the reply in, and notes the watch that it sets. The caller hears of it at `settle`.
   * @param err of the header
   * @throws {ArchiveError} when the bytes are not what such a reply has; nothing is noted then
   */
  receive(err: number, archive: BinaryInputArchive, watches: ClientWatchRegistry): void {
    const { request } = this;
    const isAbsent = err === Code.NoNode && 'whenNoNode' in request;
    if (err === Code.OK) this.result = request.readReply(archive);
    else if (isAbsent) this.result = request.whenNoNode as T;
    else this.error = new KeeperException(err as ErrorCode, request.path);
    if (this.error || !request.watch || request.path === undefined) return;
    const { kind, watcher } = request.watch;
    watches.register(isAbsent ? 'exist' : kind, request.path, watcher);
  }

  /** There will be no reply. */
  fail(error: Error): void {
    this.error = error;
  }

  /** Tells the caller. */
  settle(): void {
    if (this.error) this.reject(this.error);
    else this.resolve(this.result as T);
  }
}
