/**
 * Which sessions there are, and which of them have been silent for too long. Every request and every ping of a client
 * touches its session; a session that nobody touches expires. The tracker only says so: what then happens to its
 * ephemeral nodes is a transaction, made by the request processors.
 *
 * @apache server.SessionTrackerImpl
 */
import type { Clock, Timer } from '#00-introduction/world.js';
import { ErrorCode, KeeperException } from '#06-network-protocol/error-codes.js';
import type { SessionId } from '#06-network-protocol/ids.js';
import { nextSessionId } from '#09-session-creation/session-handshake.js';
import { ExpiryQueue } from '#11-session-buckets/expiry-queue.js';

export interface Session {
  readonly id: SessionId;
  timeoutMs: number;
  /** It expired, or asked to be closed: nothing more is done for it. */
  isClosing: boolean;
}

export class SessionTracker {
  private readonly clock: Clock;
  private readonly expired: (session: Session) => void;
  private readonly sessions = new Map<SessionId, Session>();
  private readonly queue: ExpiryQueue<Session>;
  private lastId: SessionId;
  private timer: Timer | null = null;

  /**
   * @param tickTimeMs the width of a bucket
   * @param firstId the number of the first session made here
   * @param expired called for each session that was silent for too long; it is marked closing before
   */
  constructor(clock: Clock, tickTimeMs: number, firstId: SessionId, expired: (session: Session) => void) {
    this.clock = clock;
    this.lastId = firstId;
    this.expired = expired;
    this.queue = new ExpiryQueue(tickTimeMs, clock.monotonicMs());
  }

  start(): void {
    this.waitForNextBucket();
  }

  stop(): void {
    this.timer?.cancel();
    this.timer = null;
  }

  /** A number that no session has had. */
  newId(): SessionId {
    const id = this.lastId;
    this.lastId = nextSessionId(id);
    return id;
  }

  /** Starts to watch over a session, new or loaded from disk. One that is known keeps its state, with the new time-out. */
  track(id: SessionId, timeoutMs: number): Session {
    let session = this.sessions.get(id);
    if (session) {
      session.timeoutMs = timeoutMs;
    } else {
      session = { id, timeoutMs, isClosing: false };
      this.sessions.set(id, session);
    }
    this.touch(session);
    return session;
  }

  /** The session lives. @returns false when it can't be called back: it is closing, or expires at this moment */
  touch(session: Session): boolean {
    if (session.isClosing || this.sessions.get(session.id) !== session) return false;
    return this.queue.update(session, session.timeoutMs, this.clock.monotonicMs());
  }

  get(id: SessionId): Session | undefined {
    return this.sessions.get(id);
  }

  /** @throws {KeeperException} SessionExpired: there is no such session, or it is closing */
  check(id: SessionId): void {
    const session = this.sessions.get(id);
    if (session === undefined || session.isClosing) throw KeeperException.of(ErrorCode.SessionExpired);
  }

  setClosing(id: SessionId): void {
    const session = this.sessions.get(id);
    if (!session) return;
    session.isClosing = true;
    this.queue.remove(session);
  }

  /** The session is over. */
  remove(id: SessionId): void {
    const session = this.sessions.get(id);
    if (!session) return;
    this.sessions.delete(id);
    this.queue.remove(session);
  }

  get count(): number {
    return this.sessions.size;
  }

  /** All sessions, also those that are closing but whose closing is not durable yet: they belong in a snapshot. */
  all(): IterableIterator<Session> {
    return this.sessions.values();
  }

  /** Bucket times in monotonic milliseconds, and the sessions that expire then: for people. */
  buckets(): [number, ReadonlySet<Session>][] {
    return this.queue.entries();
  }

  private waitForNextBucket(): void {
    const waitMs = this.queue.waitMs(this.clock.monotonicMs());
    // First comes what has arrived: when the whole server stood still, its clients' pings wait to be read.
    const expireAfterReading = (nowMs: number): void => {
      if (!this.isRunning) return;
      this.expireDue(nowMs);
      if (this.isRunning) this.waitForNextBucket();
    };
    this.timer = this.clock.schedule(waitMs, () => {
      const nowMs = this.clock.monotonicMs();
      this.clock.atEndOfTurn(() => expireAfterReading(nowMs));
    });
  }

  private expireDue(nowMs: number): void {
    this.queue.expireDue(nowMs, (session) => {
      if (!this.isRunning) return;
      session.isClosing = true;
      this.expired(session);
    });
  }

  private get isRunning(): boolean {
    return this.timer !== null;
  }
}
