/**
 * The API that programs use: one method for each request, each with a promise.
 *
 * Requests that are made one after the other are sent at once, without waiting for each other's replies, and are
 * carried out in that order. A rejection is a `KeeperException` with the server's code, or with `ConnectionLoss` when
 * the connection broke and nobody knows whether the request was carried out; or an `InvalidArgumentError` for a call
 * that was never sent.
 */
import type { Buffer } from 'node:buffer';
import type { BinaryInputArchive } from '#04-serialization/binary-archive.js';
import type { ACL, Stat } from '#05-jute/records/data.js';
import {
  AddWatchRequest,
  Create2Response,
  CreateRequest,
  CreateResponse,
  CreateTTLRequest,
  DeleteRequest,
  ErrorResponse,
  ExistsRequest,
  ExistsResponse,
  GetACLRequest,
  GetACLResponse,
  GetChildren2Request,
  GetChildren2Response,
  GetDataRequest,
  GetDataResponse,
  SetACLRequest,
  SetACLResponse,
  SetDataRequest,
  SetDataResponse,
  SyncRequest,
} from '#05-jute/records/proto.js';
import { isContainer, isTtl } from '#06-network-protocol/create-mode.js';
import type { KeeperStateName } from '#06-network-protocol/event-types.js';
import type { SessionId } from '#06-network-protocol/ids.js';
import { readMultiResponse, writeMultiRequest } from '#06-network-protocol/multi.js';
import { OpCode } from '#06-network-protocol/opcodes.js';
import type { ClientCnxn } from '#10-client-cnxn/client-cnxn.js';
import { InvalidArgumentError } from '#10-client-cnxn/client-errors.js';
import type { ClientRequest } from '#10-client-cnxn/client-request.js';
import type { WatchKind } from '#10-client-cnxn/client-watch-registry.js';
import { isMultiRead, type Step, type StepResults, toMultiSteps, toStepResults } from '#10-client-cnxn/multi-steps.js';
import {
  type CreateOptions,
  checkAuthInfo,
  checkCreate,
  checkPath,
  createRecord,
  createTtlRecord,
  type Data,
  dataBytes,
} from '#10-client-cnxn/request-arguments.js';
import type { Watcher } from '#10-client-cnxn/watched-event.js';

export interface WatchOptions {
  /** Called once, at the next change; true for the default watcher. */
  readonly watch?: Watcher | boolean;
}

export interface AddWatchOptions {
  /** Whether it is told of all nodes below too, but not of changes of lists of children. */
  readonly recursive?: boolean;
  /** Called at each change. */
  readonly watch: Watcher;
}

/** For `version`: whatever the version is. */
export const ANY_VERSION = -1;

/** @apache ZooKeeper */
export class ZooKeeper {
  private readonly cnxn: ClientCnxn;

  constructor(cnxn: ClientCnxn) {
    this.cnxn = cnxn;
  }

  /** How the client stands with the ensemble now. */
  get state(): KeeperStateName {
    return this.cnxn.keeperState;
  }

  /** 0 before the first connection. */
  get sessionId(): SessionId {
    return this.cnxn.sessionId;
  }

  /** With the id, this lets another client go on with the session. */
  get sessionPassword(): Buffer {
    return this.cnxn.sessionPassword;
  }

  /** As the server has granted it; before the first connection, as it was asked for. */
  get sessionTimeoutMs(): number {
    return this.cnxn.sessionTimeoutMs;
  }

  // --------------------------------------------------------------------------------------- writing

  /**
   * Creates a node.
   * @param data default: no bytes
   * @returns its path: for a sequential node, with the number
   */
  create(path: string, data?: Data, options: CreateOptions = {}): Promise<string> {
    return this.attempt(() =>
      this.cnxn.submit(this.createRequest(path, data, options, OpCode.create, this.readCreatedPath)),
    );
  }

  /** The same, and tells the node's Stat too. */
  createWithStat(path: string, data?: Data, options: CreateOptions = {}): Promise<{ path: string; stat: Stat }> {
    return this.attempt(() =>
      this.cnxn.submit(this.createRequest(path, data, options, OpCode.create2, this.readCreatedNode)),
    );
  }

  /** Deletes a node that has no children. */
  delete(path: string, version: number = ANY_VERSION): Promise<void> {
    return this.perform({
      type: OpCode.delete,
      path,
      writeBody: (archive) => DeleteRequest.write(archive, { path: this.toServer(path), version }),
      readReply: nothing,
    });
  }

  /** @param data takes the place of what is there */
  setData(path: string, data: Data, version: number = ANY_VERSION): Promise<Stat> {
    return this.attempt(() => {
      const bytes = dataBytes(data);
      return this.perform({
        type: OpCode.setData,
        path,
        writeBody: (archive) => {
          SetDataRequest.write(archive, { path: this.toServer(path), data: bytes, version });
        },
        readReply: (archive) => SetDataResponse.read(archive).stat,
      });
    });
  }

  /** @param version the `aversion` that the list must still have */
  setACL(path: string, acl: readonly ACL[], version: number = ANY_VERSION): Promise<Stat> {
    return this.perform({
      type: OpCode.setACL,
      path,
      writeBody: (archive) => {
        SetACLRequest.write(archive, { path: this.toServer(path), acl: [...acl], version });
      },
      readReply: (archive) => SetACLResponse.read(archive).stat,
    });
  }

  /**
   * Does several things, all or none.
   * @returns one result for each step
   * @throws {MultiException} (as a rejection) when a step was wrong
   */
  multi<const S extends readonly Step[]>(steps: S): Promise<StepResults<S>> {
    return this.attempt(() => {
      const { chroot } = this.cnxn;
      const records = toMultiSteps(steps, chroot);
      if (records.length === 0) return Promise.resolve([] as unknown as StepResults<S>);
      return this.cnxn
        .submit({
          type: isMultiRead(steps) ? OpCode.multiRead : OpCode.multi,
          writeBody: (archive) => writeMultiRequest(archive, records),
          readReply: readMultiResponse,
        })
        .then((results) => toStepResults(steps, results, chroot) as StepResults<S>);
    });
  }

  // --------------------------------------------------------------------------------------- reading

  /** @returns null when there is no such node; a watch then waits for it */
  exists(path: string, { watch = false }: WatchOptions = {}): Promise<Stat | null> {
    return this.perform<Stat | null>(
      {
        type: OpCode.exists,
        path,
        writeBody: (archive) => {
          ExistsRequest.write(archive, { path: this.toServer(path), watch: watch !== false });
        },
        readReply: (archive) => ExistsResponse.read(archive).stat,
        whenNoNode: null,
      },
      'data',
      watch,
    );
  }

  getData(path: string, { watch = false }: WatchOptions = {}): Promise<{ data: Buffer | null; stat: Stat }> {
    return this.perform(
      {
        type: OpCode.getData,
        path,
        writeBody: (archive) => {
          GetDataRequest.write(archive, { path: this.toServer(path), watch: watch !== false });
        },
        readReply: GetDataResponse.read,
      },
      'data',
      watch,
    );
  }

  /** @returns names, not paths, in no order */
  getChildren(path: string, { watch = false }: WatchOptions = {}): Promise<{ children: string[]; stat: Stat }> {
    return this.perform(
      {
        type: OpCode.getChildren2,
        path,
        writeBody: (archive) => {
          GetChildren2Request.write(archive, { path: this.toServer(path), watch: watch !== false });
        },
        readReply: readChildren,
      },
      'child',
      watch,
    );
  }

  getACL(path: string): Promise<{ acl: ACL[]; stat: Stat }> {
    return this.perform({
      type: OpCode.getACL,
      path,
      writeBody: (archive) => GetACLRequest.write(archive, { path: this.toServer(path) }),
      readReply: readAcl,
    });
  }

  /** Waits until this client's server has all that the leader had when it was asked. Reads after it are up to date. */
  sync(path = '/'): Promise<void> {
    return this.perform({
      type: OpCode.sync,
      path,
      writeBody: (archive) => SyncRequest.write(archive, { path: this.toServer(path) }),
      readReply: nothing,
    });
  }

  // ------------------------------------------------------------------------- watches and the session

  /** Sets a watch that stays when it fires. The node need not be there. */
  addWatch(path: string, { watch, recursive = false }: AddWatchOptions): Promise<void> {
    return this.perform(
      {
        type: OpCode.addWatch,
        path,
        writeBody: (archive) => {
          AddWatchRequest.write(archive, { path: this.toServer(path), mode: recursive ? 1 : 0 });
        },
        readReply: (archive) => void ErrorResponse.read(archive),
      },
      recursive ? 'persistentRecursive' : 'persistent',
      watch,
    );
  }

  /** Is called with session events, and for `watch: true`. */
  setDefaultWatcher(watcher: Watcher | null): void {
    this.cnxn.watches.defaultWatcher = watcher;
  }

  /**
   * Proves who the client is, to this server and to each later one. A wrong proof ends the client: AuthFailed.
   * @param auth in the scheme's own form, such as `user:password` for digest
   * @throws {InvalidArgumentError} when it is not even of the right type
   */
  addAuthInfo(scheme: string, auth: Uint8Array | string): void {
    const info = { scheme, auth };
    checkAuthInfo(info);
    this.cnxn.addAuthInfo(info);
  }

  /** Ends the session: its ephemeral nodes go. Every later call fails with SessionExpired. Never fails itself. */
  close(): Promise<void> {
    return this.cnxn.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  // ---------------------------------------------------------------------------------------- helpers

  /** @param watch what the caller said: a function, true for the default watcher, or false for none */
  private perform<T>(
    request: ClientRequest<T> & { readonly path: string },
    kind: WatchKind = 'data',
    watch: Watcher | boolean = false,
  ): Promise<T> {
    return this.attempt(() => {
      checkPath(request.path);
      return watch === false
        ? this.cnxn.submit(request)
        : this.cnxn.submit({ ...request, watch: { kind, watcher: this.toWatcher(watch) } });
    });
  }

  private toServer(path: string): string {
    return this.cnxn.chroot.toServer(path);
  }

  private createRequest<T>(
    path: string,
    data: Data | undefined,
    options: CreateOptions,
    type: OpCode,
    readReply: (archive: BinaryInputArchive) => T,
  ): ClientRequest<T> {
    const mode = checkCreate(path, options);
    const serverPath = this.toServer(path);
    if (isTtl(mode)) {
      const record = createTtlRecord(serverPath, data, options);
      return {
        type: OpCode.createTTL,
        path,
        writeBody: (archive) => CreateTTLRequest.write(archive, record),
        readReply,
      };
    }
    const record = createRecord(serverPath, data, options);
    const writeBody: ClientRequest<T>['writeBody'] = (archive) => CreateRequest.write(archive, record);
    return { type: isContainer(mode) ? OpCode.createContainer : type, path, writeBody, readReply };
  }

  private readonly readCreatedPath = (archive: BinaryInputArchive): string =>
    // Where the server answers with a Stat too, the path stands before it.
    this.cnxn.chroot.toClient(CreateResponse.read(archive).path ?? '');

  private readonly readCreatedNode = (archive: BinaryInputArchive): { path: string; stat: Stat } => {
    const { path, stat } = Create2Response.read(archive);
    return { path: this.cnxn.chroot.toClient(path ?? ''), stat };
  };

  private toWatcher(watch: Watcher | true): Watcher {
    const watcher = watch === true ? this.cnxn.watches.defaultWatcher : watch;
    if (watcher) return watcher;
    throw new InvalidArgumentError('watch: true needs a default watcher: give one to connect, or a function here');
  }

  /** What is wrong with a call becomes a rejection, like all else that goes wrong. */
  private attempt<T>(call: () => Promise<T>): Promise<T> {
    try {
      return call();
    } catch (error) {
      return Promise.reject(error);
    }
  }
}

const nothing = (): void => {};

function readChildren(archive: BinaryInputArchive): { children: string[]; stat: Stat } {
  const { children, stat } = GetChildren2Response.read(archive);
  return { children: (children ?? []) as string[], stat };
}

function readAcl(archive: BinaryInputArchive): { acl: ACL[]; stat: Stat } {
  const { acl, stat } = GetACLResponse.read(archive);
  return { acl: acl ?? [], stat };
}
