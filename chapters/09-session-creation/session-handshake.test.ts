import { Buffer } from 'node:buffer';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { CONTAINER_OWNER } from '#01-data-model/ephemeral-owner.js';
import type { ConnectRequest } from '#05-jute/records/proto.js';
import { NO_SESSION, type SessionId, sessionId, zxid } from '#06-network-protocol/ids.js';
import {
  connectResponse,
  decideHandshake,
  firstSessionId,
  firstSessionIdAfter,
  type HandshakeServer,
  isSessionPassword,
  negotiatedTimeoutMs,
  nextSessionId,
  serverIdOf,
  sessionPassword,
} from '#09-session-creation/session-handshake.js';
import { proves } from '#testing/proves.js';

/** As a signed 64-bit number. */
const signed = (unsigned: bigint): bigint => BigInt.asIntN(64, unsigned);

describe('the first session of a server', () => {
  // As Java computes ((ms << 24) >>> 8) | (server << 56).
  test.each([
    [1_767_225_600_000, 1, 0x019b76daa8000000n],
    [0xff_ffff_ffff, 3, 0x03ffffffffff0000n],
    [0x1ff_ffff_ffff, 3, 0x03ffffffffff0000n],
    [5, 255, 0xff00000000050000n],
    [-1, 2, 0x02ffffffffff0000n],
  ])('started at %i ms, server %i', (startMs, serverId, expected) => {
    expect(firstSessionId(startMs, serverId)).toBe(signed(expected));
    proves('SE-01');
  });

  test('started within a millisecond', () => {
    expect(firstSessionId(1000.999, 1)).toBe(firstSessionId(1000, 1));
  });

  test('has no number that means something else', () => {
    expect(firstSessionId(0, 128)).toBe(CONTAINER_OWNER + 1n);
    expect(firstSessionId(0, 0)).toBe(NO_SESSION + 1n);
    proves('SE-01');
  });
});

describe('the sessions after it', () => {
  test('count up', () => {
    const first = firstSessionId(1_767_225_600_000, 1);
    expect(nextSessionId(first)).toBe(first + 1n);
    proves('SE-01');
  });

  test('begin again where the numbers of the server end, past those that mean something else', () => {
    expect(nextSessionId(sessionId(0x01ff_ffff_ffff_ffffn))).toBe(0x0100_0000_0000_0000n);
    expect(nextSessionId(sessionId(signed(0x80ff_ffff_ffff_ffffn)))).toBe(CONTAINER_OWNER + 1n);
    expect(nextSessionId(sessionId(0x00ff_ffff_ffff_ffffn))).toBe(1n);
    expect(nextSessionId(sessionId(-1n))).toBe(signed(0xff00_0000_0000_0000n));
  });

  test('are different, have 64 bits, and keep the id of the server', () => {
    const startMs = fc.oneof(fc.nat(0xff_ffff_ffff), fc.constantFrom(0, 0xff_ffff_ffff));
    fc.assert(
      fc.property(startMs, fc.integer({ min: 0, max: 255 }), fc.nat(100), (start, serverId, count) => {
        const ids = [firstSessionId(start, serverId)];
        for (let i = 0; i < count; i++) ids.push(nextSessionId(ids[i] as (typeof ids)[number]));
        expect(new Set(ids).size).toBe(ids.length);
        for (const id of ids) {
          expect(id).toBe(signed(id));
          expect(serverIdOf(id)).toBe(serverId);
          expect([CONTAINER_OWNER, NO_SESSION]).not.toContain(id);
        }
      }),
    );
    proves('SE-01');
  });

  test('of a server that starts again are others, unless it made 65536 in each millisecond', () => {
    const first = firstSessionId(1_767_225_600_000, 1);
    expect(firstSessionId(1_767_225_600_001, 1) - first).toBe(65_536n);
  });
});

describe('the first session after a start', () => {
  const SERVER_ID = 1;
  const nothing = { sessionTimeoutsMs: new Map(), lastSessions: new Map(), lastTimeMs: 0 };
  const nowMs = 1_767_225_600_000;
  const first = firstSessionId(nowMs, SERVER_ID);
  const open = (...ids: bigint[]): Map<SessionId, number> => new Map(ids.map((id) => [sessionId(id), 5000]));

  test('has the time of the start', () => {
    expect(firstSessionIdAfter(nothing, nowMs, SERVER_ID)).toBe(first);
  });

  test('has a later time than the data, when the clock was set back', () => {
    const history = { ...nothing, lastTimeMs: nowMs + 5000 };
    expect(firstSessionIdAfter(history, nowMs, SERVER_ID)).toBe(firstSessionId(nowMs + 5001, SERVER_ID));
    expect(firstSessionIdAfter({ ...nothing, lastTimeMs: nowMs - 1 }, nowMs, SERVER_ID)).toBe(first);
  });

  test('comes after those that are open', () => {
    const history = { ...nothing, sessionTimeoutsMs: open(first + 7n, first + 9n, first - 3n) };
    expect(firstSessionIdAfter(history, nowMs, SERVER_ID)).toBe(first + 10n);
  });

  test('comes after the last one, though that is closed', () => {
    const history = { ...nothing, lastSessions: new Map([[SERVER_ID, first]]) };
    expect(firstSessionIdAfter(history, nowMs, SERVER_ID)).toBe(first + 1n);
    const both = { ...history, sessionTimeoutsMs: open(first + 2n) };
    expect(firstSessionIdAfter(both, nowMs, SERVER_ID)).toBe(first + 3n);
  });

  test('is not moved by those of other servers', () => {
    const foreign = (7n << 56n) | 5n;
    const lastSessions = new Map([[7, sessionId(foreign)]]);
    expect(firstSessionIdAfter({ ...nothing, lastSessions, sessionTimeoutsMs: open(foreign) }, nowMs, SERVER_ID)).toBe(
      first,
    );
    proves('SE-02');
  });
});

const anyId = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).map(sessionId);

describe('the password of a session', () => {
  // What OpenJDK 17 gives for new Random(id ^ 0xB3415C00L).nextBytes(new byte[16]).
  test.each([
    [1n, '054cc74a37327db215e702e20c73f005'],
    [0x1000012345670000n, '4be494d27cc739baa123244a251a7415'],
    [0x0100000000000000n, 'f22acd4a97e69d6d20a49bb638eadb38'],
    [-1n, '20f62cb5648dc2d771471c8a2486a9ee'],
    [0x7fffffffffffffffn, '20f62cb5648dc2d771471c8a2486a9ee'],
    [0xb3415c00n, '60b420bb3851d9d47acb933dbe70399b'],
  ])('%i is what Java computes', (id, hex) => {
    expect(sessionPassword(sessionId(id)).toString('hex')).toBe(hex);
    proves('SE-06');
  });

  test('is known to who has it', () => {
    fc.assert(
      fc.property(anyId, (id) => {
        fc.pre(id !== NO_SESSION);
        expect(isSessionPassword(id, Buffer.from(sessionPassword(id)))).toBe(true);
      }),
    );
  });

  test('is no other: not one bit of it may be wrong, and none may be missing or too many', () => {
    const id = sessionId(0x1000012345670000n);
    const right = sessionPassword(id);
    for (let bit = 0; bit < 128; bit++) {
      const wrong = Buffer.from(right);
      wrong[bit >> 3] = (wrong[bit >> 3] as number) ^ (1 << (bit & 7));
      expect(isSessionPassword(id, wrong), `bit ${bit}`).toBe(false);
    }
    for (const wrong of [null, Buffer.alloc(0), right.subarray(0, 15), Buffer.concat([right, Buffer.alloc(1)])]) {
      expect(isSessionPassword(id, wrong)).toBe(false);
    }
    expect(isSessionPassword(sessionId(id + 1n), right)).toBe(false);
    proves('SE-07');
  });

  test('does not exist for session 0', () => {
    expect(isSessionPassword(NO_SESSION, sessionPassword(NO_SESSION))).toBe(false);
    proves('SE-07');
  });
});

describe('the decision', () => {
  const known = { id: sessionId(0x1000012345670000n), isClosing: false };
  const closing = { id: sessionId(0x1000012345670001n), isClosing: true };
  const server: HandshakeServer<typeof known> = {
    lastZxid: zxid(0x10n),
    minSessionTimeoutMs: 4000,
    maxSessionTimeoutMs: 40_000,
    isReadOnly: false,
    session: (id) => [known, closing].find((session) => session.id === id),
  };
  const newcomer: ConnectRequest = {
    protocolVersion: 0,
    lastZxidSeen: zxid(0n),
    timeOut: 6000,
    sessionId: NO_SESSION,
    passwd: Buffer.alloc(16),
    readOnly: false,
  };
  const returning = (id: SessionId): ConnectRequest => ({ ...newcomer, sessionId: id, passwd: sessionPassword(id) });

  test('a client without a session gets one', () => {
    expect(decideHandshake(newcomer, server)).toEqual({ kind: 'new', timeoutMs: 6000 });
    expect(decideHandshake({ ...newcomer, passwd: null }, server)).toEqual({ kind: 'new', timeoutMs: 6000 });
  });

  test.each([
    [-5, 4000],
    [0, 4000],
    [3999, 4000],
    [40_000, 40_000],
    [40_001, 40_000],
    [2_147_483_647, 40_000],
  ])('who asks for %i ms gets %i', (askedMs, timeoutMs) => {
    expect(negotiatedTimeoutMs(askedMs, server)).toBe(timeoutMs);
    expect(decideHandshake({ ...newcomer, timeOut: askedMs }, server)).toEqual({ kind: 'new', timeoutMs });
    proves('HS-5', 'SE-08');
  });

  test('who knows the password gets the session back, with the time-out of today', () => {
    const request = { ...returning(known.id), timeOut: 1 };
    expect(decideHandshake(request, server)).toEqual({ kind: 'resumed', session: known, timeoutMs: 4000 });
  });

  test('a session that is unknown or closing, or whose password is wrong, is over', () => {
    const unknown = sessionId(known.id + 5n);
    const wrong = { ...returning(known.id), passwd: sessionPassword(closing.id) };
    for (const request of [returning(unknown), returning(closing.id), wrong, { ...wrong, passwd: null }]) {
      expect(decideHandshake(request, server)).toEqual({ kind: 'expired' });
    }
    proves('SE-07');
  });

  test('who has seen more than the server is sent elsewhere, whatever else it brings', () => {
    const behind = { kind: 'ask elsewhere', because: 'server is behind' };
    for (const request of [newcomer, returning(known.id), returning(closing.id), returning(sessionId(5n))]) {
      expect(decideHandshake({ ...request, lastZxidSeen: zxid(0x11n) }, server)).toEqual(behind);
    }
    expect(decideHandshake({ ...newcomer, lastZxidSeen: zxid(0x10n) }, server).kind).toBe('new');
    proves('HS-4');
  });

  test('a server that is read-only takes who is content with that, and gives back no session', () => {
    const readOnly = { ...server, isReadOnly: true };
    const elsewhere = { kind: 'ask elsewhere', because: 'server is read-only' };
    expect(decideHandshake(newcomer, readOnly)).toEqual(elsewhere);
    expect(decideHandshake({ ...newcomer, readOnly: true }, readOnly).kind).toBe('new');
    expect(decideHandshake({ ...newcomer, readOnly: true }, server).kind).toBe('new');
    for (const id of [known.id, sessionId(5n)]) {
      expect(decideHandshake({ ...returning(id), readOnly: true }, readOnly)).toEqual(elsewhere);
    }
  });
});

describe('the answer', () => {
  const session = { id: sessionId(0x1000012345670000n), timeoutMs: 6000 };

  test('says number, password and time-out of the session', () => {
    expect(connectResponse(session, false)).toEqual({
      protocolVersion: 0,
      timeOut: 6000,
      sessionId: session.id,
      passwd: Buffer.from('4be494d27cc739baa123244a251a7415', 'hex'),
      readOnly: false,
    });
    expect(connectResponse(session, true).readOnly).toBe(true);
  });

  test('is all zeros when the session is over', () => {
    const over = { protocolVersion: 0, timeOut: 0, sessionId: NO_SESSION, passwd: Buffer.alloc(16), readOnly: false };
    expect(connectResponse(null, false)).toEqual(over);
    expect(connectResponse(null, true)).toEqual({ ...over, readOnly: true });
    proves('HS-3');
  });
});
