import { Buffer } from 'node:buffer';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { BinaryOutputArchive } from '#04-serialization/binary-archive.js';
import type { RecordType } from '#04-serialization/record-type.js';
import type { Stat } from '#05-jute/records/data.js';
import {
  AddWatchRequest,
  AuthPacket,
  ConnectRequest,
  CreateRequest,
  CreateResponse,
  CreateTTLRequest,
  GetChildren2Response,
  GetDataRequest,
  GetDataResponse,
  ReplyHeader,
  RequestHeader,
  SetDataRequest,
  SetDataResponse,
  SetWatches,
  WatcherEvent,
} from '#05-jute/records/proto.js';
import { OPEN_ACL_UNSAFE } from '#06-network-protocol/acls.js';
import { CreateMode } from '#06-network-protocol/create-mode.js';
import { ErrorCode } from '#06-network-protocol/error-codes.js';
import { EventType, KeeperState } from '#06-network-protocol/event-types.js';
import { writeConnectResponse } from '#06-network-protocol/handshake.js';
import { sessionId, zxid } from '#06-network-protocol/ids.js';
import { writeMultiRequest, writeMultiResponse } from '#06-network-protocol/multi.js';
import { OpCode } from '#06-network-protocol/opcodes.js';
import { type Packet, PacketDecoder } from '#06-network-protocol/packet-decoder.js';
import { Xid } from '#06-network-protocol/xids.js';

const stat: Stat = {
  czxid: zxid(1n),
  mzxid: zxid(2n),
  ctime: 3,
  mtime: 4,
  version: 5,
  cversion: 6,
  aversion: 7,
  ephemeralOwner: sessionId(8n),
  dataLength: 9,
  numChildren: 10,
  pzxid: zxid(11n),
};
const acl = [...OPEN_ACL_UNSAFE];

function frame(write: (archive: BinaryOutputArchive) => void): Buffer {
  const archive = new BinaryOutputArchive();
  archive.writeInt(0);
  write(archive);
  archive.patchInt(0, archive.position - 4);
  return Buffer.from(archive.bytes());
}

function request<T>(xid: number, type: number, record?: RecordType<T>, value?: T): Buffer {
  return frame((archive) => {
    RequestHeader.write(archive, { xid, type });
    if (record) record.write(archive, value as T);
  });
}

function reply<T>(xid: number, zxidNumber: number, err = 0, record?: RecordType<T>, value?: T): Buffer {
  return frame((archive) => {
    ReplyHeader.write(archive, { xid, zxid: zxid(BigInt(zxidNumber)), err });
    if (record) record.write(archive, value as T);
  });
}

const connectRequest = frame((archive) => {
  ConnectRequest.write(archive, {
    protocolVersion: 0,
    lastZxidSeen: zxid(0n),
    timeOut: 30_000,
    sessionId: sessionId(0n),
    passwd: Buffer.alloc(16),
    readOnly: false,
  });
});

function connectResponse(timeOut: number, withReadOnly = true): Buffer {
  return frame((archive) => {
    const answer = {
      protocolVersion: 0,
      timeOut,
      sessionId: sessionId(0x12n),
      passwd: Buffer.alloc(16),
      readOnly: false,
    };
    writeConnectResponse(archive, answer, withReadOnly);
  });
}

/** A decoder that has seen the handshake. */
function connected(): PacketDecoder {
  const decoder = new PacketDecoder();
  decoder.feedClientBytes(connectRequest);
  decoder.feedServerBytes(connectResponse(20_000));
  return decoder;
}

const summaries = (packets: readonly Packet[]): string[] => packets.map(({ summary }) => summary);

describe('a conversation', () => {
  test('reads as a transcript', () => {
    const decoder = new PacketDecoder();
    const lines: string[] = [];
    const client = (bytes: Buffer) =>
      lines.push(...summaries(decoder.feedClientBytes(bytes)).map((line) => `> ${line}`));
    const server = (bytes: Buffer) =>
      lines.push(...summaries(decoder.feedServerBytes(bytes)).map((line) => `< ${line}`));
    const create = { path: '/app', data: Buffer.from('hello'), acl, flags: CreateMode.ephemeral };

    client(connectRequest);
    server(connectResponse(20_000));
    client(request(Xid.auth, OpCode.auth, AuthPacket, { type: 0, scheme: 'digest', auth: Buffer.from('u:secret') }));
    client(request(3, OpCode.create, CreateRequest, create));
    client(request(4, OpCode.getData, GetDataRequest, { path: '/app', watch: true }));
    client(request(Xid.ping, OpCode.ping));
    client(request(5, OpCode.setData, SetDataRequest, { path: '/app', data: Buffer.from([0, 255]), version: 2 }));
    server(reply(Xid.auth, 0));
    server(reply(3, 5, 0, CreateResponse, { path: '/app' }));
    server(reply(4, 5, 0, GetDataResponse, { data: Buffer.from('hello'), stat }));
    server(reply(Xid.ping, 5));
    server(
      reply(Xid.notification, -1, 0, WatcherEvent, {
        type: EventType.NodeDataChanged,
        state: KeeperState.SyncConnected,
        path: '/app',
      }),
    );
    server(reply(5, 6, ErrorCode.BadVersion));
    client(request(6, OpCode.closeSession));
    server(reply(6, 7));

    expect(lines).toEqual([
      '> connect timeout 30000 session 0x0',
      '< connected timeout 20000 session 0x12',
      '> auth digest',
      '> create /app "hello" ephemeral',
      '> getData /app watch',
      '> ping',
      '> setData /app 0x00ff version 2',
      '< auth reply',
      '< reply #3 create ok /app zxid 0x5',
      '< reply #4 getData ok "hello" version 5 zxid 0x5',
      '< pong',
      '< event NodeDataChanged /app',
      '< reply #5 setData BadVersion zxid 0x6',
      '> closeSession',
      '< reply #6 closeSession ok zxid 0x7',
    ]);
  });

  test('has the records, and the sizes on the wire', () => {
    const decoder = new PacketDecoder();
    const [connect] = decoder.feedClientBytes(connectRequest);
    expect(connect).toMatchObject({ kind: 'connectRequest', direction: 'toServer', sizeBytes: 49 });
    const [answer] = decoder.feedServerBytes(connectResponse(20_000));
    expect(answer).toMatchObject({ kind: 'connectResponse', direction: 'toClient', sizeBytes: 41 });
    expect(answer?.details.record).toMatchObject({ timeOut: 20_000, sessionId: 0x12n });
    const bytes = request(1, OpCode.getData, GetDataRequest, { path: '/a', watch: false });
    expect(decoder.feedClientBytes(bytes)).toEqual([
      {
        kind: 'request',
        direction: 'toServer',
        summary: 'getData /a',
        details: { header: { xid: 1, type: OpCode.getData }, record: { path: '/a', watch: false } },
        sizeBytes: bytes.length,
      },
    ]);
    expect(decoder.feedServerBytes(reply(1, 9, 0, GetDataResponse, { data: null, stat }))[0]?.details).toEqual({
      header: { xid: 1, zxid: 9n, err: 0 },
      record: { data: null, stat },
    });
  });

  test('of an old client and server, and of a session that is over', () => {
    const decoder = new PacketDecoder();
    decoder.feedClientBytes(connectRequest);
    expect(summaries(decoder.feedServerBytes(connectResponse(4000, false)))).toEqual([
      'connected timeout 4000 session 0x12',
    ]);
    const other = new PacketDecoder();
    other.feedClientBytes(connectRequest);
    expect(summaries(other.feedServerBytes(connectResponse(0)))).toEqual(['session expired']);
  });

  test('with several steps in one request', () => {
    const decoder = connected();
    const multi = frame((archive) => {
      RequestHeader.write(archive, { xid: 1, type: OpCode.multi });
      writeMultiRequest(archive, [
        { type: OpCode.create, record: { path: '/a', data: Buffer.from('x'), acl, flags: 3 } },
        { type: OpCode.check, record: { path: '/b', version: 4 } },
      ]);
    });
    expect(summaries(decoder.feedClientBytes(multi))).toEqual([
      'multi [create /a "x" ephemeral sequential; check /b version 4]',
    ]);
    const answer = frame((archive) => {
      ReplyHeader.write(archive, { xid: 1, zxid: zxid(0x10n), err: 0 });
      writeMultiResponse(archive, [
        { type: OpCode.create, path: '/a0000000001' },
        { type: OpCode.error, error: ErrorCode.NoNode },
      ]);
    });
    expect(summaries(decoder.feedServerBytes(answer))).toEqual([
      'reply #1 multi ok [create /a0000000001; NoNode] zxid 0x10',
    ]);
  });

  test('with the less common requests', () => {
    const decoder = connected();
    const seen = (bytes: Buffer) => summaries(decoder.feedClientBytes(bytes));
    const ttl = { path: '/t', data: null, acl, flags: CreateMode.persistentWithTtl, ttl: 1000 };
    expect(seen(request(1, OpCode.createTTL, CreateTTLRequest, ttl))).toEqual(['createTTL /t null ttl 1000']);
    const watches = { relativeZxid: zxid(7n), dataWatches: ['/a', '/b'], existWatches: [], childWatches: ['/c'] };
    expect(seen(request(-8, OpCode.setWatches, SetWatches, watches))).toEqual([
      'setWatches zxid 0x7 data [/a, /b] child [/c]',
    ]);
    expect(summaries(decoder.feedServerBytes(reply(-8, 7)))).toEqual(['reply #-8 setWatches ok zxid 0x7']);
    expect(seen(request(2, OpCode.addWatch, AddWatchRequest, { path: '/w', mode: 1 }))).toEqual([
      'addWatch /w recursive',
    ]);
  });

  test('cuts what is long', () => {
    const decoder = connected();
    const long = { path: '/a', data: Buffer.alloc(1000, 'x'), version: -1 };
    expect(summaries(decoder.feedClientBytes(request(1, OpCode.setData, SetDataRequest, long)))).toEqual([
      `setData /a "${'x'.repeat(40)}"… (1000 bytes)`,
    ]);
    decoder.feedClientBytes(request(2, OpCode.getChildren2, GetDataRequest, { path: '/', watch: false }));
    const children = Array.from({ length: 10 }, (_, i) => `c${i}`);
    expect(summaries(decoder.feedServerBytes(reply(2, 1, 0, GetChildren2Response, { children, stat }))).at(-1)).toBe(
      'reply #2 getChildren2 ok [c0, c1, c2, c3, c4, c5, c6, c7, … 10 in all] version 5 zxid 0x1',
    );
  });

  test('stays on one line, whatever a path holds', () => {
    const bytes = request(1, OpCode.getData, GetDataRequest, { path: '/a\nreply #1\u0007', watch: false });
    expect(summaries(connected().feedClientBytes(bytes))).toEqual(['getData /a\\nreply #1\\u0007']);
  });
});

describe('a four-letter word', () => {
  test('is known even when its letters come one by one', () => {
    const decoder = new PacketDecoder();
    const packets = ['r', 'u', 'ok'].flatMap((letters) => decoder.feedClientBytes(Buffer.from(letters)));
    expect(packets).toMatchObject([{ kind: 'fourLetterWord', direction: 'toServer', summary: 'ruok', sizeBytes: 4 }]);
    const answer = decoder.feedServerBytes(Buffer.from('imok'));
    expect(answer).toMatchObject([{ kind: 'fourLetterAnswer', summary: 'answer "imok"', sizeBytes: 4 }]);
  });
});

describe('bytes that make no sense', () => {
  const undecodable = (packets: readonly Packet[]) =>
    packets.map(({ kind, summary }) => (kind === 'undecodable' ? summary : `not undecodable: ${summary}`));

  test('a body that ends early: the next frame is read all the same', () => {
    const decoder = connected();
    const bytes = Buffer.concat([request(1, OpCode.getData), request(Xid.ping, OpCode.ping)]);
    const [bad, good] = decoder.feedClientBytes(bytes);
    expect(undecodable([bad as Packet])).toEqual(['undecodable: 4 bytes expected at offset 12, 0 left']);
    expect(good?.summary).toBe('ping');
  });

  test('a body that is too long', () => {
    const bytes = frame((archive) => {
      RequestHeader.write(archive, { xid: -2, type: OpCode.ping });
      archive.writeInt(1);
    });
    expect(undecodable(connected().feedClientBytes(bytes))).toEqual(['undecodable: ping: 4 bytes too many']);
  });

  test('an opcode that is none', () => {
    expect(undecodable(connected().feedClientBytes(request(1, 999)))).toEqual([
      'undecodable: opcode 999 is no request',
    ]);
  });

  test('a reply that nothing asked for', () => {
    expect(undecodable(connected().feedServerBytes(reply(1, 1)))).toEqual(['undecodable: reply #1 to no request']);
  });

  test('a reply that is missing: the later ones are known all the same', () => {
    const decoder = connected();
    for (const xid of [1, 2, 3]) decoder.feedClientBytes(request(xid, OpCode.closeSession));
    expect(summaries(decoder.feedServerBytes(reply(2, 1)))).toEqual(['reply #2 closeSession ok zxid 0x1']);
    expect(undecodable(decoder.feedServerBytes(reply(1, 1)))).toEqual(['undecodable: reply #1 to no request']);
    expect(summaries(decoder.feedServerBytes(reply(3, 1)))).toEqual(['reply #3 closeSession ok zxid 0x1']);
  });

  test('a length that can not be: that direction is over', () => {
    const decoder = connected();
    const bad = Buffer.from('ffffffff', 'hex');
    expect(undecodable(decoder.feedClientBytes(bad))[0]).toContain('Unreasonable length of a frame: -1');
    expect(decoder.feedClientBytes(request(Xid.ping, OpCode.ping))).toEqual([]);
    expect(summaries(decoder.feedServerBytes(reply(Xid.ping, 1)))).toEqual(['pong']);
  });

  test('no bytes at all make it throw', () => {
    const bytes = fc.uint8Array({ maxLength: 200 });
    const framed = bytes.map((body) => frame((archive) => archive.writeRaw(body)));
    const known = fc.tuple(fc.constantFrom(...Object.values(OpCode)), bytes).map(([type, body]) =>
      frame((archive) => {
        RequestHeader.write(archive, { xid: 1, type });
        archive.writeRaw(body);
      }),
    );
    const anything = fc.oneof(bytes, framed, known);
    fc.assert(
      fc.property(fc.boolean(), fc.array(fc.tuple(fc.boolean(), anything)), (withHandshake, chunks) => {
        const decoder = withHandshake ? connected() : new PacketDecoder();
        for (const [isClient, chunk] of chunks) {
          const feed = isClient ? decoder.feedClientBytes : decoder.feedServerBytes;
          for (const packet of feed.call(decoder, Buffer.from(chunk))) {
            expect(packet.summary).not.toMatch(/\p{Cc}/u);
          }
        }
      }),
    );
  });
});

test('it does not matter how the stream is cut', () => {
  const client = Buffer.concat([
    connectRequest,
    request(1, OpCode.setData, SetDataRequest, { path: '/a', data: Buffer.from('x'), version: -1 }),
    request(Xid.ping, OpCode.ping),
    request(2, OpCode.closeSession),
  ]);
  const server = Buffer.concat([
    connectResponse(4000),
    reply(1, 2, 0, SetDataResponse, { stat }),
    reply(Xid.ping, 2),
    reply(2, 3),
  ]);
  const whole = new PacketDecoder();
  const expected = [...whole.feedClientBytes(client), ...whole.feedServerBytes(server)];
  expect(expected).toHaveLength(8);
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: 60 })), (lengths) => {
      const decoder = new PacketDecoder();
      const feed = (bytes: Buffer, one: (chunk: Buffer) => Packet[]): Packet[] => {
        const packets: Packet[] = [];
        let at = 0;
        for (const length of [...lengths, bytes.length]) {
          packets.push(...one(Buffer.from(bytes.subarray(at, at + length))));
          at += length;
        }
        return packets;
      };
      const packets = feed(client, (chunk) => decoder.feedClientBytes(chunk));
      packets.push(...feed(server, (chunk) => decoder.feedServerBytes(chunk)));
      expect(packets).toEqual(expected);
    }),
  );
});
