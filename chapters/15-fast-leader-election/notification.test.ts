import { Buffer } from 'node:buffer';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { zxid } from '#06-network-protocol/ids.js';
import { serverId } from '#14-leader-election/server-id.js';
import type { Vote } from '#14-leader-election/vote.js';
import {
  configVersionOf,
  decodeNotification,
  encodeNotification,
  NotificationError,
} from '#15-fast-leader-election/notification.js';
import { proves } from '#testing/proves.js';

const vote: Vote = {
  leader: serverId(3n),
  zxid: zxid(0x2_0000_0007n),
  electionEpoch: 5n,
  peerEpoch: 2n,
  state: 'following',
  version: 2,
};

const config = 'server.1=a:2888:3888:participant\nversion=10000000a';

describe('a notification', () => {
  test('has its fields where Apache has them', () => {
    proves('NF-1', 'NF-2', 'NF-3', 'NF-4', 'NF-5', 'NF-6', 'NF-7');
    const bytes = encodeNotification({ vote, config });
    expect(bytes.length).toBe(44 + config.length);
    expect(bytes.readInt32BE(0)).toBe(1);
    expect(bytes.readBigInt64BE(4)).toBe(3n);
    expect(bytes.readBigInt64BE(12)).toBe(0x2_0000_0007n);
    expect(bytes.readBigInt64BE(20)).toBe(5n);
    expect(bytes.readBigInt64BE(28)).toBe(2n);
    expect(bytes.readInt32BE(36)).toBe(2);
    expect(bytes.readInt32BE(40)).toBe(config.length);
    expect(bytes.toString('utf8', 44)).toBe(config);
    expect(decodeNotification(bytes)).toEqual({ vote, config });
  });

  test.each(['looking', 'following', 'leading', 'observing'] as const)('tells that its sender is %s', (state) => {
    proves('NF-1');
    const bytes = encodeNotification({ vote: { ...vote, state }, config: '' });
    expect(bytes.readInt32BE(0)).toBe(['looking', 'following', 'leading', 'observing'].indexOf(state));
    expect(decodeNotification(bytes).vote.state).toBe(state);
  });

  test('of 28 bytes has no epoch: it is that of the zxid', () => {
    proves('NF-8');
    const bytes = encodeNotification({ vote: { ...vote, peerEpoch: 9n }, config }).subarray(0, 28);
    expect(decodeNotification(bytes)).toEqual({ vote: { ...vote, peerEpoch: 2n, version: 0 }, config: null });
  });

  test('of 40 bytes has no version', () => {
    proves('NF-8');
    const bytes = encodeNotification({ vote, config }).subarray(0, 40);
    expect(decodeNotification(bytes)).toEqual({ vote: { ...vote, version: 0 }, config: null });
  });

  test('of version 1 has no configuration', () => {
    proves('NF-6', 'NF-8');
    const bytes = encodeNotification({ vote: { ...vote, version: 1 }, config });
    expect(decodeNotification(bytes)).toEqual({ vote: { ...vote, version: 1 }, config: null });
  });

  test('that ends in the middle of a field is refused', () => {
    proves('NF-8');
    const bytes = encodeNotification({ vote, config });
    for (let sizeBytes = 0; sizeBytes < bytes.length; sizeBytes++) {
      const cut = () => decodeNotification(bytes.subarray(0, sizeBytes));
      if (sizeBytes === 28 || sizeBytes === 40) expect(cut).not.toThrow();
      else expect(cut).toThrow(NotificationError);
    }
  });

  test.each([-1, config.length + 1, 0x7fff_ffff])('with a configuration of %d bytes is refused', (lengthBytes) => {
    proves('NF-8');
    const bytes = encodeNotification({ vote, config });
    bytes.writeInt32BE(lengthBytes, 40);
    expect(() => decodeNotification(bytes)).toThrow(NotificationError);
  });

  test.each([-1, 4, 0x1000_0000])('from a server in state %d is refused', (state) => {
    const bytes = encodeNotification({ vote, config });
    bytes.writeInt32BE(state, 0);
    expect(() => decodeNotification(bytes)).toThrow(`${state} is no state`);
  });

  test('is read or refused, whatever its bytes are', () => {
    const damaged = fc.tuple(fc.uint8Array({ maxLength: 60 }), fc.nat(120), fc.nat(120)).map(([bytes, at, cut]) => {
      const damage = Buffer.concat([encodeNotification({ vote, config }), Buffer.alloc(40)]);
      damage.set(bytes.subarray(0, damage.length - Math.min(at, damage.length)), Math.min(at, damage.length));
      return damage.subarray(0, cut);
    });
    let refused = 0;
    fc.assert(
      fc.property(fc.oneof(damaged, fc.uint8Array({ maxLength: 200 }).map(Buffer.from)), (bytes) => {
        try {
          expect(decodeNotification(bytes).vote.state).toMatch(/ing$/);
        } catch (error) {
          expect(error).toBeInstanceOf(NotificationError);
          refused++;
        }
      }),
      { numRuns: 2000 },
    );
    expect(refused).toBeGreaterThan(100);
  });
});

test('the version of a configuration is in its last line', () => {
  expect(configVersionOf(config)).toBe(0x1_0000_000an);
  expect(configVersionOf('version=0')).toBe(0n);
  expect(configVersionOf('server.1=a:2888:3888')).toBe(0n);
  expect(configVersionOf('version=wrong')).toBe(0n);
  expect(configVersionOf(`version=${'f'.repeat(17)}`)).toBe(0n);
});
