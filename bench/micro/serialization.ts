/** Single pieces of the wire's hot path: what it costs to write and read a record, and to find frames in a chunk. */
import { Buffer } from 'node:buffer';
import { BinaryInputArchive, BinaryOutputArchive } from '#04-serialization/binary-archive.js';
import { Stat } from '#05-jute/records/data.js';
import { GetDataRequest } from '#05-jute/records/proto.js';
import { FrameParser } from '#06-network-protocol/framing.js';
import { NO_SESSION, zxid } from '#06-network-protocol/ids.js';

/** What is measured: one call of `run` is one operation. */
export interface MicroBenchmark {
  readonly name: string;
  run(): unknown;
}

const FRAMES_PER_CHUNK = 100;
const REQUEST: GetDataRequest = { path: '/services/orders/instance-0000000042', watch: false };
const STAT: Stat = {
  czxid: zxid(0x1_0000_0001n),
  mzxid: zxid(0x1_0000_0002n),
  ctime: 1_700_000_000_000,
  mtime: 1_700_000_000_001,
  version: 1,
  cversion: 0,
  aversion: 0,
  ephemeralOwner: NO_SESSION,
  dataLength: 100,
  numChildren: 0,
  pzxid: zxid(0x1_0000_0001n),
};

export const serialization: readonly MicroBenchmark[] = [
  writing('write a Stat', (archive) => Stat.write(archive, STAT)),
  reading('read a Stat', (archive) => Stat.write(archive, STAT), Stat.read),
  writing('write a GetDataRequest', (archive) => GetDataRequest.write(archive, REQUEST)),
  reading('read a GetDataRequest', (archive) => GetDataRequest.write(archive, REQUEST), GetDataRequest.read),
  framesInOneChunk(),
  framesInTwoHalves(),
];

function writing(name: string, write: (archive: BinaryOutputArchive) => void): MicroBenchmark {
  const archive = new BinaryOutputArchive();
  const run = () => {
    archive.reset();
    write(archive);
  };
  return { name, run };
}

function reading(
  name: string,
  write: (archive: BinaryOutputArchive) => void,
  read: (archive: BinaryInputArchive) => unknown,
): MicroBenchmark {
  const written = new BinaryOutputArchive();
  write(written);
  const bytes = Buffer.from(written.bytes());
  const archive = new BinaryInputArchive(bytes);
  const run = () => {
    archive.reset(bytes, 0, bytes.length);
    return read(archive);
  };
  return { name, run };
}

function framesInOneChunk(): MicroBenchmark {
  const parser = new FrameParser(1024);
  const chunk = chunkOfFrames();
  return { name: `find ${FRAMES_PER_CHUNK} frames in a chunk`, run: () => countFrames(parser, chunk) };
}

function framesInTwoHalves(): MicroBenchmark {
  const parser = new FrameParser(1024);
  const chunk = chunkOfFrames();
  const cut = (chunk.length >> 1) + 1;
  const [head, tail] = [chunk.subarray(0, cut), chunk.subarray(cut)];
  const run = () => countFrames(parser, head) + countFrames(parser, tail);
  return { name: `find ${FRAMES_PER_CHUNK} frames in two chunks`, run };
}

function countFrames(parser: FrameParser, chunk: Buffer): number {
  let count = 0;
  parser.push(chunk);
  while (parser.next()) count++;
  parser.holdRest();
  return count;
}

function chunkOfFrames(): Buffer {
  const archive = new BinaryOutputArchive();
  archive.writeInt(0);
  GetDataRequest.write(archive, REQUEST);
  archive.patchInt(0, archive.position - 4);
  const frame = archive.bytes();
  return Buffer.concat(Array.from({ length: FRAMES_PER_CHUNK }, () => frame));
}
