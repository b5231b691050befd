/**
 * One TCP connection between the election ports of two servers, whoever opened it. It finds the messages in the bytes.
 * Whoever accepts a connection reads first who is at the other end; after that both sides send frames.
 *
 * @apache quorum.QuorumCnxManager.RecvWorker
 */
import { Buffer } from 'node:buffer';
import type { Address, Connection, ConnectionHandler } from '#00-introduction/world.js';
import { FrameLengthError, FrameParser } from '#06-network-protocol/framing.js';
import type { ServerId } from '#14-leader-election/server-id.js';
import {
  decodeInitialMessage,
  type InitialMessage,
  InitialMessageError,
  MAX_INITIAL_MESSAGE_BYTES,
} from '#15-fast-leader-election/initial-message.js';

/** A longer notification ends the connection. */
export const MAX_NOTIFICATION_BYTES = 512 * 1024;

/** Who is told what happens. Nothing is told after `closed`, or after the connection was closed from this side. */
export interface ElectionConnectionOwner {
  /** A connection that this server asked for is there. */
  opened?(connection: ElectionConnection): void;
  /** The peer has said who it is. Only on connections that were accepted. */
  introduced?(connection: ElectionConnection, message: InitialMessage): void;
  /** @param message the owner's to keep */
  received?(connection: ElectionConnection, message: Buffer): void;
  /** There is room for the next message. */
  drained?(connection: ElectionConnection): void;
  /** @param error why, when it was not closed in good order, or when the peer broke the protocol */
  closed(connection: ElectionConnection, error: Error | null): void;
}

export class ElectionConnection implements ConnectionHandler {
  /** May be changed: a connection that was opened for one purpose is then used for another. */
  owner: ElectionConnectionOwner;
  /** Who is at the other end; null as long as nobody has said so. */
  peer: ServerId | null = null;
  private readonly frames = new FrameParser(MAX_NOTIFICATION_BYTES);
  private connection: Connection | null = null;
  /** The beginning of an initial message; null when none is expected, or not any more. */
  private introduction: Buffer | null;
  private isOver = false;

  private constructor(owner: ElectionConnectionOwner, introduction: Buffer | null) {
    this.owner = owner;
    this.introduction = introduction;
  }

  /** To be called in the `accept` of a listener. */
  static accepted(owner: ElectionConnectionOwner, connection: Connection): ElectionConnection {
    const accepted = new ElectionConnection(owner, Buffer.alloc(0));
    accepted.connection = connection;
    connection.setHandler(accepted);
    return accepted;
  }

  /** @param connect as `World.network.connect` */
  static to(owner: ElectionConnectionOwner, connect: (handler: ConnectionHandler) => Connection): ElectionConnection {
    const opening = new ElectionConnection(owner, null);
    opening.connection = connect(opening);
    return opening;
  }

  get remote(): Address {
    return (this.connection as Connection).remote;
  }

  /** Whether what is written now goes out before anything else is. */
  get hasRoom(): boolean {
    return !this.isOver && this.connection?.unsentBytes === 0;
  }

  /** @param bytes not to be changed any more */
  write(bytes: Buffer): void {
    if (!this.isOver) this.connection?.write(bytes);
  }

  /** Sends what was written, and closes. The owner is not told. */
  end(): void {
    if (this.isOver) return;
    this.isOver = true;
    this.connection?.end();
  }

  /** Closes at once. The owner is not told. */
  destroy(): void {
    this.isOver = true;
    this.connection?.destroy();
  }

  // ------------------------------------------------------------------------------ what the network calls

  opened(): void {
    if (!this.isOver) this.owner.opened?.(this);
  }

  data(chunk: Buffer): void {
    if (this.isOver) return;
    try {
      const rest = this.introduction === null ? chunk : this.introduce(this.introduction, chunk);
      if (rest !== null) this.readFrames(rest);
    } catch (error) {
      if (!(error instanceof InitialMessageError || error instanceof FrameLengthError)) throw error;
      this.destroy();
      this.owner.closed(this, error);
    }
  }

  drained(): void {
    if (!this.isOver) this.owner.drained?.(this);
  }

  closed(error: Error | null): void {
    if (this.isOver) return;
    this.isOver = true;
    this.owner.closed(this, error);
  }

  // ------------------------------------------------------------------------------------------- helpers

  /** @returns what comes after the introduction; null when that is not complete */
  private introduce(before: Buffer, chunk: Buffer): Buffer | null {
    const bytes = Buffer.concat([before, chunk]);
    const decoded = decodeInitialMessage(bytes);
    if (decoded === null) {
      this.introduction = bytes.subarray(0, MAX_INITIAL_MESSAGE_BYTES);
      return null;
    }
    this.introduction = null;
    this.owner.introduced?.(this, decoded.message);
    return bytes.subarray(decoded.sizeBytes);
  }

  private readFrames(bytes: Buffer): void {
    this.frames.push(bytes);
    while (!this.isOver && this.frames.next()) {
      const { memory, start, end } = this.frames;
      if (start === end) throw new FrameLengthError(0, MAX_NOTIFICATION_BYTES);
      this.owner.received?.(this, Buffer.from(memory.subarray(start, end)));
    }
    this.frames.holdRest();
  }
}
