/** Clients of the simulated checks: some speak as a library does, others send a handshake that is put together by hand. */
import { Buffer } from 'node:buffer';
import { CreateMode } from '#06-network-protocol/create-mode.js';
import { OpCode } from '#06-network-protocol/opcodes.js';
import type { ZooKeeper } from '#10-client-cnxn/zookeeper.js';
import { bytesOf, framed, hexOf, int, long } from '../runner/bytes.js';
import { RawPeer } from '../runner/raw-peer.js';
import type { SimulatedAttempt } from '../runner/simulated-attempt.js';

export const TICK_MS = 1000;

const NO_PASSWORD = Buffer.alloc(16);
const RESPONSE_BYTES = 37;

/** Starts a server with a tick of one second, over what is on its disk. */
export async function startServer(attempt: SimulatedAttempt): Promise<void> {
  const zoo = attempt.server({ config: { tickTimeMs: TICK_MS } });
  await zoo.settle(zoo.start());
}

/** Connects a client, and has it make a node that is there as long as its session. */
export async function join(attempt: SimulatedAttempt, name: string, sessionTimeoutMs = 10_000): Promise<ZooKeeper> {
  const { zoo } = attempt;
  const client = await zoo.settle(zoo.connect(name, { sessionTimeoutMs, retryDelayMs: 200 }));
  await zoo.settle(client.create(`/${name}`, '', { mode: CreateMode.ephemeral }));
  return client;
}

export interface Visit {
  readonly id?: bigint;
  /** Null is sent as the length -1. */
  readonly password?: Uint8Array | null;
  readonly timeoutMs?: number;
  readonly lastZxidSeen?: bigint;
}

export interface Granted {
  readonly timeoutMs: number;
  readonly id: bigint;
  readonly password: Buffer;
}

/** A request to close the session, in hex. */
export const closeSession = (xid: number): string => framed(int(xid) + int(OpCode.closeSession));

/** A connection with a first frame of its own. */
export class Visitor {
  readonly peer: RawPeer;
  private readonly attempt: SimulatedAttempt;

  constructor(attempt: SimulatedAttempt, name: string, visit: Visit = {}) {
    const { id = 0n, password = NO_PASSWORD, timeoutMs = 10_000, lastZxidSeen = 0n } = visit;
    const bytes = password === null ? int(-1) : int(password.length) + Buffer.from(password).toString('hex');
    this.attempt = attempt;
    this.peer = new RawPeer(attempt, name);
    this.peer.send(framed([int(0), long(lastZxidSeen), int(timeoutMs), long(id), bytes, '00'].join('')));
  }

  /** Expects a session. */
  async expectSession(): Promise<Granted> {
    const answer = await this.answer();
    const granted = {
      timeoutMs: answer.readInt32BE(4),
      id: answer.readBigInt64BE(8),
      password: answer.subarray(20, 36),
    };
    this.attempt.holds(
      granted.timeoutMs > 0,
      'the client gets a session',
      `the answer that says expired: ${described(answer)}`,
    );
    return granted;
  }

  /** Expects the answer that says that the session is over, and the end of the connection. */
  async expectExpired(): Promise<void> {
    const got = await this.answer();
    const expected = bytesOf(int(0), int(0), long(0n), int(16), '00'.repeat(16), '00');
    this.attempt.holds(
      got.equals(expected),
      `the answer that says expired: ${described(expected)}`,
      `the answer: ${described(got)}`,
    );
    await this.peer.expectClosed();
  }

  /** Expects that the connection is closed without a word. */
  async expectSentElsewhere(): Promise<void> {
    await this.peer.expectClosed();
    await this.peer.expectFrames(0);
  }

  /** Expects that the session can be used, now. */
  async expectServed(what: string): Promise<void> {
    this.peer.send(RawPeer.ping());
    const reply = await this.peer.frame();
    this.attempt.equal(reply.readInt32BE(0), -2, `the xid of the answer to a ping of ${what}`);
  }

  private async answer(): Promise<Buffer> {
    const answer = await this.peer.frame();
    this.attempt.equal(answer.length, RESPONSE_BYTES, 'the length of the answer, in bytes');
    return answer;
  }
}

/** A ConnectResponse in words. */
function described(answer: Buffer): string {
  const [timeoutMs, id] = [answer.readInt32BE(4), BigInt.asUintN(64, answer.readBigInt64BE(8))];
  return `time-out ${timeoutMs}, session 0x${id.toString(16)}, password ${hexOf(answer.subarray(20, 36))}`;
}
