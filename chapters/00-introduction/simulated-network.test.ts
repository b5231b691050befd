import { Buffer } from 'node:buffer';
import { beforeEach, describe, expect, test } from 'vitest';
import { CALM_NETWORK, type NetworkConditions } from '#00-introduction/network-conditions.js';
import { Simulation } from '#00-introduction/simulation.js';
import type { SimulationEvent } from '#00-introduction/simulation-event.js';
import type { Connection, ConnectionHandler } from '#00-introduction/world.js';

let simulation: Simulation;
let events: SimulationEvent[];

beforeEach(() => begin(1));

function begin(seed: number, conditions: Partial<NetworkConditions> = {}): void {
  simulation = new Simulation({ seed });
  Object.assign(simulation.network.conditions, CALM_NETWORK, conditions);
  events = [];
  simulation.onEvent((event) => events.push(event));
}

/** Notes what it is told, and when. */
class Recorder implements ConnectionHandler {
  readonly told: string[] = [];
  readonly chunks: Buffer[] = [];
  error: Error | null = null;
  opened(): void {
    this.tell('opened');
  }
  data(chunk: Buffer): void {
    this.chunks.push(Buffer.from(chunk));
    this.tell(`data ${chunk.length}`);
  }
  drained(): void {
    this.tell('drained');
  }
  closed(error: Error | null): void {
    this.error = error;
    this.tell('closed');
  }
  get text(): string {
    return Buffer.concat(this.chunks).toString('latin1');
  }
  get kinds(): string[] {
    return this.told.map((line) => line.replace(/^[^ ]+ /, '').replace(/ .*/, ''));
  }
  private tell(what: string): void {
    this.told.push(`${simulation.nowMs} ${what}`);
  }
}

interface Pair {
  readonly client: Connection;
  readonly atClient: Recorder;
  readonly server: Connection;
  readonly atServer: Recorder;
}

/** `client` is connected to `server`. */
async function pair(): Promise<Pair> {
  const atClient = new Recorder();
  const atServer = new Recorder();
  const accepted: Connection[] = [];
  await simulation.machine('server').world.network.listen({ host: '', port: 2181 }, (connection) => {
    accepted.push(connection);
    connection.setHandler(atServer);
  });
  const client = simulation.machine('client').world.network.connect({ host: 'server', port: 2181 }, atClient);
  await simulation.runUntil(() => atClient.kinds.includes('opened'));
  return { client, atClient, server: accepted[0] as Connection, atServer };
}

/** The bytes 0, 1, 2 … again and again. */
function pattern(length: number): Buffer {
  return Buffer.from(Array.from({ length }, (_, i) => i % 251));
}

describe('a connection', () => {
  test('takes one latency to be accepted, two to be open, and one for each message', async () => {
    const { client, atClient, server, atServer } = await pair();
    client.write(Buffer.from('ping'));
    await simulation.runFor(1);
    server.write(Buffer.from('pong'));
    await simulation.runFor(10);
    client.end();
    await simulation.runFor(10);
    expect(atClient.told).toEqual(['2 opened', '4 data 4', '13 closed']);
    expect(atServer.told).toEqual(['3 data 4', '14 closed']);
    expect([atServer.text, atClient.text, atServer.error, atClient.error]).toEqual(['ping', 'pong', null, null]);
    const kinds = events.map((event) => event.kind);
    expect(kinds).toEqual(['listen', 'connect', 'open', 'send', 'data', 'send', 'data', 'close', 'close']);
    expect(events[4]).toEqual({
      atMs: 3,
      kind: 'data',
      connection: 1,
      from: 'client',
      to: 'server',
      bytes: Buffer.from('ping'),
    });
  });

  test('knows its addresses by the names of the machines', async () => {
    const { client, server } = await pair();
    expect(client.remote).toEqual({ host: 'server', port: 2181 });
    expect(server.local).toEqual(client.remote);
    expect(server.remote).toEqual(client.local);
    expect(server.remote.host).toBe('client');
  });

  test('can be made to the machine itself, by any of its names', async () => {
    const { network } = simulation.machine('a').world;
    const atServer = new Recorder();
    const listener = await network.listen({ host: '127.0.0.1', port: 0 }, (connection) =>
      connection.setHandler(atServer),
    );
    for (const host of ['localhost', '127.0.0.1', '::1', 'a']) {
      network.connect({ host, port: listener.address.port }, new Recorder()).write(Buffer.from(`${host} `));
    }
    await simulation.runFor(10);
    expect(atServer.text.split(' ').sort()).toEqual(['', '127.0.0.1', '::1', 'a', 'localhost']);
  });

  test('that nobody accepts is refused, after `connect` returned', async () => {
    const recorder = new Recorder();
    simulation.machine('server');
    simulation.machine('client').world.network.connect({ host: 'server', port: 1 }, recorder);
    expect(recorder.told).toEqual([]);
    await simulation.runFor(10);
    expect(recorder.told).toEqual(['2 closed']);
    expect(recorder.error).toMatchObject({ name: 'NetworkError', code: 'ECONNREFUSED' });
    expect(recorder.error?.message).toContain('cannot connect to server:1: connection refused');
    expect(events.map(({ kind }) => kind)).toEqual(['connect', 'refused', 'close']);
  });

  test('to a machine that does not exist fails', async () => {
    const recorder = new Recorder();
    simulation.machine('client').world.network.connect({ host: 'nowhere', port: 1 }, recorder);
    await simulation.runFor(10);
    expect(recorder.error).toMatchObject({ code: 'ENOTFOUND' });
  });

  test('is refused by chance although someone listens, when that is asked for', async () => {
    await pair();
    simulation.network.conditions.refuseChance = 1;
    const recorder = new Recorder();
    simulation.machine('client').world.network.connect({ host: 'server', port: 2181 }, recorder);
    await simulation.runFor(10);
    expect(recorder.error).toMatchObject({ code: 'ECONNREFUSED' });
  });

  test('sends what was written before it was open, and what was written before `end`', async () => {
    const atServer = new Recorder();
    const atClient = new Recorder();
    await simulation.machine('server').world.network.listen({ host: '', port: 1 }, (c) => c.setHandler(atServer));
    const client = simulation.machine('client').world.network.connect({ host: 'server', port: 1 }, atClient);
    expect(client.write(Buffer.from('early'))).toBe(false);
    expect(client.unsentBytes).toBe(5);
    client.end();
    expect(client.write(Buffer.from('late'))).toBe(true);
    await simulation.runFor(20);
    expect([atServer.text, atServer.kinds, atClient.kinds]).toEqual(['early', ['data', 'closed'], ['closed']]);
  });

  test('ended before it is open, with nothing to send, opens and closes', async () => {
    const atServer = new Recorder();
    const atClient = new Recorder();
    await simulation.machine('server').world.network.listen({ host: '', port: 1 }, (c) => c.setHandler(atServer));
    simulation.machine('client').world.network.connect({ host: 'server', port: 1 }, atClient).end();
    await simulation.runFor(20);
    expect([atServer.kinds, atClient.kinds, atServer.error]).toEqual([['closed'], ['closed'], null]);
  });

  test('given up before it is open is closed in good order', async () => {
    const atClient = new Recorder();
    await simulation.machine('server').world.network.listen({ host: '', port: 1 }, () => {
      throw new Error('accepted');
    });
    simulation.machine('client').world.network.connect({ host: 'server', port: 1 }, atClient).destroy();
    expect(atClient.told).toEqual([]);
    await simulation.runFor(20);
    expect([atClient.told, atClient.error]).toEqual([['0 closed'], null]);
    expect(events.map(({ kind }) => kind)).toEqual(['listen', 'connect', 'close']);
  });

  test('says nothing but `closed` after `destroy`, and the peer loses only what was not sent', async () => {
    const { client, atClient, server, atServer } = await pair();
    server.write(Buffer.from('on its way'));
    client.write(Buffer.from('sent'));
    client.destroy();
    await simulation.runFor(20);
    expect(atClient.kinds).toEqual(['opened', 'closed']);
    expect(atServer.text).toBe('sent');
    expect(atServer.kinds).toEqual(['data', 'closed']);
  });

  test('destroyed with bytes unread is reset', async () => {
    const { client, server, atServer } = await pair();
    client.pause();
    server.write(Buffer.from('unread'));
    await simulation.runFor(5);
    client.destroy();
    await simulation.runFor(5);
    expect(atServer.error).toMatchObject({ code: 'ECONNRESET' });
  });

  test('that was destroyed resets a peer that goes on writing to it', async () => {
    for (let seed = 1; seed <= 20; seed++) {
      begin(seed, { latencyMs: [1, 5] });
      const { client, server, atServer } = await pair();
      client.destroy();
      server.write(Buffer.alloc(100_000));
      await simulation.runFor(50);
      expect(atServer.kinds).toEqual(['closed']);
      expect(atServer.error).toMatchObject({ code: 'ECONNRESET' });
      expect(server.unsentBytes).toBe(0);
    }
  });

  test('that was ended throws away what a peer goes on writing to it', async () => {
    const { client, server, atServer, atClient } = await pair();
    server.write(Buffer.alloc(100_000));
    client.end();
    await simulation.runFor(50);
    expect([atServer.kinds, atServer.error]).toEqual([['closed'], null]);
    expect([atClient.kinds, atClient.error]).toEqual([['opened', 'closed'], null]);
  });

  test('that was ended, and can’t send yet, does not hold up its peer', async () => {
    const { client, server, atClient } = await pair();
    client.pause();
    server.pause();
    client.write(pattern(100_000));
    server.write(pattern(100_000));
    await simulation.runFor(50);
    server.end();
    await simulation.runFor(50);
    expect(atClient.kinds).toEqual(['opened', 'drained']);
  });

  test('must be given a handler, unless it is closed at once', async () => {
    const { network } = simulation.machine('server').world;
    await network.listen({ host: '', port: 1 }, (connection) => connection.destroy());
    await network.listen({ host: '', port: 2 }, () => {});
    const recorder = new Recorder();
    simulation.machine('client').world.network.connect({ host: 'server', port: 1 }, recorder);
    await simulation.runFor(10);
    expect(recorder.kinds).toEqual(['opened', 'closed']);
    simulation.machine('client').world.network.connect({ host: 'server', port: 2 }, new Recorder());
    await expect(simulation.runFor(10)).rejects.toThrow('accepted-connection-has-a-handler');
  });
});

describe('listening', () => {
  test('is refused where someone listens, and at another machine’s address', async () => {
    const { network } = simulation.machine('a').world;
    simulation.machine('b');
    const listener = await network.listen({ host: '::', port: 5 }, () => {});
    expect(listener.address).toEqual({ host: 'a', port: 5 });
    await expect(network.listen({ host: 'a', port: 5 }, () => {})).rejects.toMatchObject({ code: 'EADDRINUSE' });
    await expect(network.listen({ host: 'b', port: 6 }, () => {})).rejects.toMatchObject({ code: 'EADDRNOTAVAIL' });
    await listener.close();
    await (await network.listen({ host: 'a', port: 5 }, () => {})).close();
  });

  test('on port 0 finds a free port each time', async () => {
    const { network } = simulation.machine('a').world;
    const ports = new Set<number>();
    for (let i = 0; i < 5; i++) ports.add((await network.listen({ host: '', port: 0 }, () => {})).address.port);
    expect(ports.size).toBe(5);
  });

  test('stops without closing what was accepted', async () => {
    const { network } = simulation.machine('a').world;
    const atServer = new Recorder();
    const listener = await network.listen({ host: '', port: 5 }, (connection) => connection.setHandler(atServer));
    const client = network.connect({ host: 'a', port: 5 }, new Recorder());
    await simulation.runFor(10);
    await listener.close();
    client.write(Buffer.from('still here'));
    const refused = new Recorder();
    network.connect({ host: 'a', port: 5 }, refused);
    await simulation.runFor(10);
    expect(atServer.text).toBe('still here');
    expect(refused.error).toMatchObject({ code: 'ECONNREFUSED' });
  });
});

describe('chunks', () => {
  /** Sends a lot in small writes, and gives the sizes of the chunks that arrive. */
  async function sizesOf(conditions: Partial<NetworkConditions>): Promise<number[]> {
    begin(5, conditions);
    const { client, atServer } = await pair();
    const bytes = pattern(2000);
    for (let at = 0; at < bytes.length; at += 20) client.write(bytes.subarray(at, at + 20));
    await simulation.runFor(1000);
    expect(Buffer.concat(atServer.chunks).equals(bytes)).toBe(true);
    return atServer.chunks.map((chunk) => chunk.length);
  }

  test('are the writes when the network is calm', async () => {
    expect(await sizesOf({})).toEqual(Array.from({ length: 100 }, () => 20));
  });

  test('are cut at random places', async () => {
    const sizes = await sizesOf({ splitChance: 1 });
    expect(sizes).toHaveLength(200);
    expect(new Set(sizes).size).toBeGreaterThan(10);
  });

  test('are single bytes', async () => {
    expect(await sizesOf({ singleByteChance: 1 })).toEqual(Array.from({ length: 2000 }, () => 1));
  });

  test('are joined', async () => {
    const sizes = await sizesOf({ joinChance: 0.9 });
    expect(sizes.length).toBeLessThan(50);
    expect(Math.max(...sizes)).toBeGreaterThan(100);
  });

  test('arrive in order whatever their delays', async () => {
    await sizesOf({ latencyMs: [0, 50], slowChance: 0.2, splitChance: 0.5, joinChance: 0.5, holdWriteChance: 0.5 });
  });

  test('are late when the network is slow', async () => {
    begin(1, { slowChance: 1, slowMs: [500, 600] });
    const { client, atServer } = await pair();
    const sentAtMs = simulation.nowMs;
    client.write(Buffer.from('x'));
    await simulation.runUntil(() => atServer.text === 'x');
    expect(simulation.nowMs - sentAtMs).toBeGreaterThanOrEqual(501);
  });

  test('are only valid during the call', async () => {
    const { client, server } = await pair();
    const kept: Buffer[] = [];
    const other = simulation.machine('server').world.network;
    await other.listen({ host: '', port: 9 }, (connection) =>
      connection.setHandler({ data: (chunk) => void kept.push(chunk), closed: () => {} }),
    );
    simulation
      .machine('client')
      .world.network.connect({ host: 'server', port: 9 }, new Recorder())
      .write(Buffer.from('abc'));
    await simulation.runFor(10);
    expect(kept.map((chunk) => chunk.toString('hex'))).toEqual(['dbdbdb']);
    client.destroy();
    server.destroy();
  });

  test('take as long as the way between two machines was told to take', async () => {
    const { client, server, atServer, atClient } = await pair();
    simulation.network.setLatency('client', 'server', [30, 30]);
    const startMs = simulation.nowMs;
    client.write(Buffer.from('x'));
    server.write(Buffer.from('y'));
    await simulation.runFor(100);
    expect(atServer.told).toEqual([`${startMs + 30} data 1`]);
    expect(atClient.told[1]).toBe(`${startMs + 1} data 1`);
  });
});

describe('memory and room', () => {
  test('memory may be reused after `write` returned true, and a reuse after false is found out', async () => {
    begin(1, { holdWriteChance: 0.5 });
    const { client, atServer } = await pair();
    const memory = Buffer.alloc(1);
    const results: boolean[] = [];
    for (let i = 0; i < 40; i++) {
      memory[0] = i;
      results.push(client.write(memory));
      await simulation.runFor(i % 4 === 0 ? 10 : 0);
    }
    memory[0] = 99;
    await simulation.runFor(100);
    const arrived = [...Buffer.concat(atServer.chunks)];
    expect(new Set(results).size).toBe(2);
    results.forEach((wasTaken, i) => {
      if (wasTaken) expect(arrived[i]).toBe(i);
    });
    expect(arrived.filter((byte, i) => byte !== i).length).toBeGreaterThan(0);
  });

  test('a held write drains, and then the memory is free again', async () => {
    begin(1, { holdWriteChance: 1 });
    const { client, atClient, atServer } = await pair();
    expect(client.write(Buffer.from('abc'))).toBe(false);
    expect(client.write(Buffer.from('def'))).toBe(false);
    expect(client.unsentBytes).toBe(6);
    await simulation.runFor(10);
    expect([client.unsentBytes, atServer.text, atClient.kinds]).toEqual([0, 'abcdef', ['opened', 'drained']]);
  });

  test('a reader that pauses makes the writer hold what goes beyond the window', async () => {
    const { client, atClient, server, atServer } = await pair();
    server.pause();
    const bytes = pattern(200_000);
    for (let at = 0; at < bytes.length; at += 20_000) client.write(bytes.subarray(at, at + 20_000));
    await simulation.runFor(100);
    expect(atServer.kinds).toEqual([]);
    expect(client.unsentBytes).toBe(200_000 - 65_536);
    server.resume();
    await simulation.runFor(100);
    expect(client.unsentBytes).toBe(0);
    expect(atClient.kinds).toEqual(['opened', 'drained']);
    expect(Buffer.concat(atServer.chunks).equals(bytes)).toBe(true);
  });

  test('a reader may pause and resume inside `data`', async () => {
    begin(4, { splitChance: 1, latencyMs: [0, 1] });
    const chunks: Buffer[] = [];
    const { clock, network } = simulation.machine('server').world;
    await network.listen({ host: '', port: 1 }, (connection) =>
      connection.setHandler({
        data: (chunk) => {
          chunks.push(Buffer.from(chunk));
          connection.pause();
          clock.schedule(3, () => connection.resume());
        },
        closed: () => {},
      }),
    );
    const client = simulation.machine('client').world.network.connect({ host: 'server', port: 1 }, new Recorder());
    for (let i = 0; i < 20; i++) client.write(pattern(10_000));
    client.end();
    await simulation.runUntilIdle();
    expect(Buffer.concat(chunks)).toHaveLength(200_000);
    expect(simulation.nowMs).toBeGreaterThan(60);
  });

  test('`end` with a window that is full still sends everything', async () => {
    const { client, atClient, server, atServer } = await pair();
    server.pause();
    client.write(pattern(150_000));
    client.end();
    await simulation.runFor(100);
    expect(atClient.kinds).toEqual(['opened']);
    server.resume();
    await simulation.runFor(100);
    expect(atServer.chunks.reduce((sum, chunk) => sum + chunk.length, 0)).toBe(150_000);
    expect([atClient.kinds.at(-1), atServer.kinds.at(-1)]).toEqual(['closed', 'closed']);
  });
});

describe('broken connections', () => {
  test('are closed at both ends with an error, once, and what was on its way is lost in part', async () => {
    const lengths = new Set<number>();
    for (let seed = 1; seed <= 30; seed++) {
      begin(seed);
      const { client, atClient, atServer } = await pair();
      for (let i = 0; i < 10; i++) client.write(Buffer.from([i]));
      simulation.network.breakConnections('server', 'client');
      simulation.network.breakConnections('server', 'client');
      client.write(Buffer.from('lost'));
      await simulation.runFor(100);
      for (const recorder of [atClient, atServer]) {
        expect(recorder.kinds.filter((kind) => kind === 'closed')).toHaveLength(1);
        expect(recorder.kinds.at(-1)).toBe('closed');
        expect(recorder.error).toMatchObject({ code: 'ECONNRESET' });
      }
      const arrived = [...Buffer.concat(atServer.chunks)];
      expect(arrived).toEqual(Array.from({ length: arrived.length }, (_, i) => i));
      expect(arrived.length).toBeLessThanOrEqual(10);
      lengths.add(arrived.length);
      expect(events.filter(({ kind }) => kind === 'break')).toHaveLength(1);
    }
    expect(lengths.size).toBeGreaterThan(4);
  });

  test('are noticed by a reader that has paused, who gets nothing more to read', async () => {
    for (let seed = 1; seed <= 20; seed++) {
      begin(seed);
      const { client, server, atServer } = await pair();
      server.pause();
      for (let i = 0; i < 5; i++) client.write(Buffer.from('unread'));
      await simulation.runFor(10);
      simulation.network.breakConnections('client', 'server');
      await simulation.runFor(10);
      expect(atServer.kinds).toEqual(['closed']);
    }
  });

  test('before they were open are not handed to the listener', async () => {
    const recorder = new Recorder();
    await simulation.machine('server').world.network.listen({ host: '', port: 1 }, () => {
      throw new Error('accepted');
    });
    simulation.machine('client').world.network.connect({ host: 'server', port: 1 }, recorder);
    simulation.network.breakConnections('client', 'server');
    await simulation.runFor(10);
    expect(recorder.kinds).toEqual(['closed']);
    expect(recorder.error).toMatchObject({ code: 'ECONNRESET' });
    expect(simulation.isIdle).toBe(true);
  });

  test('happen by chance when that is asked for', async () => {
    begin(1, { breakChance: 0.1 });
    const { client, atClient, atServer } = await pair();
    const writeOn = (): void => {
      client.write(Buffer.from('x'));
      simulation.schedule(1, writeOn);
    };
    writeOn();
    await simulation.runUntil(() => atClient.kinds.includes('closed') && atServer.kinds.includes('closed'));
    expect(atServer.error).toMatchObject({ code: 'ECONNRESET' });
  });

  test('by chance never leave a hole: after a chunk that was lost nothing arrives, and the end is no good one', async () => {
    let losses = 0;
    for (let seed = 1; seed <= 60; seed++) {
      begin(seed, { breakChance: 0.1, latencyMs: [0.1, 2] });
      const { client, atClient, server, atServer } = await pair();
      for (let i = 0; i < 20; i++) {
        client.write(Buffer.from([i]));
        server.write(Buffer.from([i]));
      }
      // The one who ends is not broken off by a byte that it no longer wants.
      if (seed % 2 === 0) client.end();
      await simulation.runFor(100);
      for (const recorder of seed % 2 === 0 ? [atServer] : [atClient, atServer]) {
        const arrived = [...Buffer.concat(recorder.chunks)];
        expect(arrived).toEqual(Array.from({ length: arrived.length }, (_, i) => i));
        if (arrived.length === 20) continue;
        losses++;
        expect(recorder.error).toMatchObject({ code: 'ECONNRESET' });
      }
    }
    expect(losses).toBeGreaterThan(30);
  });
});

describe('a partition', () => {
  test('holds what is sent, both ways, until it is healed', async () => {
    const { client, atClient, server, atServer } = await pair();
    client.write(Buffer.from('before '));
    simulation.network.partition('client', 'server');
    client.write(Buffer.from('during'));
    server.write(Buffer.from('back'));
    await simulation.runFor(60_000);
    expect([atServer.text, atClient.text]).toEqual(['', '']);
    simulation.network.heal();
    await simulation.runFor(10);
    expect([atServer.text, atClient.text]).toEqual(['before during', 'back']);
    const told = events.filter(({ kind }) => kind === 'partition' || kind === 'heal');
    expect(told.map(({ kind }) => kind)).toEqual(['partition', 'partition', 'heal', 'heal']);
  });

  test('of one way lets the other way pass', async () => {
    const { client, atClient, server, atServer } = await pair();
    simulation.network.partitionOneWay('client', 'server');
    client.write(Buffer.from('held'));
    server.write(Buffer.from('passes'));
    await simulation.runFor(100);
    expect([atServer.text, atClient.text]).toEqual(['', 'passes']);
  });

  test('holds a new connection, which opens after it is healed', async () => {
    await pair();
    simulation.network.isolate('server');
    const recorder = new Recorder();
    simulation.machine('client').world.network.connect({ host: 'server', port: 2181 }, recorder);
    await simulation.runFor(60_000);
    expect(recorder.told).toEqual([]);
    simulation.network.heal('server');
    await simulation.runFor(10);
    expect(recorder.kinds).toEqual(['opened']);
  });

  test('that is healed between two machines stays between others', async () => {
    const { client, atServer } = await pair();
    simulation.machine('third');
    simulation.network.isolate('client');
    simulation.network.heal('client', 'third');
    client.write(Buffer.from('held'));
    await simulation.runFor(100);
    expect(atServer.text).toBe('');
    simulation.network.heal('server', 'client');
    await simulation.runFor(100);
    expect(atServer.text).toBe('held');
  });

  test('hides a broken connection until it is healed', async () => {
    const { atClient, atServer } = await pair();
    simulation.network.partition('client', 'server');
    simulation.network.breakConnections('client', 'server');
    await simulation.runFor(1000);
    expect([atClient.kinds, atServer.kinds]).toEqual([['opened'], []]);
    simulation.network.heal();
    await simulation.runFor(10);
    expect([atClient.kinds, atServer.kinds]).toEqual([['opened', 'closed'], ['closed']]);
  });

  test('between machines that do not exist is a mistake of the test', () => {
    simulation.machine('a');
    expect(() => simulation.network.partition('a', 'x')).toThrow('no machine is called x; there are a');
  });
});
