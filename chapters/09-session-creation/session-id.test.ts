import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { CONTAINER_OWNER } from '#01-data-model/ephemeral-owner.js';
import { NO_SESSION, sessionId } from '#06-network-protocol/ids.js';
import { firstSessionId, nextSessionId, serverIdOf } from '#09-session-creation/session-id.js';
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
