import { describe, expect, test } from 'vitest';
import { hex } from '#06-network-protocol/ids.js';

describe('a number in hexadecimal', () => {
  test.each([
    [0n, '0'],
    [0xabcn, 'abc'],
    [0x1_0000_0000n, '100000000'],
    [2n ** 63n - 1n, '7fffffffffffffff'],
    [-1n, 'ffffffffffffffff'],
    [-(2n ** 63n), '8000000000000000'],
  ])('%s is %s', (value, text) => {
    expect(hex(value)).toBe(text);
  });
});
