/**
 * The file system of this machine. Every failure becomes a `DiskError` that says what was tried, where, and what the
 * operating system said.
 */
import type { Buffer } from 'node:buffer';
import fs from 'node:fs';
import { dirname } from 'node:path';
import { type Disk, DiskError, type DiskFile } from '#00-introduction/world.js';

const OPEN_FLAGS = { read: 'r', write: 'r+', create: 'w+' } as const;

export class RealDisk implements Disk {
  exists(path: string): boolean {
    try {
      return fs.statSync(path, { throwIfNoEntry: false }) !== undefined;
    } catch (error) {
      if (isSystemError(error) && error.code === 'ENOTDIR') return false;
      throw asDiskError('look up', path, error);
    }
  }

  list(directory: string): string[] {
    return attempt('list', directory, () => fs.readdirSync(directory).sort());
  }

  makeDirectories(directory: string): void {
    attempt('make directory', directory, () => makeDirectoryTree(directory));
  }

  open(path: string, mode: 'read' | 'write' | 'create'): DiskFile {
    return new RealDiskFile(
      path,
      attempt('open', path, () => fs.openSync(path, OPEN_FLAGS[mode])),
    );
  }

  readFile(path: string): Buffer {
    return attempt('read', path, () => fs.readFileSync(path));
  }

  rename(from: string, to: string): void {
    attempt('rename', from, () => fs.renameSync(from, to), `${from} to ${to}`);
  }

  remove(path: string): void {
    attempt('remove', path, () => fs.unlinkSync(path));
  }

  syncDirectory(directory: string): void {
    // Windows can't open a directory, and keeps names without being asked.
    if (process.platform === 'win32') return;
    attempt('sync directory', directory, () => {
      const fd = fs.openSync(directory, 'r');
      try {
        fs.fsyncSync(fd);
      } finally {
        fs.closeSync(fd);
      }
    });
  }
}

class RealDiskFile implements DiskFile {
  readonly path: string;
  private readonly fd: number;
  private open = true;
  private underWay = 0;

  constructor(path: string, fd: number) {
    this.path = path;
    this.fd = fd;
  }

  sizeBytes(): number {
    return attempt('look up', this.path, () => fs.fstatSync(this.openFd()).size);
  }

  read(into: Uint8Array, positionBytes: number): number {
    return attempt('read', this.path, () => fs.readSync(this.openFd(), into, 0, into.length, positionBytes));
  }

  writeNow(bytes: Uint8Array, positionBytes: number): void {
    attempt('write', this.path, () => {
      const fd = this.openFd();
      let done = 0;
      // The operating system may take a part only, above all when the disk is nearly full.
      while (done < bytes.length) {
        done += fs.writeSync(fd, bytes, done, bytes.length - done, positionBytes + done);
      }
    });
  }

  write(bytes: Uint8Array, positionBytes: number): Promise<void> {
    return this.later('write', (done) => {
      const fd = this.openFd();
      const writeFrom = (start: number): void => {
        fs.write(fd, bytes, start, bytes.length - start, positionBytes + start, (error, written) => {
          if (error !== null || start + written === bytes.length) done(error);
          else writeFrom(start + written);
        });
      };
      writeFrom(0);
    });
  }

  sync(): Promise<void> {
    return this.later('sync', (done) => fs.fdatasync(this.openFd(), done));
  }

  syncNow(): void {
    attempt('sync', this.path, () => fs.fdatasyncSync(this.openFd()));
  }

  truncate(sizeBytes: number): void {
    attempt('truncate', this.path, () => fs.ftruncateSync(this.openFd(), sizeBytes));
  }

  /** What is under way is finished first. */
  close(): void {
    if (!this.open) return;
    this.open = false;
    if (this.underWay === 0) this.release();
  }

  /** The number of a closed file may belong to another one by now: writing to it would be a disaster. */
  private openFd(): number {
    if (!this.open) throw new DiskError('EBADF', this.path, `${this.path} is used after it was closed (EBADF)`);
    return this.fd;
  }

  private later(action: string, start: (done: (error: Error | null) => void) => void): Promise<void> {
    return new Promise((resolve, reject) => {
      start((error) => {
        this.underWay--;
        if (!this.open && this.underWay === 0) this.release();
        if (error === null) resolve();
        else reject(asDiskError(action, this.path, error));
      });
      this.underWay++;
    });
  }

  private release(): void {
    attempt('close', this.path, () => fs.closeSync(this.fd));
  }
}

function attempt<T>(action: string, path: string, run: () => T, target = path): T {
  try {
    return run();
  } catch (error) {
    throw asDiskError(action, path, error, target);
  }
}

/** Node's own text is `ENOENT: no such file or directory, open '/a'`; the middle of it is the operating system's. */
function asDiskError(action: string, path: string, error: unknown, target = path): unknown {
  if (!isSystemError(error)) return error;
  const text = /^\w+: ([^,]+)/.exec(error.message)?.[1] ?? error.message;
  return new DiskError(error.code, path, `cannot ${action} ${target}: ${text} (${error.code})`);
}

/** Anything else, such as a wrong argument, is a bug in the caller and stays what it is. */
function isSystemError(error: unknown): error is Error & { code: string } {
  return error instanceof Error && 'syscall' in error && 'code' in error && typeof error.code === 'string';
}

/** Folder by folder: for some that can't be made (below /proc), Node's own way to make them all never ends. */
function makeDirectoryTree(directory: string): void {
  if (fs.statSync(directory, { throwIfNoEntry: false })?.isDirectory()) return;
  if (dirname(directory) !== directory) makeDirectoryTree(dirname(directory));
  fs.mkdirSync(directory);
}
