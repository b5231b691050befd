import { Buffer } from 'node:buffer';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { serverId } from '#14-leader-election/server-id.js';
import {
  decodeInitialMessage,
  encodeInitialMessage,
  InitialMessageError,
  MAX_INITIAL_MESSAGE_BYTES,
} from '#15-fast-leader-election/initial-message.js';
import { proves } from '#testing/proves.js';

const here = [
  { host: 'zk1.example', port: 3888 },
  { host: '2001:db8::1', port: 3889 },
];

/** As a server would write it, with any text for the addresses. */
function messageWith(text: string, version = -65536n): Buffer {
  const addresses = Buffer.from(text);
  const bytes = Buffer.alloc(20 + addresses.length);
  bytes.writeBigInt64BE(version, 0);
  bytes.writeBigInt64BE(7n, 8);
  bytes.writeInt32BE(addresses.length, 16);
  addresses.copy(bytes, 20);
  return bytes;
}

describe('an initial message', () => {
  test('names one address, for servers that know only one', () => {
    proves('QC-01');
    const bytes = encodeInitialMessage(serverId(7n), here, false);
    expect(bytes).toEqual(messageWith('zk1.example:3888'));
    expect(decodeInitialMessage(bytes)).toEqual({
      message: { sender: 7n, addresses: [here[0]] },
      sizeBytes: bytes.length,
    });
  });

  test('names all addresses, IPv6 in brackets', () => {
    proves('QC-01');
    const bytes = encodeInitialMessage(serverId(7n), here, true);
    expect(bytes).toEqual(messageWith('zk1.example:3888|[2001:db8::1]:3889', -65535n));
    expect(decodeInitialMessage(bytes)?.message.addresses).toEqual(here);
  });

  test('may only be an id', () => {
    proves('QC-02');
    const bytes = Buffer.alloc(12);
    bytes.writeBigInt64BE(7n);
    expect(decodeInitialMessage(bytes)).toEqual({ message: { sender: 7n, addresses: [] }, sizeBytes: 8 });
  });

  test('is awaited until it is complete, and what comes after it is left alone', () => {
    const bytes = encodeInitialMessage(serverId(7n), here, true);
    for (let sizeBytes = 0; sizeBytes < bytes.length; sizeBytes++) {
      expect(decodeInitialMessage(bytes.subarray(0, sizeBytes))).toBeNull();
    }
    expect(decodeInitialMessage(Buffer.concat([bytes, bytes]))?.sizeBytes).toBe(bytes.length);
  });

  test.each([-1n, -65534n, -65537n, -(2n ** 63n)])('of version %d is refused', (version) => {
    proves('QC-02');
    expect(() => decodeInitialMessage(messageWith('a:1', version))).toThrow(InitialMessageError);
  });

  test.each([-1, 0, 2049, 0x7fff_ffff])('with %d bytes of addresses is refused before they arrive', (lengthBytes) => {
    proves('QC-02');
    const bytes = messageWith('a:1');
    bytes.writeInt32BE(lengthBytes, 16);
    expect(() => decodeInitialMessage(bytes)).toThrow('1 to 2048');
  });

  test('may have 2048 bytes of addresses', () => {
    const bytes = messageWith(`${'a'.repeat(2043)}:3888`);
    expect(bytes.length).toBe(MAX_INITIAL_MESSAGE_BYTES);
    expect(decodeInitialMessage(bytes)?.message.addresses).toHaveLength(1);
  });

  test.each(['0.0.0.0:1', '[::]:1', '[0:0:0:0:0:0:0:0]:1', '0:1'])('does not name the address %s', (address) => {
    proves('QC-04');
    expect(decodeInitialMessage(messageWith(address))?.message.addresses).toEqual([]);
    expect(decodeInitialMessage(messageWith(`${address}|b:2`, -65535n))?.message.addresses).toEqual([
      { host: 'b', port: 2 },
    ]);
  });

  test.each(['a', 'a:', ':1', 'a:b', 'a:1:2', 'a:65536', 'a:-1', '[::1]', '[::1:1', '::1:1', 'a:1|', '|', 'a b:1'])(
    'with the address %j is refused',
    (address) => {
      expect(() => decodeInitialMessage(messageWith(address))).toThrow('is no address');
    },
  );

  test('is read, awaited or refused, whatever its bytes are', () => {
    const text = fc.stringMatching(/^[a0:.|[\]19 ]{0,30}$/);
    const any = fc.oneof(
      text.map((addresses) => messageWith(addresses)),
      fc.uint8Array({ maxLength: 60 }).map(Buffer.from),
      fc.uint8Array({ maxLength: 60 }).map((bytes) => Buffer.concat([messageWith('a:1').subarray(0, 8), bytes])),
    );
    let refused = 0;
    fc.assert(
      fc.property(any, (bytes) => {
        try {
          const decoded = decodeInitialMessage(bytes);
          for (const { host, port } of decoded?.message.addresses ?? []) {
            expect(host).not.toBe('');
            expect(port).toBeLessThan(65_536);
          }
        } catch (error) {
          expect(error).toBeInstanceOf(InitialMessageError);
          refused++;
        }
      }),
      { numRuns: 2000 },
    );
    expect(refused).toBeGreaterThan(100);
  });
});
