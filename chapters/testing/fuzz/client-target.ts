/**
 * The client, before a server that says anything. Whatever comes, each of its promises must settle, and nothing may be
 * thrown past them.
 */
import { Buffer } from 'node:buffer';
import type { BinaryOutputArchive } from '#04-serialization/binary-archive.js';
import {
  Create2Response,
  CreateResponse,
  ErrorResponse,
  ExistsResponse,
  GetACLResponse,
  GetChildren2Response,
  GetDataResponse,
  ReplyHeader,
  SetDataResponse,
  SyncResponse,
  WatcherEvent,
} from '#05-jute/records/proto.js';
import { writeConnectResponse } from '#06-network-protocol/handshake.js';
import { sessionId, zxid } from '#06-network-protocol/ids.js';
import { writeMultiResponse } from '#06-network-protocol/multi.js';
import { OpCode } from '#06-network-protocol/opcodes.js';
import { Xid } from '#06-network-protocol/xids.js';
import { connect } from '#10-client-cnxn/connect.js';
import type { ZooKeeper } from '#10-client-cnxn/zookeeper.js';
import { DirectWorld } from '#testing/fuzz/direct-world.js';
import { encodeRecord } from '#testing/fuzz/encode-record.js';
import type { Frame, FuzzInput, FuzzTarget } from '#testing/fuzz/fuzz-target.js';
import { chunksOf } from '#testing/fuzz/input-bytes.js';

export class ClientTarget implements FuzzTarget {
  readonly name = 'client';
  readonly isFramed = true;
  readonly seeds = clientSeeds();

  async run({ frames, cuts }: FuzzInput): Promise<string> {
    const world = new DirectWorld();
    const settled: string[] = [];
    let asked = 1;
    let client: ZooKeeper | null = null;
    const outcomeOf = (promise: Promise<unknown>, what: string): void => {
      promise.then(
        () => settled.push(what),
        (error) => settled.push(`${what}: ${error instanceof Error ? error.message : 'no error'}`),
      );
    };
    const connecting = connect(world, 'server:2181', { sessionTimeoutMs: 10_000 });
    connecting.then(
      (connected) => {
        client = connected;
      },
      () => {},
    );
    outcomeOf(connecting, 'connect');
    await world.settle();
    const connection = world.opened[0];
    connection?.opens();
    await world.settle();
    const feed = async (part: readonly Frame[]): Promise<void> => {
      for (const chunk of chunksOf({ frames: part, cuts })) {
        connection?.feed(chunk);
        await world.settle();
      }
    };
    await feed(frames.slice(0, 1));
    if (client) {
      const promises = everyRequest(client);
      asked += promises.length;
      for (const [i, promise] of promises.entries()) outcomeOf(promise, String(i));
      await world.settle();
    }
    await feed(frames.slice(1));
    connection?.hangUp();
    await world.settle();
    // Nobody is there any more: the session ends, and with it all that waits.
    for (let i = 0; i < 8; i++) {
      world.clock.advance(5000);
      world.opened.at(-1)?.hangUp();
      await world.settle();
    }
    if (settled.length !== asked) throw new Error(`${asked - settled.length} of ${asked} promises have not settled`);
    const error = world.lines.find(({ level }) => level === 'error');
    if (error) throw new Error(`it logged an error: ${error.text}`);
    return client ? `connected, ${settled.filter((text) => !text.includes(':')).length} answers` : 'not connected';
  }
}

const noop = (): void => {};

/** In the order of the replies in the seeds. */
function everyRequest(client: ZooKeeper): Promise<unknown>[] {
  return [
    client.create('/a', 'data'),
    client.getData('/a', { watch: noop }),
    client.exists('/a', { watch: noop }),
    client.getChildren('/', { watch: noop }),
    client.setData('/a', 'x'),
    client.delete('/a'),
    client.getACL('/a'),
    client.addWatch('/', { watch: noop, recursive: true }),
    client.multi([
      { op: 'getData', path: '/a' },
      { op: 'getChildren', path: '/' },
    ]),
    client.sync('/'),
    client.multi([
      { op: 'delete', path: '/a' },
      { op: 'create', path: '/b' },
      { op: 'setData', path: '/', data: '' },
    ]),
    client.createWithStat('/a', null),
  ];
}

// -------------------------------------------------------------------------------------------- inputs

function clientSeeds(): FuzzInput[] {
  const stat = {
    ...{ czxid: zxid(1n), mzxid: zxid(2n), ctime: 3, mtime: 4, version: 5, cversion: 6, aversion: 7 },
    ...{ ephemeralOwner: sessionId(0n), dataLength: 4, numChildren: 2, pzxid: zxid(8n) },
  };
  const acl = [{ perms: 31, id: { scheme: 'world', id: 'anyone' } }];
  const bodies: ((archive: BinaryOutputArchive) => void)[] = [
    (archive) => CreateResponse.write(archive, { path: '/a' }),
    (archive) => GetDataResponse.write(archive, { data: Buffer.from('data'), stat }),
    (archive) => ExistsResponse.write(archive, { stat }),
    (archive) => GetChildren2Response.write(archive, { children: ['a', 'b', null], stat }),
    (archive) => SetDataResponse.write(archive, { stat }),
    noop,
    (archive) => GetACLResponse.write(archive, { acl, stat }),
    (archive) => ErrorResponse.write(archive, { err: 0 }),
    (archive) =>
      writeMultiResponse(archive, [
        { type: OpCode.getData, data: null, stat },
        { type: OpCode.error, error: -101 },
      ]),
    (archive) => SyncResponse.write(archive, { path: '/' }),
    (archive) =>
      writeMultiResponse(archive, [
        { type: OpCode.delete },
        { type: OpCode.create, path: '/b' },
        { type: OpCode.setData, stat },
      ]),
    (archive) => Create2Response.write(archive, { path: '/a', stat }),
  ];
  const connected = framed((archive) => {
    const passwd = Buffer.alloc(16, 3);
    const record = { protocolVersion: 0, timeOut: 10_000, sessionId: sessionId(1n), passwd, readOnly: false };
    writeConnectResponse(archive, record, true);
  });
  const reply = (xid: number, err: number, write: (archive: BinaryOutputArchive) => void): Frame =>
    framed((archive) => {
      ReplyHeader.write(archive, { xid, zxid: zxid(9n), err });
      write(archive);
    });
  const event = (type: number): Frame =>
    reply(Xid.notification, 0, (archive) => WatcherEvent.write(archive, { type, state: 3, path: '/a' }));
  const replies = bodies.map((write, i) => reply(i + 1, 0, write));
  return [
    { frames: [connected, ...replies], cuts: 0 },
    { frames: [connected, event(3), ...replies.flatMap((frame, i) => [frame, event((i % 5) - 1)])], cuts: 1 },
    { frames: [connected, ...bodies.map((_write, i) => reply(i + 1, -101, noop))], cuts: 2 },
    { frames: [connected, reply(Xid.ping, 0, noop), reply(Xid.auth, -115, noop)], cuts: 0 },
    ...replies.map((frame) => ({ frames: [connected, frame], cuts: 0 })),
  ];
}

const framed = (write: (archive: BinaryOutputArchive) => void): Frame => ({ body: encodeRecord(write), length: null });
