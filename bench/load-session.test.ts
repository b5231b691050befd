/** A session of the load against a server that misbehaves on purpose. */
import { Buffer } from 'node:buffer';
import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import { BinaryOutputArchive } from '#04-serialization/binary-archive.js';
import { ConnectResponse, GetDataRequest, ReplyHeader } from '#05-jute/records/proto.js';
import { ErrorCode } from '#06-network-protocol/error-codes.js';
import { FrameParser } from '#06-network-protocol/framing.js';
import { sessionId, zxid } from '#06-network-protocol/ids.js';
import { OpCode } from '#06-network-protocol/opcodes.js';
import { LatencyHistogram } from './histogram.js';
import { type LoadCounts, openLoadSession } from './load-session.node.js';
import { requestTemplate } from './request-ring.js';

const get = [requestTemplate(OpCode.getData, GetDataRequest, { path: '/a', watch: false })];
const servers: Server[] = [];

afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});

describe('LoadSession', () => {
  test('sends as many requests as it may, and counts every reply', async () => {
    const { session, counts, received } = await openTo(({ socket, xids }) => reply(socket, xids));
    await session.loop(get, 16, 1000);
    expect(received).toEqual(Array.from({ length: 1000 }, (_, i) => i + 1));
    expect(counts.operations).toBe(1000);
    expect(counts.latencies.count).toBe(1000);
    expect(counts.errors).toEqual(new Map());
    session.destroy();
  });

  test('never has more than K requests on the way', async () => {
    const waiting: number[] = [];
    let most = 0;
    const { session } = await openTo(({ socket, xids }) => {
      waiting.push(...xids);
      most = Math.max(most, waiting.length);
      // Only some of those that wait, so that the next requests come in groups of other sizes.
      const answerSome = () => {
        reply(socket, waiting.splice(0, 1 + (waiting.length >> 1)));
        if (waiting.length > 0) setImmediate(answerSome);
      };
      setImmediate(answerSome);
    });
    await session.loop(get, 7, 500);
    expect(most).toBe(7);
    session.destroy();
  });

  test('finds the replies in whatever pieces they come', async () => {
    // One after the other: requests come while earlier ones are still being answered.
    let written = Promise.resolve();
    const { session, counts } = await openTo(({ socket, xids }) => {
      written = written.then(async () => {
        const bytes = Buffer.concat(xids.map((xid) => replyFrame(xid)));
        for (let at = 0; at < bytes.length; at += 5) {
          socket.write(bytes.subarray(at, at + 5));
          await new Promise((resolve) => setImmediate(resolve));
        }
      });
    });
    await session.loop(get, 4, 40);
    expect(counts.operations).toBe(40);
    session.destroy();
  });

  test('counts nothing but errors while it is told not to record', async () => {
    const { session, counts } = await openTo(({ socket, xids }) => reply(socket, xids, ErrorCode.NoNode));
    counts.recording = false;
    await session.loop(get, 2, 10);
    expect(counts.operations).toBe(0);
    expect(counts.latencies.count).toBe(0);
    expect(counts.errors).toEqual(new Map([['NoNode', 10]]));
    session.destroy();
  });

  test('one error can be allowed', async () => {
    const { session, counts } = await openTo(({ socket, xids }) => reply(socket, xids, ErrorCode.NodeExists));
    await session.loop(get, 2, 10, ErrorCode.NodeExists);
    expect(counts.errors).toEqual(new Map());
    session.destroy();
  });

  test('stop lets the requests on the way be answered, and sends no more', async () => {
    let stop = () => {};
    const { session, received } = await openTo(({ socket, xids }) => {
      if (xids.includes(50)) stop();
      reply(socket, xids);
    });
    stop = () => session.stop();
    await session.loop(get, 5);
    expect(session.sent).toBe(received.length);
    expect(session.sent).toBeGreaterThanOrEqual(50);
    session.destroy();
  });

  test.each<[string, Misbehaviour, string]>([
    ['a reply to another request', ({ socket }) => reply(socket, [2]), 'a reply with xid 2, expected was 1'],
    ['a reply too many', ({ socket }) => reply(socket, [1, 2]), 'a reply to no request, xid 2'],
    ['a reply that is too short', ({ socket }) => socket.write(framed(() => {})), 'a reply of 0 bytes'],
    ['an end of the connection', ({ socket }) => socket.end(), 'the server closed the connection'],
  ])('%s ends the load', async (_, misbehave, message) => {
    const { session } = await openTo(misbehave);
    await expect(session.loop(get, 1)).rejects.toThrow(message);
    await expect(session.loop(get, 1), 'and stays an error').rejects.toThrow(message);
  });

  test('a refused session is an error', async () => {
    await expect(openTo(() => {}, 0)).rejects.toThrow('the server refused the session');
  });
});

type Misbehaviour = (at: { socket: Socket; xids: readonly number[] }) => unknown;

/** @param answer called with the xids of the requests of each chunk */
async function openTo(answer: Misbehaviour, sessionTimeoutMs = 40_000) {
  const received: number[] = [];
  const server = createServer((socket) => {
    const parser = new FrameParser(1000);
    let opened = false;
    socket.on('error', () => {});
    socket.on('data', (chunk) => {
      const xids: number[] = [];
      parser.push(chunk);
      while (parser.next()) {
        if (opened) xids.push(parser.memory.readInt32BE(parser.start));
        else socket.write(connectResponse(sessionTimeoutMs));
        opened = true;
      }
      parser.holdRest();
      received.push(...xids);
      if (xids.length > 0) answer({ socket, xids });
    });
  });
  servers.push(server);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const counts: LoadCounts = { recording: true, operations: 0, latencies: new LatencyHistogram(), errors: new Map() };
  const session = await openLoadSession((server.address() as AddressInfo).port, counts);
  return { session, counts, received };
}

function reply(socket: Socket, xids: readonly number[], err: number = ErrorCode.OK): void {
  socket.write(Buffer.concat(xids.map((xid) => replyFrame(xid, err))));
}

function replyFrame(xid: number, err: number = ErrorCode.OK): Buffer {
  return framed((archive) => ReplyHeader.write(archive, { xid, zxid: zxid(1n), err }));
}

function connectResponse(timeOut: number): Buffer {
  const passwd = Buffer.alloc(16);
  return framed((archive) =>
    ConnectResponse.write(archive, { protocolVersion: 0, timeOut, sessionId: sessionId(1n), passwd, readOnly: false }),
  );
}

function framed(write: (archive: BinaryOutputArchive) => void): Buffer {
  const archive = new BinaryOutputArchive();
  archive.writeInt(0);
  write(archive);
  archive.patchInt(0, archive.position - 4);
  return Buffer.from(archive.bytes());
}
