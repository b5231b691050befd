import { Buffer } from 'node:buffer';
import net from 'node:net';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { RealLog } from '#00-introduction/real-log.node.js';
import { RealNetwork } from '#00-introduction/real-network.node.js';
import { type Connection, type ConnectionHandler, type Listener, NetworkError } from '#00-introduction/world.js';

const entries: string[] = [];
const network = new RealNetwork(new RealLog({ write: (entry) => entries.push(entry) }));
const listeners: Listener[] = [];

afterEach(async () => {
  for (const listener of listeners.splice(0)) await listener.close();
});

async function listen(accept: (connection: Connection) => void, host = '127.0.0.1'): Promise<Listener> {
  const listener = await network.listen({ host, port: 0 }, accept);
  listeners.push(listener);
  return listener;
}

/** Notes what it is told, and lets a test wait for it. */
class Recorder implements ConnectionHandler {
  readonly events: string[] = [];
  readonly chunks: Buffer[] = [];
  error: Error | null = null;
  private waiting: { holds: () => boolean; resolve: () => void }[] = [];

  opened(): void {
    this.note('opened');
  }
  data(chunk: Buffer): void {
    this.chunks.push(Buffer.from(chunk));
    this.note('data');
  }
  drained(): void {
    this.note('drained');
  }
  closed(error: Error | null): void {
    this.error = error;
    this.note('closed');
  }
  get text(): string {
    return Buffer.concat(this.chunks).toString();
  }
  get receivedBytes(): number {
    return this.chunks.reduce((sum, chunk) => sum + chunk.length, 0);
  }
  until(holds: () => boolean): Promise<void> {
    if (holds()) return Promise.resolve();
    return new Promise((resolve) => this.waiting.push({ holds, resolve }));
  }
  has(event: string): Promise<void> {
    return this.until(() => this.events.includes(event));
  }
  private note(event: string): void {
    this.events.push(event);
    this.waiting = this.waiting.filter(({ holds, resolve }) => {
      if (!holds()) return true;
      resolve();
      return false;
    });
  }
}

/** A pair of connected ends. */
async function pair(): Promise<{ client: Connection; atClient: Recorder; server: Connection; atServer: Recorder }> {
  const atClient = new Recorder();
  const atServer = new Recorder();
  const accepted: Connection[] = [];
  const listener = await listen((connection) => {
    connection.setHandler(atServer);
    accepted.push(connection);
    atServer.opened();
  });
  const client = network.connect(listener.address, atClient);
  expect(atClient.events).toEqual([]);
  await Promise.all([atClient.has('opened'), atServer.has('opened')]);
  return { client, atClient, server: accepted[0] as Connection, atServer };
}

describe('a connection', () => {
  test('carries bytes both ways and closes on both ends, once, last', async () => {
    const { client, atClient, server, atServer } = await pair();
    expect(client.write(Buffer.from('ping'))).toBe(true);
    await atServer.until(() => atServer.text === 'ping');
    server.write(Buffer.from('pong'));
    await atClient.until(() => atClient.text === 'pong');
    client.end();
    await Promise.all([atClient.has('closed'), atServer.has('closed')]);
    expect(atClient.events).toEqual(['opened', 'data', 'closed']);
    expect(atServer.events).toEqual(['opened', 'data', 'closed']);
    expect([atClient.error, atServer.error]).toEqual([null, null]);
  });

  test('knows its addresses', async () => {
    const { client, server } = await pair();
    expect(client.remote).toEqual(server.local);
    expect(client.local).toEqual(server.remote);
    expect(server.remote.host).toBe('127.0.0.1');
    client.destroy();
    server.destroy();
    expect(server.remote.host).toBe('127.0.0.1');
  });

  test('`end` still sends what was written, however much', async () => {
    const { client, server, atServer, atClient } = await pair();
    server.pause();
    const bytes = Buffer.alloc(8 << 20, 7);
    expect(client.write(bytes)).toBe(false);
    client.end();
    expect(client.write(Buffer.from('too late'))).toBe(true);
    server.resume();
    await Promise.all([atServer.has('closed'), atClient.has('closed')]);
    expect(atServer.receivedBytes).toBe(bytes.length);
    expect([atClient.error, atServer.error]).toEqual([null, null]);
  });

  test('`destroy` closes at once, and nothing but `closed` follows', async () => {
    const { client, atClient, server, atServer } = await pair();
    server.write(Buffer.from('on its way'));
    client.destroy();
    client.destroy();
    expect(client.write(Buffer.from('gone'))).toBe(true);
    expect(client.unsentBytes).toBe(0);
    expect(atClient.events).toEqual(['opened']);
    await Promise.all([atClient.has('closed'), atServer.has('closed')]);
    expect(atClient.events).toEqual(['opened', 'closed']);
    expect(atClient.error).toBeNull();
  });

  test('holds what a peer does not read, and says when it is gone', async () => {
    const { client, atClient, server, atServer } = await pair();
    server.pause();
    const bytes = Buffer.alloc(8 << 20, 1);
    expect(client.write(bytes)).toBe(false);
    expect(client.unsentBytes).toBe(bytes.length);
    expect(client.write(Buffer.from('x'))).toBe(false);
    expect(client.unsentBytes).toBe(bytes.length + 1);
    server.resume();
    await atClient.has('drained');
    expect(client.unsentBytes).toBe(0);
    await atServer.until(() => atServer.receivedBytes === bytes.length + 1);
    expect(client.write(Buffer.from('y'))).toBe(true);
    await atServer.until(() => atServer.receivedBytes === bytes.length + 2);
    expect(atClient.events).toEqual(['opened', 'drained']);
    client.destroy();
  });

  test('memory may be reused after `write` said true', async () => {
    const { client, atServer } = await pair();
    const memory = Buffer.alloc(1);
    for (let i = 0; i < 100; i++) {
      memory[0] = i;
      expect(client.write(memory)).toBe(true);
    }
    await atServer.until(() => atServer.receivedBytes === 100);
    expect([...Buffer.concat(atServer.chunks)]).toEqual(Array.from({ length: 100 }, (_, i) => i));
    client.destroy();
  });

  test('that the peer resets is closed with an error', async () => {
    const atServer = new Recorder();
    const listener = await listen((connection) => connection.setHandler(atServer));
    const socket = net.connect(listener.address.port, '127.0.0.1');
    socket.write('x');
    await atServer.has('data');
    socket.resetAndDestroy();
    await atServer.has('closed');
    expect(atServer.error).toBeInstanceOf(NetworkError);
    expect(atServer.error).toMatchObject({ code: 'ECONNRESET' });
    expect(atServer.error?.message).toMatch(/^lost the connection to 127\.0\.0\.1:\d+: the peer broke the connection/);
  });

  test('answers a peer that has ended its own side, then closes', async () => {
    const atServer = new Recorder();
    const listener = await listen((connection) => {
      connection.setHandler({
        data: (chunk) => {
          atServer.data(chunk);
          connection.write(Buffer.from('answer'));
        },
        closed: (error) => atServer.closed(error),
      });
    });
    const socket = net.connect({ port: listener.address.port, host: '127.0.0.1', allowHalfOpen: true });
    socket.end('question');
    const chunks: Buffer[] = [];
    for await (const chunk of socket) chunks.push(chunk as Buffer);
    expect(Buffer.concat(chunks).toString()).toBe('answer');
    await atServer.has('closed');
    expect(atServer.error).toBeNull();
  });
});

test('a connection that was ended waits for its peer to close, but not for ever', async () => {
  const timeouts = vi.spyOn(globalThis, 'setTimeout');
  const atServer = new Recorder();
  const listener = await listen((connection) => {
    connection.setHandler(atServer);
    connection.end();
    connection.pause();
  });
  const socket = net.connect({ port: listener.address.port, host: '127.0.0.1', allowHalfOpen: true });
  await new Promise((resolve) => socket.once('end', resolve).resume());
  socket.write('not handed on');
  const lingering = (): (() => void) | undefined => timeouts.mock.calls.find(([, delayMs]) => delayMs === 2000)?.[0];
  while (lingering() === undefined) await new Promise((resolve) => setImmediate(resolve));
  expect(atServer.events).toEqual([]);
  lingering()?.();
  timeouts.mockRestore();
  await atServer.has('closed');
  expect([atServer.events, atServer.error]).toEqual([['closed'], null]);
  socket.destroy();
});

describe('connecting', () => {
  test('where nothing listens is refused, after `connect` returned', async () => {
    const listener = await network.listen({ host: '127.0.0.1', port: 0 }, () => {});
    await listener.close();
    const recorder = new Recorder();
    const connection = network.connect(listener.address, recorder);
    expect(connection.remote).toEqual(listener.address);
    expect(recorder.events).toEqual([]);
    await recorder.has('closed');
    expect(recorder.events).toEqual(['closed']);
    expect(recorder.error).toMatchObject({ name: 'NetworkError', code: 'ECONNREFUSED' });
    expect(recorder.error?.message).toMatch(/^cannot connect to 127\.0\.0\.1:\d+: connection refused; nothing listens/);
  });

  test('to a port that cannot be fails like others', async () => {
    const recorder = new Recorder();
    network.connect({ host: '127.0.0.1', port: 70_000 }, recorder);
    expect(recorder.events).toEqual([]);
    await recorder.has('closed');
    expect(recorder.error).toMatchObject({ code: 'ERR_SOCKET_BAD_PORT' });
  });

  test('is not told to a handler whose connection was ended meanwhile', async () => {
    const atServer = new Recorder();
    const atClient = new Recorder();
    const listener = await listen((connection) => connection.setHandler(atServer));
    network.connect(listener.address, atClient).end();
    await Promise.all([atClient.has('closed'), atServer.has('closed')]);
    expect([atClient.events, atServer.events]).toEqual([['closed'], ['closed']]);
    expect([atClient.error, atServer.error]).toEqual([null, null]);
  });

  test('can be given up before it is open', async () => {
    const listener = await listen((connection) => connection.setHandler(new Recorder()));
    const recorder = new Recorder();
    network.connect(listener.address, recorder).destroy();
    await recorder.has('closed');
    expect(recorder.events).toEqual(['closed']);
    expect(recorder.error).toBeNull();
  });

  test('takes bytes to send before it is open', async () => {
    const atServer = new Recorder();
    const listener = await listen((connection) => connection.setHandler(atServer));
    const connection = network.connect(listener.address, new Recorder());
    expect(connection.write(Buffer.from('early'))).toBe(false);
    await atServer.until(() => atServer.text === 'early');
    connection.destroy();
  });
});

describe('listening', () => {
  test('where another listens is refused with the code', async () => {
    const listener = await listen(() => {});
    const again = network.listen(listener.address, () => {});
    await expect(again).rejects.toBeInstanceOf(NetworkError);
    await expect(again).rejects.toMatchObject({ code: 'EADDRINUSE' });
    await expect(again).rejects.toThrow(/^cannot listen on 127\.0\.0\.1:\d+: the port is in use/);
  });

  test('stops, with its connections left open and its port free', async () => {
    const { client, server, atClient } = await pair();
    const [listener] = listeners;
    await listener?.close();
    const again = await network.listen(listener?.address ?? { host: '', port: 0 }, () => {});
    await again.close();
    await again.close();
    server.write(Buffer.from('still here'));
    await atClient.until(() => atClient.text === 'still here');
    client.destroy();
  });

  test('on every address shows an IPv4 peer as IPv4, and takes IPv6 where there is any', async () => {
    const remotes: string[] = [];
    const listener = await listen((connection) => {
      remotes.push(connection.remote.host);
      connection.destroy();
    }, '');
    for (const host of listener.address.host === '::' ? ['127.0.0.1', '::1'] : ['127.0.0.1']) {
      const recorder = new Recorder();
      network.connect({ host, port: listener.address.port }, recorder);
      await recorder.has('closed');
      expect(remotes.pop()).toBe(host);
    }
  });
});
