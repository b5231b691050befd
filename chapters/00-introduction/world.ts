/**
 * The World: everything that a server or a client touches outside itself.
 *
 * There are two kinds of them. `realWorld` (real-world.node.ts) is Node's own clock, sockets and files. A machine of a
 * `Simulation` (simulation.ts) is one process, one seed, and no real time: a test can delay, break, crash and lose,
 * and run the same thing again. The page on the site runs the simulated one.
 *
 * Code that is handed a `World` can't tell which one it got. That is the whole point, and one test runs both to see to
 * it (world-contract.node.test.ts).
 */
import type { Buffer } from 'node:buffer';

export interface World {
  readonly clock: Clock;
  readonly network: Network;
  readonly disk: Disk;
  readonly random: Random;
  readonly log: Log;
}

// ---------------------------------------------------------------------------------------------- time

export interface Clock {
  /** Milliseconds since an arbitrary start. Never goes back: use it for time-outs. */
  monotonicMs(): number;

  /** Milliseconds since 1970, as the machine believes them. May jump in both directions: use it for time stamps. */
  wallMs(): number;

  /** Calls `run` once, `delayMs` milliseconds from now or a little later; never early by `monotonicMs`. */
  schedule(delayMs: number, run: () => void): Timer;

  /**
   * Calls `run` once, when everything that has already arrived in this turn of the event loop has been handled.
   * This is how many small pieces of work become one system call.
   */
  atEndOfTurn(run: () => void): void;
}

export interface Timer {
  /** After this the callback is not called any more. Harmless when it was called already. */
  cancel(): void;
}

// ------------------------------------------------------------------------------------------- network

export interface Address {
  readonly host: string;
  readonly port: number;
}

export interface Network {
  /**
   * Accepts connections at an address; port 0 picks a free one, and the host '' means every address of this machine.
   * @throws {NetworkError} (as a rejection) `EADDRINUSE` and the like
   */
  listen(address: Address, accept: (connection: Connection) => void): Promise<Listener>;

  /** Opens a connection. The handler's `opened` or `closed` tells how it went; nothing is called before this returns. */
  connect(address: Address, handler: ConnectionHandler): Connection;
}

export interface Listener {
  readonly address: Address;
  /** Stops accepting. Connections that are open stay open. */
  close(): Promise<void>;
}

export interface Connection {
  readonly local: Address;
  /** Where the bytes come from; before an outgoing connection is open, the address that was asked for. */
  readonly remote: Address;

  /** Bytes written that the operating system has not taken yet. Grows when the peer does not read. */
  readonly unsentBytes: number;

  /** Tells an accepted connection who handles it. To be called before the `accept` callback returns. */
  setHandler(handler: ConnectionHandler): void;

  /**
   * Sends bytes, in order. What is written before the connection is open is kept until then; what is written after it
   * was ended or closed, by whomever, goes nowhere.
   * @returns true when the bytes were taken and the caller may reuse their memory;
   *          false when the connection holds on to it until `drained` or `closed`.
   */
  write(bytes: Uint8Array): boolean;

  /** Stops and restarts reading; the peer is slowed down by TCP. */
  pause(): void;
  resume(): void;

  /** Sends what was written, then closes. No `data` comes any more. A peer that does not read can delay it for ever. */
  end(): void;

  /** Closes at once; what was not sent is lost. */
  destroy(): void;
}

/** What these throw is not caught: it ends the program, as a broken invariant should. */
export interface ConnectionHandler {
  /** An outgoing connection is open. */
  opened?(): void;
  /** Bytes arrived. The chunk is only valid during the call: copy what must stay. */
  data(chunk: Buffer): void;
  /** `unsentBytes` is back at 0 after it was above. */
  drained?(): void;
  /**
   * The connection is gone, for whatever reason. Called exactly once, last, and never from inside another call.
   * @param error null when either side closed it in good order; otherwise a `NetworkError`
   */
  closed(error: Error | null): void;
}

export class NetworkError extends Error {
  override readonly name = 'NetworkError';
  readonly code: string;
  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}

// ---------------------------------------------------------------------------------------------- disk

/**
 * A file system as far as a database needs one. Paths are absolute, with `/`.
 *
 * Nothing is durable before it is synced: bytes need `DiskFile.sync`, and a new, renamed or removed *name* needs
 * `syncDirectory` on its folder. Calls that are part of start-up or rare are synchronous; the two that a busy server
 * waits for (`sync`, and `write` of a snapshot or of zeroes ahead of the log) are not.
 *
 * Every call may fail with a `DiskError`.
 */
export interface Disk {
  exists(path: string): boolean;
  /** Names (not paths) in a folder, sorted. */
  list(directory: string): string[];
  makeDirectories(directory: string): void;
  /** Opens a file; `create` makes it, and empties it when it is there. */
  open(path: string, mode: 'read' | 'write' | 'create'): DiskFile;
  readFile(path: string): Buffer;
  /** A file that has the new name already is replaced, in one step. */
  rename(from: string, to: string): void;
  /** Removes a file. */
  remove(path: string): void;
  /** Makes the names in a folder survive a power cut. A new folder's own name is in the folder above. */
  syncDirectory(directory: string): void;
}

export interface DiskFile {
  readonly path: string;
  sizeBytes(): number;
  /** Reads at most `into.length` bytes. @returns how many; 0 at the end of the file */
  read(into: Uint8Array, positionBytes: number): number;
  /** Writes all bytes, before it returns. */
  writeNow(bytes: Uint8Array, positionBytes: number): void;
  /** Writes all bytes without stopping the caller; the memory must not change until the promise settles. */
  write(bytes: Uint8Array, positionBytes: number): Promise<void>;
  /**
   * Makes everything written so far survive a power cut (fdatasync). When it fails, nobody knows what is durable, and
   * trying again does not mend it: the operating system may have forgotten the data.
   */
  sync(): Promise<void>;
  /** The same, and waits for it. */
  syncNow(): void;
  /** Cuts the end off, or adds zeroes. */
  truncate(sizeBytes: number): void;
  /** What is under way is finished first. Harmless when the file is closed already. */
  close(): void;
}

export class DiskError extends Error {
  override readonly name = 'DiskError';
  /** The operating system's name for it: ENOENT, ENOSPC, EIO, EACCES … */
  readonly code: string;
  readonly path: string;
  constructor(code: string, path: string, message = `${code}: ${path}`) {
    super(message);
    this.code = code;
    this.path = path;
  }
}

// -------------------------------------------------------------------------------- randomness, logging

export interface Random {
  /** A whole number from 0 up to, not including, `below` (at most 2^32). */
  integer(below: number): number;
}

export interface Log {
  info(message: string): void;
  warn(message: string, cause?: unknown): void;
  error(message: string, cause?: unknown): void;
}
