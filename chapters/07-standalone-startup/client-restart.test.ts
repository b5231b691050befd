/**
 * Clients that others wrote, while the server stops, is killed, and starts again on its data: each finds its session,
 * what belongs to it, and its watches. The same with Apache's server and ours.
 */
import { expect, test } from 'vitest';
import { BinaryOutputArchive } from '#04-serialization/binary-archive.js';
import { RequestHeader } from '#05-jute/records/proto.js';
import type { SessionId } from '#06-network-protocol/ids.js';
import { OpCode } from '#06-network-protocol/opcodes.js';
import { openCClient } from '#testing/c-client.node.js';
import { type Conversation, converse } from '#testing/conversation.node.js';
import { openGate } from '#testing/gate.node.js';
import { openNodeClient } from '#testing/node-client.node.js';
import { peers, systemPython, zkCliScript } from '#testing/peers.node.js';
import { proves } from '#testing/proves.js';
import { connectRaw } from '#testing/raw-connection.node.js';
import { handshake, openSession } from '#testing/raw-session.node.js';
import { setData, statOf } from '#testing/requests.js';
import { describeServerProcesses, type ServerProgram } from '#testing/server-processes.js';
import { describeWithPeers } from '#testing/servers.js';

/** A server behind a gate, which clients connect to. */
interface Behind extends AsyncDisposable {
  /** What clients connect to. */
  readonly port: number;
  /** Ends the server, and starts another on its data. */
  restart(signal: NodeJS.Signals): Promise<void>;
}

async function startBehindGate(program: ServerProgram): Promise<Behind> {
  const first = await program.start();
  const gate = await openGate(first.port);
  const parts: AsyncDisposable[] = [first, gate];
  return {
    port: gate.port,
    restart: async (signal) => {
      await first.kill(signal);
      gate.shut();
      const second = await program.start({ dataDir: first.dataDir });
      parts.unshift(second);
      gate.open(second.port);
    },
    [Symbol.asyncDispose]: async () => {
      for (const part of parts) await part[Symbol.asyncDispose]();
    },
  };
}

/** Sets a node, as somebody else than the client under test. */
async function setFromElsewhere(port: number, path: string, data: string): Promise<void> {
  using session = await openSession(port);
  await setData(session, path, data);
}

/** Takes a session over and ends it, with one burst of bytes: its client has no time to take it back. */
async function endSession(port: number, sessionId: bigint, password: Buffer): Promise<void> {
  using connection = await connectRaw(port);
  const connecting = handshake(connection, { sessionId: sessionId as SessionId, password });
  const closeSession = new BinaryOutputArchive();
  RequestHeader.write(closeSession, { xid: 1, type: OpCode.closeSession });
  connection.send(closeSession.bytes());
  await connecting;
  await connection.closed;
}

/** The session that owns an ephemeral node. */
async function ownerOf(port: number, path: string): Promise<string> {
  using session = await openSession(port);
  return (await statOf(session, path)).ephemeralOwner.toString(16);
}

describeWithPeers([peers.kazoo], 'the Python client', () => {
  describeServerProcesses('kazoo with', (server) => {
    function startKazoo(port: number): Conversation {
      return converse(systemPython, ['-c', kazooProgram(port)]);
    }

    test.each(['SIGTERM', 'SIGKILL'] as const)('keeps its session over a restart by %s', async (signal) => {
      await using running = await startBehindGate(server);
      await using kazoo = startKazoo(running.port);
      const [, session] = /session (\w+)/.exec(await kazoo.waitFor(/data before\n/)) ?? [];
      await running.restart(signal);
      const states = (await kazoo.waitFor(/state CONNECTED\n/)).match(/state \w+/g);
      expect(states).toEqual(['state SUSPENDED', 'state CONNECTED']);
      expect(await ownerOf(running.port, '/kazoo/mine')).toBe(session);
      await setFromElsewhere(running.port, '/kazoo', 'after');
      await kazoo.waitFor(/data after\n/);
      kazoo.type('which session?');
      await kazoo.waitFor(new RegExp(`session ${session} `));
      proves('SE-20');
    });

    test('is told that its session is over, and gets another', async () => {
      await using running = await startBehindGate(server);
      await using kazoo = startKazoo(running.port);
      const [, session, password] = /session (\w+) (\w+)\n/.exec(await kazoo.waitFor(/data before\n/)) ?? [];
      await endSession(running.port, BigInt(`0x${session}`), Buffer.from(password ?? '', 'hex'));
      const states = (await kazoo.waitFor(/state LOST\n[\s\S]*state CONNECTED\n/)).match(/state \w+/g);
      expect(states).toEqual(['state SUSPENDED', 'state LOST', 'state CONNECTED']);
      kazoo.type('which session?');
      const [, another] = /session (\w+) /.exec(await kazoo.waitFor(/session \w+ \w+\n/)) ?? [];
      expect(another).not.toBe(session);
      using other = await openSession(running.port);
      expect((await other.call('exists', { path: '/kazoo/mine', watch: false })).err).toBe(-101);
      proves('HS-3', 'HS-6', 'OP-32');
    });
  });
});

/** Says what happens to it, and at each line that it is sent, which session it has. */
const kazooProgram = (port: number): string => `
import sys
from kazoo.client import KazooClient
retry = {'max_tries': -1, 'delay': 0.02, 'backoff': 1, 'max_jitter': 0.1}
client = KazooClient(hosts='127.0.0.1:${port}', timeout=20, connection_retry=retry, command_retry=retry)
def say(*words):
    print(*words, flush=True)
def session():
    say('session', '%x' % client.client_id[0], client.client_id[1].hex())
client.start(timeout=60)
session()
client.add_listener(lambda state: say('state', state))
client.create('/kazoo', b'before')
client.create('/kazoo/mine', ephemeral=True)
@client.DataWatch('/kazoo')
def changed(data, stat):
    say('data', data.decode())
for line in sys.stdin:
    session()
`;

describeWithPeers([peers.cClient], "Apache's C client", () => {
  describeServerProcesses('cli_mt with', (server) => {
    test('keeps its session, its ephemeral node and its watch over a restart', async () => {
      await using running = await startBehindGate(server);
      await using client = await openCClient(running.port);
      const [, session] = /new session id: 0x(\w+)\n/.exec(await client.waitFor(/new session id: .*\n/)) ?? [];
      client.type('create +e /mine');
      await client.waitFor(/name = \/mine\n/);
      client.type('get /mine');
      await client.waitFor(/ephemeralOwner.*\n/);
      await running.restart('SIGKILL');
      expect(await client.waitFor(/state = CONNECTED_STATE\n/)).toContain('state = CONNECTING_STATE\n');
      expect(await ownerOf(running.port, '/mine')).toBe(session);
      await setFromElsewhere(running.port, '/mine', 'after');
      const seen = await client.waitFor(/CHANGED_EVENT state = CONNECTED_STATE for path \/mine\n/);
      expect(seen).not.toContain('new session id');
      proves('SE-20');
    });
  });
});

describeWithPeers([peers.zkCli], "Apache's shell", () => {
  describeServerProcesses('zkCli.sh with', (server) => {
    test('keeps its session, its ephemeral node and its watch over a restart', async () => {
      await using running = await startBehindGate(server);
      await using shell = converse(zkCliScript, ['-server', `127.0.0.1:${running.port}`]);
      await shell.waitFor(/state:SyncConnected type:None/);
      shell.type('create -e /mine before');
      shell.type('get -s -w /mine');
      const [, session] = /ephemeralOwner = 0x(\w+)\n/.exec(await shell.waitFor(/ephemeralOwner = .*\n/)) ?? [];
      await running.restart('SIGTERM');
      const states = (await shell.waitFor(/state:SyncConnected type:None/)).match(/state:\w+/g);
      expect(states).toEqual(['state:Disconnected', 'state:SyncConnected']);
      expect(await ownerOf(running.port, '/mine')).toBe(session);
      await setFromElsewhere(running.port, '/mine', 'after');
      await shell.waitFor(/state:SyncConnected type:NodeDataChanged path:\/mine\n/);
      shell.type('get /mine');
      await shell.waitFor(/after\n/);
      proves('SE-20');
    });
  });
});

describeServerProcesses('node-zookeeper-client with', (server) => {
  test('keeps its session, its ephemeral node and its watch over a restart', async () => {
    await using running = await startBehindGate(server);
    await using client = await openNodeClient(running.port);
    const { sessionId } = client;
    await client.create('/mine', 'before', 'ephemeral');
    const event = new Promise<string>((resolve) => {
      void client.get('/mine', (seen) => resolve(String(seen)));
    });
    // A reply that comes after the other: the watch is set.
    await client.exists('/mine');
    await running.restart('SIGKILL');
    await client.connected();
    expect(client.states).toEqual(['connected', 'disconnected', 'connected']);
    expect(client.sessionId).toBe(sessionId);
    expect((await client.exists('/mine'))?.ephemeralOwner).toBe(sessionId);
    await setFromElsewhere(running.port, '/mine', 'after');
    expect(await event).toBe('NODE_DATA_CHANGED[3]@/mine');
    expect((await client.get('/mine')).data).toBe('after');
    proves('SE-20');
  });
});
