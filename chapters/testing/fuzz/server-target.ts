/**
 * The server, whole: handshake, frames, four-letter words, every operation. After each input a neighbour, who has done
 * nothing wrong, must be answered as before; a connection that the server has closed without a word must be in its log.
 */
import { Buffer } from 'node:buffer';
import { BinaryInputArchive } from '#04-serialization/binary-archive.js';
import { ConnectRequest, GetDataResponse, ReplyHeader } from '#05-jute/records/proto.js';
import { FrameParser } from '#06-network-protocol/framing.js';
import { NO_SESSION, NO_ZXID, type SessionId } from '#06-network-protocol/ids.js';
import { OpCode } from '#06-network-protocol/opcodes.js';
import { Xid } from '#06-network-protocol/xids.js';
import { withDefaults } from '#07-standalone-startup/server-config.js';
import { ZooKeeperServer } from '#07-standalone-startup/zookeeper-server.js';
import { generateSequence } from '#testing/differential/generate.js';
import { encodeRequest, type RequestPart, requestPart, type Step } from '#testing/differential/step.js';
import { type DirectConnection, DirectWorld } from '#testing/fuzz/direct-world.js';
import { encodeRecord } from '#testing/fuzz/encode-record.js';
import type { Frame, FuzzInput, FuzzTarget } from '#testing/fuzz/fuzz-target.js';
import { chunksOf } from '#testing/fuzz/input-bytes.js';

const PORT = 2181;
/** Sessions and nodes stay behind: after so many inputs there is a new server. */
const INPUTS_PER_SERVER = 2000;
const CANARY_DATA = 'alive';
const MAX_REPLY_BYTES = 0x100_0000;

export class ServerTarget implements FuzzTarget {
  readonly name = 'server';
  readonly isFramed = true;
  readonly seeds = serverSeeds();
  private running: Running | null = null;
  private inputsLeft = 0;

  async run(input: FuzzInput): Promise<string> {
    if (this.running === null || this.inputsLeft-- === 0) {
      await this.running?.server.stop();
      this.running = await start();
      this.inputsLeft = INPUTS_PER_SERVER;
    }
    const { world, server } = this.running;
    const connection = world.connect(PORT);
    for (const chunk of chunksOf(input)) {
      connection.feed(chunk);
      await world.settle();
    }
    const outcome = judge(connection, world);
    connection.hangUp();
    await world.settle();
    assertNothingLeft(server);
    await askCanary(this.running);
    return outcome;
  }
}

interface Running {
  readonly world: DirectWorld;
  readonly server: ZooKeeperServer;
  readonly canary: DirectConnection;
}

async function start(): Promise<Running> {
  const world = new DirectWorld();
  const config = { dataDir: '/data', clientPort: PORT, maxClientCnxns: 0, preAllocSizeBytes: 0, snapCount: 1_000_000 };
  const words = { fourLetterWordsWhitelist: ['*'], enforceQuota: true, extendedTypesEnabled: true };
  const server = new ZooKeeperServer(world, withDefaults({ ...config, ...words }));
  void server.failed.then((error) => world.log.error('the server has failed', error));
  await server.start();
  const canary = world.connect(PORT);
  const acl = [{ perms: 31, id: { scheme: 'auth', id: '' } }];
  const flags = 0;
  send(canary, connectFrame(NO_SESSION, Buffer.alloc(16)));
  await world.settle();
  const auth = requestPart('auth', { type: 0, scheme: 'digest', auth: Buffer.from('canary:canary') });
  const create = (path: string, data: string) =>
    requestPart('create', { path, data: Buffer.from(data), acl: path === '/r' ? OPEN : acl, flags });
  for (const part of [auth, create('/canary', CANARY_DATA), create('/r', '')]) send(canary, request(part, 1));
  await world.settle();
  canary.takeWritten();
  return { world, server, canary };
}

/** What came back has to be frames, and what is said in the log has to fit. */
function judge(connection: DirectConnection, world: DirectWorld): string {
  const lines = world.lines.splice(0);
  const error = lines.find(({ level }) => level === 'error');
  if (error) throw new Error(`it logged an error: ${error.text}`);
  const written = connection.takeWritten();
  const isCutOff = connection.state === 'destroyed';
  const why = lines.find(({ level, text }) => level === 'warn' && /^(closing|refusing)/.test(text));
  if (isCutOff && !why) throw new Error('it has closed the connection without a word in its log');
  if (isCutOff) return `cut off: ${kindOfReason(why?.text ?? '')}`;
  if (connection.state === 'ended' && isText(written)) return 'a word answered';
  const replies = framesOf(written);
  if (replies.length === 0) return 'nothing came back';
  if (connection.state === 'ended') return 'ended after replies';
  const errors = replies.slice(1).map(({ err }) => err);
  return `answered, the last with ${errors.at(-1) ?? 'a session'}`;
}

/** Without what is different each time. */
const kindOfReason = (text: string): string =>
  text
    .replace(/^.*? at 10\.0\.0\.1:2181: /, '')
    .replace(/^refusing .*/, 'has seen too much')
    .replace(/-?\d+/g, 'n');

interface SeenReply {
  readonly xid: number;
  readonly err: number;
}

/** @throws {Error} these are no frames with headers */
function framesOf(bytes: Buffer): SeenReply[] {
  const parser = new FrameParser(MAX_REPLY_BYTES);
  parser.push(bytes);
  const replies: SeenReply[] = [];
  let readBytes = 0;
  while (parser.next()) {
    readBytes = parser.end;
    if (replies.length === 0) {
      replies.push({ xid: 0, err: 0 });
      continue;
    }
    const { xid, err } = ReplyHeader.read(new BinaryInputArchive(parser.memory, parser.start, parser.end));
    replies.push({ xid, err });
  }
  if (readBytes !== bytes.length) throw new Error(`${bytes.length - readBytes} bytes that are no frame came back`);
  return replies;
}

/** An answer to a four-letter word has no length in front. */
const isText = (bytes: Buffer): boolean => bytes.length > 0 && (bytes[0] as number) >= 0x20;

function assertNothingLeft(server: ZooKeeperServer): void {
  const { connections, outstanding, watchCounts } = server;
  const left = { connections: connections.length, outstanding, watchers: watchCounts.watchers };
  if (left.connections !== 1 || left.outstanding !== 0 || left.watchers !== 0) {
    throw new Error(`when the connection has gone there are still ${JSON.stringify(left)}`);
  }
}

/** The neighbour. */
async function askCanary({ world, canary }: Running): Promise<void> {
  send(canary, request(requestPart('ping', null), Xid.ping));
  send(canary, request(requestPart('getData', { path: '/canary', watch: false }), 7));
  await world.settle();
  const bytes = canary.takeWritten();
  const parser = new FrameParser(MAX_REPLY_BYTES);
  parser.push(bytes);
  const seen: string[] = [];
  while (parser.next()) {
    const archive = new BinaryInputArchive(parser.memory, parser.start, parser.end);
    const { xid, err } = ReplyHeader.read(archive);
    const data = xid === 7 && err === 0 ? GetDataResponse.read(archive).data?.toString() : '';
    seen.push(`${xid} ${err} ${data}`);
  }
  const expected = ['-2 0 ', `7 0 ${CANARY_DATA}`];
  if (seen.join() !== expected.join()) throw new Error(`the neighbour was answered ${seen.join() || 'nothing'}`);
}

const OPEN = [{ perms: 31, id: { scheme: 'world', id: 'anyone' } }];

function send(connection: DirectConnection, body: Buffer): void {
  const length = Buffer.alloc(4);
  length.writeInt32BE(body.length);
  connection.feed(Buffer.concat([length, body]));
}

const request = (part: RequestPart, xid: number): Buffer => encodeRequest(part, xid, '/r', 0n);

// -------------------------------------------------------------------------------------------- inputs

const framed = (body: Buffer): Frame => ({ body, length: null });
const bare = (text: string): Frame => ({ body: Buffer.from(text, 'latin1'), length: 'none' });

function connectFrame(sessionId: SessionId, passwd: Buffer): Buffer {
  const record = { protocolVersion: 0, lastZxidSeen: NO_ZXID, timeOut: 30_000, sessionId, passwd, readOnly: false };
  return encodeRecord((archive) => ConnectRequest.write(archive, record));
}

/** Conversations as the differential test has them, cut into short ones; other ways to begin; words. */
function serverSeeds(): FuzzInput[] {
  const connect = framed(connectFrame(NO_SESSION, Buffer.alloc(16)));
  const parts = generateSequence('fuzz', { steps: 700, sessions: 1, expirations: 0 }).flatMap(requestsOf);
  const seeds: FuzzInput[] = [];
  for (let at = 0; at < parts.length; at += 5) {
    const requests = parts.slice(at, at + 5).map((part, i) => framed(Buffer.from(request(part, i + 1))));
    seeds.push({ frames: [connect, ...requests], cuts: at % 3 });
  }
  const olderConnect = framed(connect.body.subarray(0, connect.body.length - 1));
  const stranger = framed(connectFrame(0x1234n as SessionId, Buffer.alloc(16, 1)));
  for (const first of [olderConnect, stranger])
    seeds.push({ frames: [first, ...(seeds[0]?.frames.slice(1) ?? [])], cuts: 0 });
  for (const word of ['ruok', 'srvr', 'stat', 'envi', 'wchs', 'none', 'conf', 'mntr', 'dump', '\xff\xf4\xff\xfd']) {
    seeds.push({ frames: [bare(word)], cuts: 0 });
  }
  return seeds;
}

const requestsOf = (step: Step): readonly RequestPart[] =>
  step.kind === 'requests' ? step.requests.filter(({ opcode }) => opcode !== OpCode.closeSession) : [];
