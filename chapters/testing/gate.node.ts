/**
 * A port that leads to a server, or to nobody: clients keep one address while servers come and go behind it, and get to
 * a server only once it serves. (Apache's 3.8.0 leaves who comes before that without any answer, for ever.)
 */
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

export interface Gate extends AsyncDisposable {
  readonly port: number;
  /** Connections from now on lead to this port of 127.0.0.1. */
  open(port: number): void;
  /** Ends the connections, and from now on every new one as soon as it comes. */
  shut(): void;
}

/** @returns a gate that is open */
export async function openGate(toPort: number): Promise<Gate> {
  let target: number | null = toPort;
  const sockets = new Set<Socket>();
  const server = createServer({ noDelay: true }, (client) => {
    if (target === null) {
      client.destroy();
      return;
    }
    const upstream = connect({ port: target, host: '127.0.0.1', noDelay: true });
    for (const [from, to] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      sockets.add(from);
      from.pipe(to);
      from.on('error', () => {});
      from.once('close', () => {
        sockets.delete(from);
        to.destroy();
      });
    }
  });
  const shut = (): void => {
    target = null;
    for (const socket of sockets) socket.destroy();
  };
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    open: (port) => {
      target = port;
    },
    shut,
    [Symbol.asyncDispose]: async () => {
      const closed = new Promise((resolve) => server.close(resolve));
      shut();
      await closed;
    },
  };
}
