/** Limits that an administrator sets, on our server and on Apache's: who is turned away, and that nothing is lost. */
import { Buffer } from 'node:buffer';
import { expect, test } from 'vitest';
import { proves } from '#testing/proves.js';
import { ConnectionClosedError, connectRaw, type RawConnection } from '#testing/raw-connection.node.js';
import { handshake, openSession, type RawSession } from '#testing/raw-session.node.js';
import { createNode, createRequest, setDataRequest, statOf } from '#testing/requests.js';
import { describeServers, startedOnce } from '#testing/servers.js';

/** @returns null when the server closes the connection instead of answering */
async function openedSession(port: number): Promise<RawConnection | null> {
  try {
    const connection = await connectRaw(port);
    await handshake(connection);
    return connection;
  } catch (error) {
    if (error instanceof ConnectionClosedError || hasCode(error, 'EPIPE') || hasCode(error, 'ECONNRESET')) return null;
    throw error;
  }
}

const hasCode = (error: unknown, code: string): boolean =>
  error instanceof Error && 'code' in error && error.code === code;

/** Opens sessions until one is refused. @returns those that were opened; they stay open */
async function untilRefused(port: number): Promise<RawConnection[]> {
  const open: RawConnection[] = [];
  for (;;) {
    const connection = await openedSession(port);
    if (connection === null) return open;
    open.push(connection);
    if (open.length > 100) throw new Error('there is no limit');
  }
}

function closeAll(connections: readonly RawConnection[]): void {
  for (const connection of connections) connection.destroy();
}

for (const [key, row] of [
  ['maxClientCnxns', 'CF-10'],
  ['maxCnxns', 'CF-11'],
] as const) {
  describeServers(`${key}=5`, (server) => {
    const running = startedOnce(server, { config: { [key]: '5' } });

    test('lets five in, closes the sixth without a word, and lets one in for one that goes', async () => {
      const open = await untilRefused(running.port);
      expect(open).toHaveLength(5);
      open.pop()?.destroy();
      // The server hears of it a moment later.
      for (;;) {
        const next = await openedSession(running.port);
        if (next !== null) {
          open.push(next);
          break;
        }
      }
      expect(await openedSession(running.port)).toBeNull();
      closeAll(open);
      proves('CT-02', 'HS-4', row);
    });
  });
}

describeServers('connection_throttle_tokens=4', (server) => {
  const config = { connection_throttle_tokens: '4', connection_throttle_fill_time: '100000000' };
  const running = startedOnce(server, { config });

  test('lets four sessions in, and closes the others without a word', async () => {
    const open = await untilRefused(running.port);
    expect(open).toHaveLength(4);
    for (let i = 0; i < 3; i++) expect(await openedSession(running.port)).toBeNull();
    closeAll(open);
    proves('CT-01', 'CF-56', 'HS-4');
  });
});

describeServers('largeRequestMaxBytes=5000 for requests above 1000 bytes', (server) => {
  const config = { largeRequestMaxBytes: '5000', largeRequestThreshold: '1000' };
  const running = startedOnce(server, { config });

  test('closes the connection of a request that is larger, and lets others have their turn again and again', async () => {
    using session = await openSession(running.port);
    await createNode(session, '/n');
    for (let i = 1; i <= 5; i++) {
      expect((await session.ok('setData', setDataRequest('/n', 'x'.repeat(4000)))).stat.version).toBe(i);
    }
    session.send('setData', { path: '/n', data: Buffer.alloc(6000), version: -1 });
    expect(await session.connection.receiveRest()).toHaveLength(0);
    using other = await openSession(running.port);
    expect(await statOf(other, '/n')).toMatchObject({ version: 5, dataLength: 4000 });
    proves('CT-04', 'CF-57');
  });
});

const limits: readonly {
  readonly what: string;
  readonly config: Readonly<Record<string, string>>;
  readonly rows: string[];
}[] = [
  { what: 'request_throttle_max_requests=2', config: { request_throttle_max_requests: '2' }, rows: ['PR-01', 'CF-41'] },
  { what: 'globalOutstandingLimit=2', config: { globalOutstandingLimit: '2' }, rows: ['PR-20', 'CF-41'] },
  { what: 'maxBatchSize=3', config: { maxBatchSize: '3' }, rows: ['PR-07', 'CF-42'] },
  { what: 'flushDelay=20', config: { flushDelay: '20', maxWriteQueuePollTime: '5' }, rows: ['PR-07', 'CF-42'] },
];
for (const { what, config, rows } of limits) {
  describeServers(what, (server) => {
    const running = startedOnce(server, { config });

    test('what several clients send without waiting is all done, in the order of each', async () => {
      const clients: RawSession[] = [];
      for (let i = 0; i < 4; i++) clients.push(await openSession(running.port));
      await createNode(clients[0] as RawSession, '/all');
      const each = 60;
      for (const [i, client] of clients.entries()) {
        for (let n = 0; n < each; n++) {
          client.send('create', createRequest(`/all/${i}-${n}`), 2 * n + 1);
          client.send('getData', { path: `/all/${i}-${n}`, watch: false }, 2 * n + 2);
        }
      }
      for (const client of clients) {
        for (let n = 1; n <= 2 * each; n++) expect((await client.reply()).header).toMatchObject({ xid: n, err: 0 });
      }
      expect((await statOf(clients[0] as RawSession, '/all')).numChildren).toBe(4 * each);
      for (const client of clients) client[Symbol.dispose]();
      proves(...rows);
    });
  });
}
