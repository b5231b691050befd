import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { CONTAINER_OWNER, MAX_TTL_MS, nodeKind, ttlMsOf, ttlOwner } from '#01-data-model/ephemeral-owner.js';
import { NO_SESSION, type SessionId, sessionId } from '#06-network-protocol/ids.js';
import { proves } from '#testing/proves.js';

const owner = (unsigned: bigint): SessionId => sessionId(BigInt.asIntN(64, unsigned));

describe('the owner field tells the kind of a node', () => {
  test.each([
    [NO_SESSION, 'persistent', 'persistent'],
    [CONTAINER_OWNER, 'container', 'container'],
    [owner(0x8000000000000001n), 'ephemeral', 'ephemeral'],
    [owner(1n), 'ephemeral', 'ephemeral'],
    [owner(0xfeffffffffffffffn), 'ephemeral', 'ephemeral'],
    [owner(0xff00000000000001n), 'ttl', 'ephemeral'],
    [owner(0xff0000ffffffffffn), 'ttl', 'ephemeral'],
    [owner(0xff00010000000001n), 'persistent', 'ephemeral'],
    [owner(0xffffffffffffffffn), 'persistent', 'ephemeral'],
  ])('%i: %s, or %s without extended types', (id, extended, plain) => {
    expect([nodeKind(id, true), nodeKind(id, false)]).toEqual([extended, plain]);
    proves('EO-2');
  });
});

describe('a time to live', () => {
  test('is in the lower five bytes', () => {
    expect(ttlOwner(1)).toBe(owner(0xff00000000000001n));
    expect(ttlOwner(MAX_TTL_MS)).toBe(owner(0xff0000ffffffffffn));
    proves('EO-1');
  });

  test('comes out as it went in', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: MAX_TTL_MS }), (ttlMs) => {
        expect(ttlMsOf(ttlOwner(ttlMs))).toBe(ttlMs);
        expect(nodeKind(ttlOwner(ttlMs), true)).toBe('ttl');
      }),
    );
    proves('EO-1');
  });
});
