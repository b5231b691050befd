import { Buffer } from 'node:buffer';
import fs from 'node:fs';
import os from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { RealDisk } from '#00-introduction/real-disk.node.js';
import { DiskError } from '#00-introduction/world.js';

const disk = new RealDisk();
let folder: string;

beforeEach(() => {
  folder = fs.mkdtempSync(join(os.tmpdir(), 'zoowalk-disk-'));
});

afterEach(() => {
  vi.restoreAllMocks();
  fs.rmSync(folder, { recursive: true });
});

function errorOf(run: () => unknown): DiskError {
  try {
    run();
  } catch (error) {
    if (error instanceof DiskError) return error;
    throw error;
  }
  throw new Error('no error was thrown');
}

describe('names', () => {
  test('folders are made with their parents, and listed sorted', () => {
    disk.makeDirectories(join(folder, 'a/b'));
    disk.makeDirectories(join(folder, 'a/b'));
    for (const name of ['z', 'log.10', 'log.2', 'B']) disk.open(join(folder, 'a/b', name), 'create').close();
    expect(disk.list(join(folder, 'a/b'))).toEqual(['B', 'log.10', 'log.2', 'z']);
    disk.syncDirectory(join(folder, 'a/b'));
  });

  test('a file is renamed and removed', () => {
    disk.open(join(folder, 'one'), 'create').close();
    disk.rename(join(folder, 'one'), join(folder, 'two'));
    expect([disk.exists(join(folder, 'one')), disk.exists(join(folder, 'two'))]).toEqual([false, true]);
    disk.remove(join(folder, 'two'));
    expect(disk.list(folder)).toEqual([]);
  });

  test('a path through a file does not exist, which is no error', () => {
    disk.open(join(folder, 'file'), 'create').close();
    expect(disk.exists(join(folder, 'file/below'))).toBe(false);
  });
});

describe('bytes', () => {
  test('what was written is read back, by position', async () => {
    const file = disk.open(join(folder, 'file'), 'create');
    file.writeNow(Buffer.from('hello'), 0);
    await file.write(Buffer.from('world'), 6);
    await file.write(Buffer.alloc(0), 100);
    await file.sync();
    file.syncNow();
    expect(file.sizeBytes()).toBe(11);
    const into = Buffer.alloc(20);
    expect(file.read(into, 3)).toBe(8);
    expect(into.subarray(0, 8).toString('latin1')).toBe('lo\0world');
    expect(file.read(into, 11)).toBe(0);
    file.close();
    expect(disk.readFile(join(folder, 'file')).toString('latin1')).toBe('hello\0world');
  });

  test('`create` empties a file, `write` keeps it, `read` refuses to write', () => {
    const path = join(folder, 'file');
    fs.writeFileSync(path, 'abc');
    const kept = disk.open(path, 'write');
    kept.writeNow(Buffer.from('X'), 1);
    kept.truncate(2);
    kept.close();
    expect(fs.readFileSync(path, 'utf8')).toBe('aX');
    const readOnly = disk.open(path, 'read');
    expect(errorOf(() => readOnly.writeNow(Buffer.from('Y'), 0)).code).toBe('EBADF');
    readOnly.close();
    disk.open(path, 'create').close();
    expect(fs.readFileSync(path, 'utf8')).toBe('');
  });

  test('a write that the operating system takes in parts is finished', async () => {
    const { writeSync, write } = fs;
    const sizes: number[] = [];
    vi.spyOn(fs, 'writeSync').mockImplementation(((
      fd: number,
      bytes: Uint8Array,
      from: number,
      _n: number,
      at: number,
    ) => {
      sizes.push(Math.min(2, bytes.length - from));
      return writeSync(fd, bytes, from, Math.min(2, bytes.length - from), at);
    }) as typeof fs.writeSync);
    vi.spyOn(fs, 'write').mockImplementation(((
      fd: number,
      bytes: Uint8Array,
      from: number,
      _n: number,
      at: number,
      done: (error: NodeJS.ErrnoException | null, written: number, bytes: Uint8Array) => void,
    ) => {
      sizes.push(Math.min(3, bytes.length - from));
      write(fd, bytes, from, Math.min(3, bytes.length - from), at, done);
    }) as typeof fs.write);
    const file = disk.open(join(folder, 'file'), 'create');
    file.writeNow(Buffer.from('abcde'), 0);
    await file.write(Buffer.from('fghij'), 5);
    file.close();
    expect(sizes).toEqual([2, 2, 1, 3, 2]);
    expect(fs.readFileSync(join(folder, 'file'), 'utf8')).toBe('abcdefghij');
  });
});

test('a file that is closed while it writes and syncs finishes both', async () => {
  const closed = vi.spyOn(fs, 'closeSync');
  const path = join(folder, 'file');
  const file = disk.open(path, 'create');
  const work = [file.write(Buffer.from('late'), 0), file.sync()];
  file.close();
  expect(closed).not.toHaveBeenCalled();
  await Promise.all(work);
  expect(closed).toHaveBeenCalledTimes(1);
  expect(fs.readFileSync(path, 'utf8')).toBe('late');
});

describe('errors', () => {
  test('say what was tried, where, and what the operating system said', () => {
    const missing = join(folder, 'missing');
    const failures = {
      open: () => disk.open(missing, 'read'),
      'open ': () => disk.open(missing, 'write'),
      list: () => disk.list(missing),
      read: () => disk.readFile(missing),
      remove: () => disk.remove(missing),
      'sync directory': () => disk.syncDirectory(missing),
    };
    for (const [action, run] of Object.entries(failures)) {
      const error = errorOf(run);
      expect([error.code, error.path]).toEqual(['ENOENT', missing]);
      expect(error.message).toBe(`cannot ${action.trim()} ${missing}: no such file or directory (ENOENT)`);
    }
    const rename = errorOf(() => disk.rename(missing, join(folder, 'other')));
    expect(rename.message).toContain(`cannot rename ${missing} to ${join(folder, 'other')}: no such file`);
  });

  test('of asynchronous calls are rejections', async () => {
    const file = disk.open(join(folder, 'file'), 'create');
    file.close();
    file.close();
    for (const promise of [file.write(Buffer.from('x'), 0), file.sync()]) {
      await expect(promise).rejects.toMatchObject({ name: 'DiskError', code: 'EBADF', path: join(folder, 'file') });
    }
    const device = disk.open('/dev/full', 'write');
    await expect(device.write(Buffer.from('x'), 0)).rejects.toMatchObject({ code: 'ENOSPC', path: '/dev/full' });
    expect(errorOf(() => device.writeNow(Buffer.from('x'), 0)).message).toContain('no space left on device');
    device.close();
  });
});
