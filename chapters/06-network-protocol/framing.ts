/**
 * Where something ends: a message among the bytes of a connection, and a step among the steps of a multi.
 *
 * A message is a *frame*: an int with the length of what follows, and that. The steps of a multi have no length. Before
 * each stands a small header, and a last header says that no more come:
 *
 *     { MultiHeader{type, false, err} · record }*  · MultiHeader{-1, true, -1}
 */
import { Buffer } from 'node:buffer';
import type { BinaryInputArchive, BinaryOutputArchive } from '#04-serialization/binary-archive.js';
import { MultiHeader } from '#05-jute/records/proto.js';

const LENGTH_BYTES = 4;
const KEPT_CAPACITY_BYTES = 4096;
const NOTHING: Buffer = Buffer.alloc(0);

/** A length that no well-behaved peer sends. The connection can't be read any further. */
export class FrameLengthError extends Error {
  override readonly name = 'FrameLengthError';
  readonly lengthBytes: number;
  constructor(lengthBytes: number, maxFrameBytes: number) {
    super(`Unreasonable length of a frame: ${lengthBytes} bytes; 0 to ${maxFrameBytes} (jute.maxbuffer) are allowed`);
    this.lengthBytes = lengthBytes;
  }
}

/**
 * TCP carries bytes, not messages. This parser finds the frames in chunks that may hold half of one or a hundred:
 *
 *     parser.push(chunk);
 *     while (parser.next()) handle(parser.memory, parser.start, parser.end);
 *     parser.holdRest();
 *
 * Invariants: a frame that lies whole in one chunk is not copied; what is held between two chunks is less than one
 * frame, unless the caller stopped early, and then at most a chunk more.
 */
export class FrameParser {
  /** Where the frame is that `next` found: `start` to `end` of `memory`, without its length. */
  memory: Buffer = NOTHING;
  start = 0;
  end = 0;

  private readonly maxFrameBytes: number;
  /** The next byte that was not looked at, and the end of the bytes, in `memory`. */
  private at = 0;
  private limit = 0;
  private held: Buffer = NOTHING;
  private heldBytes = 0;

  /** @param maxFrameBytes `jute.maxbuffer`: a longer frame is refused before it is read */
  constructor(maxFrameBytes: number) {
    this.maxFrameBytes = maxFrameBytes;
  }

  /**
   * Hands over bytes that arrived, maybe none. They stay as they are until `holdRest`; then their memory is used for
   * something else. With what was held before, they are one row of bytes.
   */
  push(chunk: Buffer): void {
    this.at = 0;
    if (this.heldBytes === 0) {
      this.memory = chunk;
      this.limit = chunk.length;
      return;
    }
    this.append(chunk, 0);
    this.memory = this.held;
    this.limit = this.heldBytes;
  }

  /**
   * Finds the next whole frame, and moves past it: `start` to `end` of `memory` is its content.
   *
   * @returns false when there is none, and nothing has moved
   * @throws {FrameLengthError} when what should be a length is negative or above `maxFrameBytes`, as soon as it is there
   * @lab 06.1
   */
  next(): boolean {
    if (this.limit - this.at < LENGTH_BYTES) return false;
    const lengthBytes = this.memory.readInt32BE(this.at);
    if (lengthBytes < 0 || lengthBytes > this.maxFrameBytes)
      throw new FrameLengthError(lengthBytes, this.maxFrameBytes);
    const start = this.at + LENGTH_BYTES;
    if (start + lengthBytes > this.limit) return false;
    this.start = start;
    this.end = start + lengthBytes;
    this.at = this.end;
    return true;
  }

  /** Bytes that were held for the next `push`: half a frame, or whole ones after an early stop. */
  get heldBytesCount(): number {
    return this.heldBytes;
  }

  /**
   * Keeps the bytes that were not read yet, for the next `push`: a copy, since the chunk is not ours. A large frame that
   * comes in many small chunks costs no more for each byte than one that comes in two.
   *
   * @lab 06.2
   */
  holdRest(): void {
    const restBytes = this.limit - this.at;
    if (this.memory === this.held) {
      if (this.at > 0) this.held.copyWithin(0, this.at, this.limit);
      this.heldBytes = restBytes;
    } else if (restBytes > 0) {
      this.append(this.memory, this.at);
    }
    if (this.heldBytes === 0 && this.held.length > KEPT_CAPACITY_BYTES) this.held = NOTHING;
    this.memory = NOTHING;
    this.at = 0;
    this.limit = 0;
  }

  /**
   * Puts a copy of a chunk, from an offset on, behind what is held.
   *
   * @lab 06.2
   */
  private append(chunk: Buffer, from: number): void {
    const needed = this.heldBytes + chunk.length - from;
    if (needed > this.held.length) {
      const grown = Buffer.allocUnsafe(Math.max(needed, 2 * this.held.length, 256));
      this.held.copy(grown, 0, 0, this.heldBytes);
      this.held = grown;
    }
    chunk.copy(this.held, this.heldBytes, from);
    this.heldBytes = needed;
  }
}

/**
 * Writes steps, each behind its header, and the last header. No steps are a last header alone.
 *
 * @param errOf what the header of a step says: -1 in a request; in a reply how the step went
 * @param writeStep writes the record of a step; it may write nothing
 * @lab 06.3
 */
export function writeSteps<S extends { readonly type: number }>(
  archive: BinaryOutputArchive,
  steps: readonly S[],
  errOf: (step: S) => number,
  writeStep: (step: S) => void,
): void {
  for (const step of steps) {
    MultiHeader.write(archive, { type: step.type, done: false, err: errOf(step) });
    writeStep(step);
  }
  MultiHeader.write(archive, { type: -1, done: true, err: -1 });
}

/**
 * Reads what `writeSteps` wrote, up to and with the last header. What stands behind it is not touched.
 *
 * @param readStep reads the record of a step of that type; `before` are the steps before it
 * @throws {ArchiveError} the bytes end before the last header; what `readStep` throws
 * @lab 06.4
 */
export function readSteps<S>(archive: BinaryInputArchive, readStep: (type: number, before: readonly S[]) => S): S[] {
  const steps: S[] = [];
  for (;;) {
    const header = MultiHeader.read(archive);
    if (header.done) return steps;
    steps.push(readStep(header.type, steps));
  }
}
