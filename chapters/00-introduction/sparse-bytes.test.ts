import { Buffer } from 'node:buffer';
import { expect, test } from 'vitest';
import { SeededRandom } from '#00-introduction/seeded-random.js';
import { SparseBytes } from '#00-introduction/sparse-bytes.js';

function all(bytes: SparseBytes): Buffer {
  const into = Buffer.alloc(bytes.sizeBytes, 0xff);
  expect(bytes.read(into, 0)).toBe(bytes.sizeBytes);
  return into;
}

test('behaves like plain memory, whatever is written, cut off and read', () => {
  const random = new SeededRandom(1);
  const bytes = new SparseBytes();
  let plain = Buffer.alloc(0);
  for (let i = 0; i < 500; i++) {
    const position = random.integer(20_000);
    if (random.integer(5) === 0) {
      bytes.resize(position);
      const resized = Buffer.alloc(position);
      plain.copy(resized);
      plain = resized;
    } else {
      const piece = Buffer.alloc(random.integer(9000), random.integer(3));
      bytes.write(piece, position);
      if (piece.length > 0 && position + piece.length > plain.length) {
        plain = Buffer.concat([plain, Buffer.alloc(position + piece.length - plain.length)]);
      }
      piece.copy(plain, position);
    }
    expect(all(bytes).equals(plain)).toBe(true);
  }
});

test('a copy is one of its own', () => {
  const bytes = new SparseBytes();
  bytes.write(Buffer.from('abc'), 0);
  const copy = bytes.clone();
  bytes.write(Buffer.from('X'), 1);
  expect([all(copy).toString(), all(bytes).toString()]).toEqual(['abc', 'aXc']);
});

test('reads what is there, from any place', () => {
  const bytes = new SparseBytes();
  bytes.write(Buffer.from('hello'), 4094);
  const into = Buffer.alloc(10);
  expect([bytes.read(into, 4096), into.toString('latin1', 0, 3)]).toEqual([3, 'llo']);
  expect([bytes.read(into, 4099), bytes.read(into, 9999)]).toEqual([0, 0]);
});

test('a large piece of zeroes is held without memory for it', () => {
  const bytes = new SparseBytes();
  const zeroes = Buffer.alloc(1 << 20);
  for (let i = 0; i < 4096; i += 32) bytes.write(zeroes, (i + 31) * zeroes.length);
  expect(bytes.sizeBytes).toBe(2 ** 32);
  const into = Buffer.alloc(3, 1);
  bytes.read(into, 2 ** 31);
  expect([...into]).toEqual([0, 0, 0]);
});
