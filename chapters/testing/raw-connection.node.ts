/**
 * A bare TCP connection to a server that sends exactly the bytes a test wants, frames or garbage, and hands out what
 * comes back, frame by frame, in the order of arrival.
 */
import { Buffer } from 'node:buffer';
import { connect, type Socket } from 'node:net';
import { GUARD_MS } from '#testing/child-process.node.js';

export class ConnectionClosedError extends Error {
  override readonly name = 'ConnectionClosedError';
}

export interface RawConnection extends Disposable {
  /** Sends a frame: its length, then the bytes. */
  send(frame: Uint8Array): void;
  /** Sends bytes as they are. */
  sendBytes(bytes: Uint8Array): void;
  /**
   * The next frame that has not been received yet, without its length.
   * @throws {ConnectionClosedError} (as a rejection) when the connection ends before one comes
   */
  receive(): Promise<Buffer>;
  /** Every byte that no `receive` has taken, once the server has closed the connection. */
  receiveRest(): Promise<Buffer>;
  /** Settles when the connection is closed, by whomever. */
  readonly closed: Promise<void>;
  /** Sends nothing more; the server closes its side too when it has seen that. */
  end(): void;
  /** Closes at once, without a goodbye, as a crash would. */
  destroy(): void;
}

/** @throws {Error} (as a rejection) when there is no connection */
export function connectRaw(port: number, host = '127.0.0.1'): Promise<RawConnection> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host, noDelay: true });
    socket.once('error', reject);
    socket.once('connect', () => {
      socket.removeListener('error', reject);
      resolve(new SocketConnection(socket));
    });
  });
}

/** An int with the length, then the bytes. */
export function framed(frame: Uint8Array): Buffer {
  const bytes = Buffer.alloc(4 + frame.length);
  bytes.writeInt32BE(frame.length);
  bytes.set(frame, 4);
  return bytes;
}

class SocketConnection implements RawConnection {
  readonly closed: Promise<void>;
  private readonly socket: Socket;
  private received: Buffer = Buffer.alloc(0);
  private isClosed = false;
  /** Called when bytes arrived or the connection ended. */
  private readonly waiting = new Set<() => void>();

  constructor(socket: Socket) {
    this.socket = socket;
    this.closed = new Promise((resolve) => socket.once('close', () => resolve()));
    socket.on('data', (chunk) => {
      this.received = Buffer.concat([this.received, chunk]);
      this.wake();
    });
    // A reset by the server is one of the ways to be closed; `close` follows.
    socket.on('error', () => {});
    socket.once('close', () => {
      this.isClosed = true;
      this.wake();
    });
  }

  send(frame: Uint8Array): void {
    this.sendBytes(framed(frame));
  }

  sendBytes(bytes: Uint8Array): void {
    this.socket.write(bytes);
  }

  receive(): Promise<Buffer> {
    return this.waitFor('a frame', () => this.takeFrame());
  }

  receiveRest(): Promise<Buffer> {
    return this.waitFor('the end of the connection', () => (this.isClosed ? this.received : null));
  }

  end(): void {
    this.socket.end();
  }

  destroy(): void {
    this.socket.destroy();
  }

  [Symbol.dispose](): void {
    this.destroy();
  }

  private takeFrame(): Buffer | null {
    if (this.received.length < 4) return this.nothingMore();
    const end = 4 + this.received.readInt32BE();
    if (this.received.length < end) return this.nothingMore();
    const frame = this.received.subarray(4, end);
    this.received = this.received.subarray(end);
    return frame;
  }

  private nothingMore(): null {
    if (this.isClosed) {
      throw new ConnectionClosedError(
        `the server closed the connection; ${this.received.length} bytes of no whole frame were left`,
      );
    }
    return null;
  }

  private waitFor<T>(what: string, take: () => T | null): Promise<T> {
    return new Promise((resolve, reject) => {
      const attempt = () => {
        try {
          const taken = take();
          if (taken === null) return;
          done();
          resolve(taken);
        } catch (error) {
          done();
          reject(error);
        }
      };
      const guard = setTimeout(() => {
        done();
        reject(new Error(`waited ${GUARD_MS} ms for ${what}, with ${this.received.length} bytes received`));
      }, GUARD_MS);
      const done = () => {
        clearTimeout(guard);
        this.waiting.delete(attempt);
      };
      this.waiting.add(attempt);
      attempt();
    });
  }

  private wake(): void {
    for (const attempt of [...this.waiting]) attempt();
  }
}
