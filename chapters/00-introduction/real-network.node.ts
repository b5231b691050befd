/**
 * TCP through Node's sockets. Delays by Nagle's algorithm are off: replies are put together above, once a turn.
 *
 * A peer that ends its side has closed the connection, as in Apache ZooKeeper: what was written before is still sent.
 */
import net from 'node:net';
import { invariant } from '#00-introduction/invariant.js';
import { addressText, networkError } from '#00-introduction/network-error.js';
import type {
  Address,
  Connection,
  ConnectionHandler,
  Listener,
  Log,
  Network,
  NetworkError,
} from '#00-introduction/world.js';

/** How long a connection that was ended, with everything sent, waits for the peer to close it too. */
const LINGER_MS = 2000;

export class RealNetwork implements Network {
  private readonly log: Log;

  constructor(log: Log) {
    this.log = log;
  }

  listen(address: Address, accept: (connection: Connection) => void): Promise<Listener> {
    const server = net.createServer({ noDelay: true }, (socket) => acceptSocket(socket, accept));
    return new Promise((resolve, reject) => {
      server.once('error', (error) => reject(asNetworkError(`cannot listen on ${addressText(address)}`, error)));
      server.once('listening', () => {
        server.removeAllListeners('error');
        server.on('error', (error) => this.log.warn(`cannot accept a connection on ${addressText(address)}`, error));
        resolve(new RealListener(server));
      });
      const { host, port } = address;
      server.listen(host === '' ? { port } : { host, port });
    });
  }

  connect(address: Address, handler: ConnectionHandler): Connection {
    const socket = new net.Socket();
    const connection = new RealConnection(socket, address);
    connection.setHandler(handler);
    socket.once('connect', () => {
      connection.markOpen();
      if (!connection.isEnded) handler.opened?.();
    });
    try {
      socket.connect({ host: address.host, port: address.port, noDelay: true });
    } catch (error) {
      // Node throws at once for a port that can't be; to the caller that is a failure like others, and comes later.
      socket.destroy(error instanceof Error ? error : new Error(String(error)));
    }
    return connection;
  }
}

function acceptSocket(socket: net.Socket, accept: (connection: Connection) => void): void {
  const connection = new RealConnection(socket, { host: '', port: 0 });
  connection.markOpen();
  accept(connection);
  invariant('accepted-connection-has-a-handler', connection.hasHandler || socket.destroyed);
}

class RealListener implements Listener {
  readonly address: Address;
  private readonly server: net.Server;

  constructor(server: net.Server) {
    const bound = server.address() as net.AddressInfo;
    this.address = { host: plainHost(bound.address), port: bound.port };
    this.server = server;
  }

  close(): Promise<void> {
    // The port is free at once. Node's own callback is no use: it waits until every connection is gone.
    this.server.close();
    return Promise.resolve();
  }
}

class RealConnection implements Connection {
  local: Address = { host: '', port: 0 };
  remote: Address;
  private readonly socket: net.Socket;
  private handler: ConnectionHandler | null = null;
  private failure: Error | null = null;
  private wasOpen = false;
  private ended = false;
  private waitsForDrain = false;
  private lingering: NodeJS.Timeout | undefined;

  constructor(socket: net.Socket, remote: Address) {
    this.socket = socket;
    this.remote = remote;
    // Listened to from the start, since Node stops the process at an error that nobody listens to.
    socket.on('error', (error) => {
      this.failure ??= error;
    });
  }

  get hasHandler(): boolean {
    return this.handler !== null;
  }

  get isEnded(): boolean {
    return this.ended;
  }

  get unsentBytes(): number {
    return this.socket.destroyed ? 0 : this.socket.writableLength;
  }

  /** To be called as soon as the socket is open: a closed one does not know its addresses any more. */
  markOpen(): void {
    this.wasOpen = true;
    const { localAddress, localPort, remoteAddress, remotePort } = this.socket;
    if (localAddress !== undefined) this.local = { host: plainHost(localAddress), port: localPort ?? 0 };
    if (remoteAddress !== undefined) this.remote = { host: plainHost(remoteAddress), port: remotePort ?? 0 };
  }

  setHandler(handler: ConnectionHandler): void {
    invariant('connection-handler-is-set-once', this.handler === null);
    this.handler = handler;
    this.socket.on('data', (chunk) => {
      if (!this.ended) handler.data(chunk);
    });
    this.socket.once('close', () => {
      clearTimeout(this.lingering);
      if (this.failure === null || (this.ended && this.socket.writableFinished)) return handler.closed(null);
      const what = this.wasOpen ? 'lost the connection to' : 'cannot connect to';
      handler.closed(asNetworkError(`${what} ${addressText(this.remote)}`, this.failure));
    });
  }

  write(bytes: Uint8Array): boolean {
    if (this.ended || !this.socket.writable) return true;
    this.socket.write(bytes, this.afterWrite);
    if (this.socket.writableLength === 0) return true;
    this.waitsForDrain = true;
    return false;
  }

  pause(): void {
    if (!this.ended) this.socket.pause();
  }

  resume(): void {
    this.socket.resume();
  }

  end(): void {
    if (this.ended) return;
    this.ended = true;
    this.socket.end();
    // What still comes is read and thrown away: to close with bytes unread would break the connection, and the peer
    // could lose what was sent to it last. A peer that closes as well ends the wait at once.
    this.socket.resume();
    this.socket.once('finish', () => {
      this.lingering = setTimeout(() => this.socket.destroy(), LINGER_MS);
    });
  }

  destroy(): void {
    this.ended = true;
    this.socket.destroy();
  }

  /** Node's own 'drain' only comes after more than a mark was written; this is called after every write. */
  private readonly afterWrite = (): void => {
    if (!this.waitsForDrain || this.socket.destroyed || this.socket.writableLength > 0) return;
    this.waitsForDrain = false;
    if (!this.ended) this.handler?.drained?.();
  };
}

/** An IPv4 peer of an IPv6 socket is shown as IPv4, and a link-local address without the name of its interface. */
function plainHost(host: string): string {
  return host.replace(/^::ffff:(?=\d+\.)/i, '').replace(/%.*$/, '');
}

function asNetworkError(what: string, error: Error): NetworkError {
  const code = 'code' in error && typeof error.code === 'string' ? error.code : 'UNKNOWN';
  return networkError(code, what, error.message);
}
