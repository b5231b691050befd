/**
 * A server that knows nothing: it opens every session and answers every request at once with a prebuilt reply, as if
 * each were a getData of 100 B. What the load generator reaches here is its own ceiling.
 *
 *     node --import tsx echo-server.node.ts PORT
 */
import { Buffer } from 'node:buffer';
import { createServer, type Socket } from 'node:net';
import { BinaryOutputArchive } from '#04-serialization/binary-archive.js';
import { ConnectResponse, ReplyHeader } from '#05-jute/records/proto.js';
import { FrameParser } from '#06-network-protocol/framing.js';
import { sessionId, zxid } from '#06-network-protocol/ids.js';

const MAX_FRAME_BYTES = 1 << 20;
/** A length and a header. */
const MIN_REQUEST_BYTES = 12;
const XID_OFFSET = 4;
/** `buffer data` of 100 bytes, and a Stat. */
const BODY_BYTES = 4 + 100 + 68;

const connectResponse = framed((archive) =>
  ConnectResponse.write(archive, {
    protocolVersion: 0,
    timeOut: 40_000,
    sessionId: sessionId(1n),
    passwd: Buffer.alloc(16),
    readOnly: false,
  }),
);
const reply = framed((archive) => {
  ReplyHeader.write(archive, { xid: 0, zxid: zxid(1n), err: 0 });
  archive.writeRaw(Buffer.alloc(BODY_BYTES));
});

createServer({ noDelay: true }, serve).listen(Number(process.argv[2]), '127.0.0.1');

function serve(socket: Socket): void {
  const parser = new FrameParser(MAX_FRAME_BYTES);
  let opened = false;
  socket.on('error', () => socket.destroy());
  socket.on('data', (chunk) => {
    parser.push(chunk);
    if (!opened) opened = parser.next() && socket.write(connectResponse);
    const replies = Buffer.allocUnsafe((1 + Math.ceil(chunk.length / MIN_REQUEST_BYTES)) * reply.length);
    let end = 0;
    while (parser.next()) {
      reply.copy(replies, end);
      parser.memory.copy(replies, end + XID_OFFSET, parser.start, parser.start + 4);
      end += reply.length;
    }
    parser.holdRest();
    if (end > 0) socket.write(replies.subarray(0, end));
  });
}

function framed(write: (archive: BinaryOutputArchive) => void): Buffer {
  const archive = new BinaryOutputArchive();
  archive.writeInt(0);
  write(archive);
  archive.patchInt(0, archive.position - 4);
  return Buffer.from(archive.bytes());
}
