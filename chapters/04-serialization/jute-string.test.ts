import { Buffer } from 'node:buffer';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { juteStringByteLength, readJuteString, writeJuteString } from '#04-serialization/binary-archive.js';
import { proves } from '#testing/proves.js';

const GUARD = 0xee;

/** The bytes of a string, written in the middle of other memory that must not change. */
function written(text: string): Buffer {
  const lengthBytes = juteStringByteLength(text);
  const memory = Buffer.alloc(lengthBytes + 4, GUARD);
  writeJuteString(memory, 2, text);
  for (const at of [0, 1, lengthBytes + 2, lengthBytes + 3]) expect(memory[at], `byte ${at}`).toBe(GUARD);
  return memory.subarray(2, lengthBytes + 2);
}

/** Reads bytes that lie between other ones, which would change the result if they were read too. */
function readBytes(bytes: Uint8Array): string {
  const memory = Buffer.concat([Buffer.from([0xe2]), bytes, Buffer.from([0x82, 0xac])]);
  return readJuteString(memory, 1, 1 + bytes.length);
}

const readHex = (hex: string): string => readBytes(Buffer.from(hex, 'hex'));

/** Any UTF-16, halves of characters alone included. */
const anyText = fc
  .array(
    fc.oneof(
      fc.integer({ min: 0, max: 0xffff }),
      fc.integer({ min: 0, max: 0x7f }),
      fc.integer({ min: 0xd800, max: 0xdfff }),
    ),
  )
  .map((units) => String.fromCharCode(...units));

const isHalf = (text: string): boolean => /[\ud800-\udfff]/.test(text);

describe('strings are written one UTF-16 unit at a time', () => {
  test.each([
    ['', ''],
    ['\0', '00'],
    ['a\u007f', '617f'],
    ['\u0080\u07ff', 'c280dfbf'],
    ['\u0800\uffff', 'e0a080efbfbf'],
    ['€', 'e282ac'],
    ['😀', 'eda0bdedb880'],
    ['\ud800', 'eda080'],
    ['\udfff!', 'edbfbf21'],
  ])('%j is %s', (text, hex) => {
    expect(written(text).toString('hex')).toBe(hex);
    proves('JU-02');
  });

  test('which is UTF-8 where no unit is half a character', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => {
        fc.pre(!isHalf(text));
        expect(written(text)).toEqual(Buffer.from(text, 'utf8'));
        expect(readBytes(written(text))).toBe(text);
      }),
    );
    proves('JU-02');
  });
});

describe('strings are read as UTF-8', () => {
  test('each half of a character becomes U+FFFD, and the rest stays', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        expect(readBytes(written(text))).toBe(text.replace(/[\ud800-\udfff]/g, '\ufffd'));
      }),
    );
    proves('JU-02');
  });

  test('a character of four bytes comes back whole', () => {
    expect(readHex('f09f9880')).toBe('😀');
  });

  // What Java's decoder gives, seen with OpenJDK 17.
  test.each([
    ['80', '\ufffd'],
    ['c080', '\ufffd\ufffd'],
    ['e282', '\ufffd'],
    ['f09f98', '\ufffd'],
    ['f5808080', '\ufffd\ufffd\ufffd\ufffd'],
    ['eda080', '\ufffd'],
    ['eda0', '\ufffd'],
    ['ed', '\ufffd'],
    ['eda041', '\ufffdA'],
    ['eda08080', '\ufffd\ufffd'],
    ['e282eda08041', '\ufffd\ufffdA'],
    ['edb880eda0bd', '\ufffd\ufffd'],
    ['ed9fbf', '\ud7ff'],
    ['efbbbf41', '\ufeffA'],
  ])('%s becomes %j', (hex, text) => {
    expect(readHex(hex)).toBe(text);
  });

  test('any bytes at all give a string', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
        const text = readBytes(bytes);
        expect(isHalf(text.replace(/[\ud800-\udbff][\udc00-\udfff]/g, ''))).toBe(false);
        expect(text.length).toBeLessThanOrEqual(bytes.length);
      }),
    );
  });

  test('a long string full of halves is no trouble', () => {
    expect(readBytes(written('\ud800'.repeat(300_000)))).toBe('\ufffd'.repeat(300_000));
  });
});
