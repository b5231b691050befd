import { Buffer } from 'node:buffer';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { NO_SESSION, sessionId } from '#06-network-protocol/ids.js';
import { isSessionPassword, sessionPassword } from '#09-session-creation/session-password.js';
import { proves } from '#testing/proves.js';

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
