/** A simulated disk as the program on its machine sees it. */
import { Buffer } from 'node:buffer';
import type { MachineLife } from '#00-introduction/machine-life.js';
import type { CountedFault, SimulatedDisk } from '#00-introduction/simulated-disk.js';
import { SimulatedFile } from '#00-introduction/simulated-file.js';
import { type NameEntry, parentOf } from '#00-introduction/simulated-names.js';
import type { DiskEvent } from '#00-introduction/simulation-event.js';
import { type Disk, DiskError, type DiskFile } from '#00-introduction/world.js';

export class MachineDisk implements Disk {
  private readonly access: DiskAccess;

  constructor(disk: SimulatedDisk, life: MachineLife) {
    this.access = new DiskAccess(disk, life);
  }

  exists(path: string): boolean {
    this.access.life.checkAlive();
    return this.access.names.get(normal(path)) !== undefined;
  }

  list(directory: string): string[] {
    const path = this.access.begin('list', directory, 'failReads');
    this.directoryAt('list', path);
    return this.access.names.list(path);
  }

  makeDirectories(directory: string): void {
    const path = this.access.begin('make directory', directory);
    for (const step of stepsTo(path)) {
      const entry = this.access.names.get(step);
      if (entry === 'directory') continue;
      if (entry !== undefined) throw diskError(step === path ? 'EEXIST' : 'ENOTDIR', 'make directory', path);
      this.access.failOn('failNameChanges', 'make directory', path);
      this.access.names.add(step, 'directory');
      this.access.tell({ kind: 'make-directory', machine: this.access.life.name, path: step });
    }
  }

  open(path: string, mode: 'read' | 'write' | 'create'): DiskFile {
    const name = this.access.begin('open', path);
    const entry = this.access.names.get(name);
    if (entry === 'directory') throw diskError('EISDIR', 'open', name);
    if (entry !== undefined) {
      const file = new MachineFile(this.access, name, entry, mode !== 'read');
      if (mode === 'create') file.truncate(0);
      return file;
    }
    this.directoryAt('open', parentOf(name), name);
    if (mode !== 'create') throw diskError('ENOENT', 'open', name);
    this.access.failOn('failNameChanges', 'open', name);
    const created = new SimulatedFile();
    this.access.names.add(name, created);
    this.access.tell({ kind: 'create', machine: this.access.life.name, path: name });
    return new MachineFile(this.access, name, created, true);
  }

  readFile(path: string): Buffer {
    const name = this.access.begin('read', path, 'failReads');
    const { content } = this.fileAt('read', name);
    const bytes = Buffer.alloc(content.sizeBytes);
    content.read(bytes, 0);
    return bytes;
  }

  rename(from: string, to: string): void {
    const path = this.access.begin('rename', from, 'failNameChanges');
    const target = normal(to);
    if (this.access.names.get(path) === undefined) throw diskError('ENOENT', 'rename', path, `${path} to ${target}`);
    this.directoryAt('rename', parentOf(target), `${path} to ${target}`);
    if (this.access.names.get(target) === 'directory')
      throw diskError('EISDIR', 'rename', path, `${path} to ${target}`);
    if (path === target) return;
    this.access.names.rename(path, target);
    this.access.tell({ kind: 'rename', machine: this.access.life.name, path, to: target });
  }

  remove(path: string): void {
    const name = this.access.begin('remove', path, 'failNameChanges');
    this.fileAt('remove', name);
    this.access.names.remove(name);
    this.access.tell({ kind: 'remove', machine: this.access.life.name, path: name });
  }

  syncDirectory(directory: string): void {
    const path = this.access.begin('sync directory', directory);
    this.directoryAt('sync directory', path);
    const fails = this.access.disk.takeFault('failDirectorySyncs');
    if (!fails) this.access.names.syncDirectory(path);
    this.access.tell({ kind: 'sync', machine: this.access.life.name, path, error: fails ? 'EIO' : null });
    if (fails) throw diskError('EIO', 'sync directory', path);
  }

  private fileAt(action: string, path: string): SimulatedFile {
    const entry: NameEntry | undefined = this.access.names.get(path);
    if (entry === undefined) throw diskError('ENOENT', action, path);
    if (entry === 'directory') throw diskError('EISDIR', action, path);
    return entry;
  }

  private directoryAt(action: string, directory: string, target = directory): void {
    const entry = this.access.names.get(directory);
    if (entry === undefined) throw diskError('ENOENT', action, target);
    if (entry !== 'directory') throw diskError('ENOTDIR', action, target);
  }
}

class MachineFile implements DiskFile {
  readonly path: string;
  private readonly access: DiskAccess;
  private readonly file: SimulatedFile;
  private readonly isWritable: boolean;
  private readonly syncWhat: string;
  private isOpen = true;

  constructor(access: DiskAccess, path: string, file: SimulatedFile, isWritable: boolean) {
    this.access = access;
    this.path = path;
    this.file = file;
    this.isWritable = isWritable;
    this.syncWhat = `${path} is synced`;
  }

  sizeBytes(): number {
    this.check('look up');
    return this.file.content.sizeBytes;
  }

  read(into: Uint8Array, positionBytes: number): number {
    this.check('read');
    this.access.failOn('failReads', 'read', this.path);
    return this.file.content.read(into, positionBytes);
  }

  writeNow(bytes: Uint8Array, positionBytes: number): void {
    this.check('write');
    this.store(bytes, positionBytes);
  }

  write(bytes: Uint8Array, positionBytes: number): Promise<void> {
    const { faults, random } = this.access.disk;
    return this.later('write', random.betweenMs(faults.writeMs), `${bytes.length} bytes are written`, () =>
      this.store(bytes, positionBytes),
    );
  }

  sync(): Promise<void> {
    const { faults, random } = this.access.disk;
    const upToChange = this.file.changeCount;
    return this.later('sync', random.betweenMs(faults.syncMs), this.syncWhat, () => this.finishSync(upToChange));
  }

  syncNow(): void {
    this.check('sync');
    this.finishSync(this.file.changeCount);
  }

  truncate(sizeBytes: number): void {
    this.check('truncate');
    if (!this.isWritable) throw diskError('EBADF', 'truncate', this.path);
    this.file.resize(sizeBytes);
    this.access.tell({ kind: 'truncate', machine: this.access.life.name, path: this.path, sizeBytes });
  }

  close(): void {
    this.isOpen = false;
  }

  private store(bytes: Uint8Array, positionBytes: number): void {
    const { access, path, file } = this;
    if (!this.isWritable) throw diskError('EBADF', 'write', path);
    access.failOn('failWrites', 'write', path);
    const growthBytes = positionBytes + bytes.length - file.content.sizeBytes;
    const { limitBytes } = access.disk.faults;
    if (
      limitBytes !== Number.POSITIVE_INFINITY &&
      growthBytes > 0 &&
      access.disk.usedBytes + growthBytes > limitBytes
    ) {
      access.fail('ENOSPC', 'write', path);
    }
    file.write(bytes, positionBytes);
    access.tell({ kind: 'write', machine: access.life.name, path, positionBytes, sizeBytes: bytes.length });
  }

  private finishSync(upToChange: number): void {
    const { access, path, file } = this;
    const fails = access.disk.takeFault('failSyncs');
    if (fails) file.failSync(upToChange, access.disk.random);
    else file.sync(upToChange);
    access.tell({ kind: 'sync', machine: access.life.name, path, error: fails ? 'EIO' : null });
    if (fails) throw diskError('EIO', 'sync', path);
  }

  /** After a crash the promise stays open for ever: there is nobody left to whom it could matter. */
  private later(action: string, delayMs: number, what: string, run: () => void): Promise<void> {
    return new Promise((resolve, reject) => {
      if (this.access.life.isOver) return;
      this.check(action);
      this.access.life.later(delayMs, what, () => {
        try {
          run();
          resolve();
        } catch (error) {
          if (!this.access.life.isOver) reject(error);
        }
      });
    });
  }

  private check(action: string): void {
    this.access.life.checkAlive();
    if (!this.isOpen) throw diskError('EBADF', action, this.path);
  }
}

/** A disk in the hands of one life of its machine. */
class DiskAccess {
  readonly disk: SimulatedDisk;
  readonly life: MachineLife;

  constructor(disk: SimulatedDisk, life: MachineLife) {
    this.disk = disk;
    this.life = life;
  }

  get names(): SimulatedDisk['names'] {
    return this.disk.names;
  }

  /** @returns the path in its plain form */
  begin(action: string, path: string, fault?: CountedFault): string {
    this.life.checkAlive();
    const name = normal(path);
    if (fault !== undefined) this.failOn(fault, action, name);
    return name;
  }

  failOn(fault: CountedFault, action: string, path: string): void {
    if (this.disk.takeFault(fault)) this.fail('EIO', action, path);
  }

  fail(code: keyof typeof PLAIN_WORDS, action: string, path: string): never {
    this.tell({ kind: 'fault', machine: this.life.name, path, action, error: code });
    throw diskError(code, action, path);
  }

  /** A listener may crash the machine at this very point; then the program must not go on. */
  tell(event: DiskEvent): void {
    if (!this.life.timeline.isWatched) return;
    this.life.timeline.emit(event);
    this.life.checkAlive();
  }
}

function normal(path: string): string {
  if (!path.startsWith('/')) throw new RangeError(`a path on a disk is absolute, ${path} is not`);
  return `/${path.split('/').filter(Boolean).join('/')}`;
}

/** `/a`, `/a/b` and `/a/b/c` for the last of them. */
function stepsTo(path: string): string[] {
  return path
    .split('/')
    .slice(1)
    .map((_, i, names) => `/${names.slice(0, i + 1).join('/')}`);
}

/** The words are those of the real disk. */
const PLAIN_WORDS = {
  EBADF: 'bad file descriptor',
  EEXIST: 'file already exists',
  EIO: 'i/o error',
  EISDIR: 'illegal operation on a directory',
  ENOENT: 'no such file or directory',
  ENOSPC: 'no space left on device',
  ENOTDIR: 'not a directory',
} as const;

function diskError(code: keyof typeof PLAIN_WORDS, action: string, path: string, target = path): DiskError {
  return new DiskError(code, path, `cannot ${action} ${target}: ${PLAIN_WORDS[code]} (${code})`);
}
