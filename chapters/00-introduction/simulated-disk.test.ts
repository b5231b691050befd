import { Buffer } from 'node:buffer';
import { beforeEach, describe, expect, test } from 'vitest';
import type { SimulatedMachine } from '#00-introduction/simulated-machine.js';
import { Simulation } from '#00-introduction/simulation.js';
import type { Disk } from '#00-introduction/world.js';

let simulation: Simulation;
let machine: SimulatedMachine;
let disk: Disk;

beforeEach(() => begin(1));

function begin(seed: number): void {
  simulation = new Simulation({ seed });
  machine = simulation.machine('a');
  disk = machine.world.disk;
}

/** Makes a file whose content and name are certain. */
function durableFile(path: string, bytes: Uint8Array): void {
  const file = disk.open(path, 'create');
  file.writeNow(bytes, 0);
  file.syncNow();
  file.close();
  disk.syncDirectory(path.slice(0, path.lastIndexOf('/')) || '/');
}

/** What is in the file after a power cut, over many seeds; null when there is no file. */
function afterCrashes(path: string, prepare: () => void, seeds = 200): (string | null)[] {
  return Array.from({ length: seeds }, (_, seed) => {
    begin(seed);
    prepare();
    machine.crash();
    const restarted = machine.restart().disk;
    return restarted.exists(path) ? restarted.readFile(path).toString('latin1') : null;
  });
}

describe('unsynced writes after a crash', () => {
  const outcomes = (): Set<string | null> =>
    new Set(
      afterCrashes('/f', () => {
        durableFile('/f', Buffer.from('durable'));
        disk.open('/f', 'write').writeNow(Buffer.from('ABC'), 7);
      }),
    );

  test('are kept, lost, torn, or zeroes', () => {
    const seen = outcomes();
    expect(seen).toContain('durable');
    expect(seen).toContain('durableABC');
    expect(seen).toContain('durableA');
    expect(seen).toContain('durable\0\0\0');
    for (const text of seen) expect(text).toMatch(/^durable(A?|AB|ABC|A?\0*|AB\0)$/);
  });

  test('are no danger to what was synced', () => {
    const bytes = Buffer.alloc(5000, 'd');
    const seen = afterCrashes('/f', () => {
      durableFile('/f', bytes);
      const file = disk.open('/f', 'write');
      file.writeNow(Buffer.alloc(1000, 'u'), 2000);
      file.writeNow(Buffer.alloc(1000, 'v'), 6000);
    });
    for (const text of seen) {
      expect(text?.slice(0, 2000)).toBe('d'.repeat(2000));
      expect(text?.slice(3000, 5000)).toBe('d'.repeat(2000));
      expect(text?.slice(2000, 3000)).toMatch(/^[du]*$/);
    }
  });

  test('are all there once they were synced, at once or later', async () => {
    for (let seed = 0; seed < 50; seed++) {
      begin(seed);
      durableFile('/f', Buffer.alloc(0));
      const file = disk.open('/f', 'write');
      file.writeNow(Buffer.from('one'), 0);
      await simulation.settle(file.sync());
      await simulation.settle(file.write(Buffer.from('two'), 3));
      file.syncNow();
      machine.crash();
      expect(machine.restart().disk.readFile('/f').toString()).toBe('onetwo');
    }
  });

  test('a write that comes while a sync runs is not part of it', async () => {
    durableFile('/f', Buffer.alloc(0));
    const file = disk.open('/f', 'write');
    file.writeNow(Buffer.from('one'), 0);
    const synced = file.sync();
    file.writeNow(Buffer.from('two'), 3);
    await simulation.settle(synced);
    expect(machine.disk.durableBytes('/f')?.toString()).toBe('one');
    expect(disk.readFile('/f').toString()).toBe('onetwo');
  });

  test('a crash while a sync runs leaves them uncertain', () => {
    const seen = new Set(
      afterCrashes('/f', () => {
        durableFile('/f', Buffer.alloc(0));
        const file = disk.open('/f', 'write');
        file.writeNow(Buffer.from('x'), 0);
        void file.sync();
      }),
    );
    expect(seen).toContain('');
    expect(seen).toContain('x');
  });

  test('of several sectors are torn between sectors, in any order, also across writes', () => {
    const seen = afterCrashes('/f', () => {
      durableFile('/f', Buffer.alloc(4096, '.'));
      const file = disk.open('/f', 'write');
      file.writeNow(Buffer.alloc(2048, 'a'), 0);
      file.writeNow(Buffer.alloc(2048, 'b'), 2048);
    });
    const sectors = seen.map((text) =>
      (text ?? '')
        .match(/.{512}/gs)
        ?.map((sector) => sector[0])
        .join(''),
    );
    const isTorn = (text: string | undefined): boolean => /\.a|a\..*a/.test(text ?? '');
    expect(sectors.filter(isTorn).length).toBeGreaterThan(5);
    expect(sectors.filter((text) => text?.startsWith('....') && text.includes('b')).length).toBeGreaterThan(5);
    expect(new Set(sectors).size).toBeGreaterThan(20);
  });

  test('in the same sector come with those before them, as a sector is written whole', () => {
    const seen = new Set(
      afterCrashes(
        '/f',
        () => {
          durableFile('/f', Buffer.from('......'));
          const file = disk.open('/f', 'write');
          file.writeNow(Buffer.from('aaa'), 0);
          file.writeNow(Buffer.from('b'), 5);
        },
        1000,
      ),
    );
    expect([...seen].sort()).toEqual(['......', 'a.....', 'aa....', 'aaa...', 'aaa..b']);
  });

  test('that empty or shorten a file may be lost or kept', () => {
    const seen = new Set(
      afterCrashes('/f', () => {
        durableFile('/f', Buffer.from('abcdef'));
        disk.open('/f', 'write').truncate(2);
      }),
    );
    expect([...seen].sort()).toEqual(['ab', 'abcdef']);
    const emptied = new Set(
      afterCrashes('/f', () => {
        durableFile('/f', Buffer.from('abcdef'));
        disk.open('/f', 'create');
      }),
    );
    expect([...emptied].sort()).toEqual(['', 'abcdef']);
  });

  test('are kept when only the process is killed', () => {
    disk.open('/f', 'create').writeNow(Buffer.from('kept'), 0);
    machine.kill();
    expect(machine.restart().disk.readFile('/f').toString()).toBe('kept');
    expect(machine.disk.durableBytes('/f')).toBeNull();
  });
});

describe('names after a crash', () => {
  test('of new files may be lost, unless their folder was synced', () => {
    const make = (): void => {
      const file = disk.open('/new', 'create');
      file.writeNow(Buffer.from('x'), 0);
      file.syncNow();
    };
    expect(new Set(afterCrashes('/new', make))).toEqual(new Set([null, 'x']));
    const makeCertain = (): void => {
      make();
      disk.syncDirectory('/');
    };
    expect(new Set(afterCrashes('/new', makeCertain))).toEqual(new Set(['x']));
  });

  test('that were changed are the old ones or the new ones', () => {
    const prepare = (): void => {
      durableFile('/old', Buffer.from('new content'));
      durableFile('/target', Buffer.from('old content'));
      disk.rename('/old', '/target');
    };
    const targets = afterCrashes('/target', prepare);
    const olds = afterCrashes('/old', prepare);
    expect(new Set(targets)).toEqual(new Set(['old content', 'new content']));
    targets.forEach((text, seed) => {
      expect(olds[seed]).toBe(text === 'old content' ? 'new content' : null);
    });
    const renameCertainly = (): void => {
      prepare();
      disk.syncDirectory('/');
    };
    expect(new Set(afterCrashes('/target', renameCertainly))).toEqual(new Set(['new content']));
  });

  test('of removed files may come back', () => {
    const remove = (): void => {
      durableFile('/f', Buffer.from('x'));
      disk.remove('/f');
    };
    expect(new Set(afterCrashes('/f', remove))).toEqual(new Set([null, 'x']));
    const removeCertainly = (): void => {
      remove();
      disk.syncDirectory('/');
    };
    expect(new Set(afterCrashes('/f', removeCertainly))).toEqual(new Set([null]));
  });

  test('of files are lost with their folder, whose own name is in the folder above', () => {
    const make = (): void => {
      disk.makeDirectories('/a/b');
      durableFile('/a/b/f', Buffer.from('x'));
    };
    expect(new Set(afterCrashes('/a/b/f', make))).toEqual(new Set([null, 'x']));
    const makeCertain = (): void => {
      make();
      disk.syncDirectory('/a');
      disk.syncDirectory('/');
    };
    expect(new Set(afterCrashes('/a/b/f', makeCertain))).toEqual(new Set(['x']));
  });

  test('build on each other: a file is never under a new name when it never had the old one', () => {
    const prepare = (): void => {
      const file = disk.open('/tmp', 'create');
      file.writeNow(Buffer.from('x'), 0);
      file.syncNow();
      disk.rename('/tmp', '/f');
      disk.open('/f2', 'create');
    };
    const seen = Array.from({ length: 200 }, (_, seed) => {
      begin(seed);
      prepare();
      machine.crash();
      return machine.restart().disk.list('/').join();
    });
    expect([...new Set(seen)].sort()).toEqual(['', 'f', 'f,f2', 'f2', 'f2,tmp', 'tmp']);
  });

  test('that are used again after a rename never cost the renamed file', () => {
    const contents = Array.from({ length: 200 }, (_, seed) => {
      begin(seed);
      durableFile('/log', Buffer.from('old'));
      disk.rename('/log', '/log.1');
      const file = disk.open('/log', 'create');
      file.writeNow(Buffer.from('new'), 0);
      file.syncNow();
      machine.crash();
      const after = machine.restart().disk;
      return after
        .list('/')
        .map((name) => `${name} ${after.readFile(`/${name}`)}`)
        .join();
    });
    expect([...new Set(contents)].sort()).toEqual(['log new,log.1 old', 'log old', 'log.1 old']);
  });

  test('a sync of a folder takes along what its names build on, and nothing else', () => {
    disk.makeDirectories('/a');
    disk.makeDirectories('/b');
    disk.syncDirectory('/');
    disk.open('/a/x', 'create').writeNow(Buffer.from('x'), 0);
    disk.open('/a/y', 'create');
    disk.rename('/a/x', '/b/x');
    disk.syncDirectory('/b');
    expect(machine.disk.durableBytes('/b/x')).toEqual(Buffer.alloc(0));
    expect([machine.disk.durableBytes('/a/x'), machine.disk.durableBytes('/a/y')]).toEqual([null, null]);
  });

  test('and what programs see of it can be looked at too, while the machine is down', () => {
    durableFile('/a', Buffer.from('old'));
    disk.open('/a', 'write').writeNow(Buffer.from('new'), 0);
    machine.kill();
    expect(machine.disk.currentBytes('/a')).toEqual(Buffer.from('new'));
    expect(machine.disk.durableBytes('/a')).toEqual(Buffer.from('old'));
    expect(machine.disk.currentBytes('/b')).toBeNull();
  });
});

describe('faults', () => {
  test('a full disk refuses a write whole, and takes it when there is room again', () => {
    machine.disk.faults.limitBytes = 10;
    const file = disk.open('/f', 'create');
    file.writeNow(Buffer.from('12345678'), 0);
    const tooMuch = (): void => file.writeNow(Buffer.from('xyz'), 8);
    expect(tooMuch).toThrow('cannot write /f: no space left on device (ENOSPC)');
    expect(disk.readFile('/f').toString()).toBe('12345678');
    file.writeNow(Buffer.from('over'), 0);
    file.truncate(4);
    file.writeNow(Buffer.from('xyz'), 4);
    expect(disk.readFile('/f').toString()).toBe('overxyz');
    expect(machine.disk.usedBytes).toBe(7);
  });

  test('writes and reads fail as often as was asked', async () => {
    const file = disk.open('/f', 'create');
    machine.disk.faults.failWrites = 2;
    expect(() => file.writeNow(Buffer.from('x'), 0)).toThrow('cannot write /f: i/o error (EIO)');
    await expect(simulation.settle(file.write(Buffer.from('x'), 0))).rejects.toMatchObject({ code: 'EIO', path: '/f' });
    expect(file.sizeBytes()).toBe(0);
    file.writeNow(Buffer.from('x'), 0);
    machine.disk.faults.failReads = 3;
    expect(() => file.read(Buffer.alloc(1), 0)).toThrow(/EIO/);
    expect(() => disk.readFile('/f')).toThrow(/EIO/);
    expect(() => disk.list('/')).toThrow(/EIO/);
    expect(disk.readFile('/f').toString()).toBe('x');
  });

  test('are told to those who listen, but for syncs, which tell it themselves', async () => {
    const told: unknown[] = [];
    const file = disk.open('/f', 'create');
    simulation.onEvent((event) => told.push(event));
    Object.assign(machine.disk.faults, { failWrites: 1, failNameChanges: 1, failSyncs: 1, limitBytes: 3 });
    expect(() => file.writeNow(Buffer.from('x'), 0)).toThrow(/EIO/);
    expect(() => file.writeNow(Buffer.from('much'), 0)).toThrow(/ENOSPC/);
    expect(() => disk.remove('/f')).toThrow(/EIO/);
    expect(() => file.syncNow()).toThrow(/EIO/);
    const common = { atMs: 0, machine: 'a', path: '/f' };
    expect(told).toEqual([
      { ...common, kind: 'fault', action: 'write', error: 'EIO' },
      { ...common, kind: 'fault', action: 'write', error: 'ENOSPC' },
      { ...common, kind: 'fault', action: 'remove', error: 'EIO' },
      { ...common, kind: 'sync', error: 'EIO' },
    ]);
  });

  test('a failed sync loses what it should have saved, and no later sync tells', async () => {
    const left = new Set<string>();
    for (let seed = 0; seed < 50; seed++) {
      begin(seed);
      durableFile('/f', Buffer.alloc(0));
      const file = disk.open('/f', 'write');
      file.writeNow(Buffer.alloc(1024, 'a'), 0);
      machine.disk.faults.failSyncs = 1;
      await expect(simulation.settle(file.sync())).rejects.toMatchObject({ code: 'EIO' });
      await simulation.settle(file.sync());
      expect(disk.readFile('/f').toString()).toBe('a'.repeat(1024));
      file.writeNow(Buffer.from('b'), 1024);
      file.syncNow();
      machine.crash();
      const text = machine.restart().disk.readFile('/f').toString('latin1');
      expect(text[1024]).toBe('b');
      left.add(text.slice(0, 1024));
    }
    expect(left).toContain('a'.repeat(1024));
    expect(left).toContain('\0'.repeat(1024));
  });

  test('syncs can fail for ever, of files and of folders', () => {
    const file = disk.open('/f', 'create');
    machine.disk.faults.failSyncs = Number.POSITIVE_INFINITY;
    for (let i = 0; i < 3; i++) expect(() => file.syncNow()).toThrow('cannot sync /f: i/o error (EIO)');
    disk.syncDirectory('/');
    machine.disk.faults.failDirectorySyncs = 1;
    disk.open('/g', 'create');
    expect(() => disk.syncDirectory('/')).toThrow('cannot sync directory /: i/o error (EIO)');
    expect(machine.disk.durableBytes('/g')).toBeNull();
  });

  test('names cannot be changed when that is asked for', () => {
    durableFile('/f', Buffer.from('x'));
    machine.disk.faults.failNameChanges = 4;
    expect(() => disk.rename('/f', '/g')).toThrow(/EIO/);
    expect(() => disk.remove('/f')).toThrow(/EIO/);
    expect(() => disk.open('/g', 'create')).toThrow(/EIO/);
    expect(() => disk.makeDirectories('/d')).toThrow(/EIO/);
    expect(disk.list('/')).toEqual(['f']);
  });

  test('a slow disk takes its time', async () => {
    machine.disk.faults.syncMs = [500, 500];
    machine.disk.faults.writeMs = [20, 20];
    const file = disk.open('/f', 'create');
    await simulation.settle(file.write(Buffer.from('x'), 0));
    expect(simulation.nowMs).toBe(20);
    await simulation.settle(file.sync());
    expect(simulation.nowMs).toBe(520);
  });

  test('memory that changes while `write` runs is found out', async () => {
    const file = disk.open('/f', 'create');
    const memory = Buffer.from('before');
    const written = file.write(memory, 0);
    memory.fill('!');
    await simulation.settle(written);
    expect(disk.readFile('/f').toString()).toBe('!!!!!!');
  });

  test('memory may change once `writeNow` has returned', () => {
    const memory = Buffer.from('before');
    const file = disk.open('/f', 'create');
    file.writeNow(memory, 0);
    memory.fill('!');
    file.syncNow();
    disk.syncDirectory('/');
    expect(disk.readFile('/f').toString()).toBe('before');
    expect(machine.disk.durableBytes('/f')?.toString()).toBe('before');
  });

  test('are told as events', async () => {
    const kinds: string[] = [];
    simulation.onEvent((event) => kinds.push('error' in event ? `${event.kind} ${event.error}` : event.kind));
    disk.makeDirectories('/d');
    const file = disk.open('/d/f', 'create');
    file.writeNow(Buffer.from('x'), 0);
    machine.disk.faults.failSyncs = 1;
    await simulation.settle(file.sync()).catch(() => {});
    file.truncate(0);
    disk.rename('/d/f', '/d/g');
    disk.remove('/d/g');
    disk.syncDirectory('/d');
    expect(kinds).toEqual([
      'make-directory',
      'create',
      'write',
      'sync EIO',
      'truncate',
      'rename',
      'remove',
      'sync null',
    ]);
  });
});
