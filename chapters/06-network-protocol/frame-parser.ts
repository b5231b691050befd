/**
 * TCP carries bytes, not messages. A frame is an int with the length of what follows; this parser finds the frames in
 * chunks that may hold half of one or a hundred:
 *
 *     parser.push(chunk);
 *     while (parser.next()) handle(parser.memory, parser.start, parser.end);
 *     parser.holdRest();
 *
 * Invariants: a frame that lies whole in one chunk is not copied; what is held between two chunks is less than one
 * frame, unless the caller stopped early, and then at most a chunk more.
 */
import { Buffer } from 'node:buffer';

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

  /** Hands over bytes that arrived. They must stay as they are until `holdRest`. */
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
   * Finds the next whole frame.
   * @returns false when there is none
   * @throws {FrameLengthError} when what should be a length is negative or too large
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

  /** Keeps a copy of the bytes that are not read yet, for the next `push`. */
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
