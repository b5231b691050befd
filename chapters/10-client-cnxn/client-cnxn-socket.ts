/**
 * One connection to one server: frames out, frames in, and when the last of each was. It knows nothing of sessions.
 *
 * What is sent in one turn of the event loop leaves in one write. A server that does not read is not sent any more:
 * `isCongested` says so, and `drained` when it is over.
 *
 * @apache ClientCnxnSocket
 */
import { Buffer } from 'node:buffer';
import type { Address, Connection, World } from '#00-introduction/world.js';
import { ArchiveError, BinaryInputArchive, BinaryOutputArchive } from '#04-serialization/binary-archive.js';
import { FrameLengthError, FrameParser } from '#06-network-protocol/framing.js';
import { MultiTypeError } from '#06-network-protocol/multi.js';
import { ProtocolError } from '#10-client-cnxn/client-errors.js';

export interface FrameWriter {
  writeFrame(archive: BinaryOutputArchive): void;
}

export interface SocketHandler {
  opened(): void;
  /**
   * A frame has arrived; the archive is good during the call only.
   * @throws {ArchiveError | ProtocolError | MultiTypeError} when it makes no sense: the connection is then closed
   */
  frame(archive: BinaryInputArchive): void;
  /** It is not congested any more. */
  drained(): void;
  /** It is gone. Called once, last, and not after `close`. */
  lost(reason: Error): void;
}

/** First size of the memory for frames, and the size at which they are sent without waiting for the end of the turn. */
const BATCH_BYTES = 16 * 1024;
/** So much may wait to be taken by the operating system. */
const MAX_UNSENT_BYTES = 1024 * 1024;

export class ClientCnxnSocket {
  readonly address: Address;
  /** When something was last sent or heard; times of the monotonic clock. */
  lastSendMs: number;
  lastHeardMs: number;
  private readonly world: World;
  private readonly handler: SocketHandler;
  private readonly connection: Connection;
  private readonly parser: FrameParser;
  private readonly input: BinaryInputArchive;
  private readonly output = new BinaryOutputArchive(BATCH_BYTES);
  private isFlushScheduled = false;
  private isClosed = false;

  /** @param maxFrameBytes a longer frame from the server is refused (`jute.maxbuffer`) */
  constructor(world: World, address: Address, maxFrameBytes: number, handler: SocketHandler) {
    this.world = world;
    this.address = address;
    this.handler = handler;
    this.lastSendMs = world.clock.monotonicMs();
    this.lastHeardMs = this.lastSendMs;
    this.parser = new FrameParser(maxFrameBytes);
    this.input = new BinaryInputArchive(EMPTY, 0, 0, maxFrameBytes);
    this.connection = world.network.connect(address, {
      opened: () => {
        if (!this.isClosed) handler.opened();
      },
      data: (chunk) => this.receive(chunk),
      drained: () => {
        if (!this.isClosed) handler.drained();
      },
      closed: (error) => this.fail(error ?? new Error('the server closed the connection')),
    });
  }

  get isCongested(): boolean {
    return this.connection.unsentBytes > MAX_UNSENT_BYTES;
  }

  /**
   * Sends a frame, at the end of the turn at the latest.
   * @throws what the writer throws; nothing is sent then
   */
  send(frame: FrameWriter): void {
    const { output } = this;
    const start = output.position;
    output.writeInt(0);
    try {
      frame.writeFrame(output);
    } catch (error) {
      output.position = start;
      throw error;
    }
    output.patchInt(start, output.position - start - 4);
    this.lastSendMs = this.world.clock.monotonicMs();
    if (output.position >= BATCH_BYTES) this.flush();
    else this.scheduleFlush();
  }

  /** Ends it because of something that is wrong. */
  fail(reason: Error): void {
    if (this.isClosed) return;
    this.close();
    this.handler.lost(reason);
  }

  /** Ends it. The handler hears nothing any more. */
  close(): void {
    if (this.isClosed) return;
    this.isClosed = true;
    this.connection.destroy();
  }

  private receive(chunk: Buffer): void {
    if (this.isClosed) return;
    const { parser, input } = this;
    this.lastHeardMs = this.world.clock.monotonicMs();
    try {
      parser.push(chunk);
      while (!this.isClosed && parser.next()) {
        input.reset(parser.memory, parser.start, parser.end);
        this.handler.frame(input);
      }
      parser.holdRest();
    } catch (error) {
      if (!isFaultOfPeer(error)) throw error;
      this.fail(error);
    }
  }

  private scheduleFlush(): void {
    if (this.isFlushScheduled) return;
    this.isFlushScheduled = true;
    this.world.clock.atEndOfTurn(() => {
      this.isFlushScheduled = false;
      this.flush();
    });
  }

  private flush(): void {
    const { output } = this;
    if (this.isClosed || output.position === 0) return;
    const isTaken = this.connection.write(output.bytes());
    if (isTaken && output.capacityBytes <= 2 * BATCH_BYTES) output.reset();
    else output.replaceMemory(BATCH_BYTES);
  }
}

const EMPTY = Buffer.alloc(0);

function isFaultOfPeer(error: unknown): error is Error {
  return (
    error instanceof ProtocolError ||
    error instanceof ArchiveError ||
    error instanceof FrameLengthError ||
    error instanceof MultiTypeError
  );
}
