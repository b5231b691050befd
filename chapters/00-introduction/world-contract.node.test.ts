/** What a program may expect of a World, whichever it got. */
import { Buffer } from 'node:buffer';
import fs from 'node:fs';
import os from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { RealLog } from '#00-introduction/real-log.node.js';
import { realWorld } from '#00-introduction/real-world.node.js';
import { Simulation } from '#00-introduction/simulation.js';
import { type Address, type Connection, DiskError, type DiskFile, type World } from '#00-introduction/world.js';

interface Place {
  readonly world: World;
  /** An empty folder. */
  readonly folder: string;
  /** Lets the world go on until the promise is settled. */
  readonly settle: <T>(promise: Promise<T>) => Promise<T>;
}

const PLACES: Record<string, () => Place> = {
  'the real world': () => {
    const folder = fs.mkdtempSync(join(os.tmpdir(), 'zoowalk-world-'));
    onTestFinished(() => fs.rmSync(folder, { recursive: true }));
    return { world: realWorld({ log: new RealLog({ write: () => {} }) }), folder, settle: (promise) => promise };
  },
  'the simulated world': () => {
    const simulation = new Simulation({ seed: 11 });
    const { world } = simulation.machine('a');
    world.disk.makeDirectories('/folder');
    return { world, folder: '/folder', settle: (promise) => simulation.settle(promise) };
  },
};

/** The code and the message of what is thrown, without the folder. */
function failureOf({ folder }: Place, run: () => unknown): string {
  try {
    run();
  } catch (error) {
    if (error instanceof DiskError) return error.message.replaceAll(folder, '');
    throw error;
  }
  return 'no failure';
}

describe.each(Object.entries(PLACES))('in %s', (_name, makePlace) => {
  test('an echo comes back, and both ends are closed once, last', async () => {
    const { world, settle } = makePlace();
    const told: string[] = [];
    const { address, close } = await settle(listenForEcho(world, told));
    const answer = await settle(
      new Promise<string>((resolve) => {
        let text = '';
        const connection: Connection = world.network.connect(address, {
          opened: () => void connection.write(Buffer.from('hello')),
          data: (chunk) => {
            text += chunk.toString();
            if (text.length === 5) connection.end();
          },
          closed: (error) => {
            told.push(`client ${error}`);
            if (told.length === 2) resolve(text);
            else world.clock.schedule(50, () => resolve(text));
          },
        });
      }),
    );
    await settle(close());
    expect(answer).toBe('hello');
    expect(told.sort()).toEqual(['client null', 'server null']);
  });

  test('a writer is told when its peer is slow, and when it may go on', async () => {
    const { world, settle } = makePlace();
    const total = 4 << 20;
    let received = 0;
    let reader: Connection | undefined;
    const listener = await settle(
      world.network.listen({ host: '127.0.0.1', port: 0 }, (connection) => {
        reader = connection;
        connection.pause();
        connection.setHandler({
          data: (chunk) => {
            received += chunk.length;
          },
          closed: () => {},
        });
      }),
    );
    const drainedWith = await settle(
      new Promise<number>((resolve) => {
        const connection: Connection = world.network.connect(listener.address, {
          opened: () => {
            expect(connection.write(Buffer.alloc(total))).toBe(false);
            expect(connection.unsentBytes).toBeGreaterThan(0);
            world.clock.schedule(5, () => reader?.resume());
          },
          data: () => {},
          drained: () => {
            resolve(connection.unsentBytes);
            connection.end();
          },
          closed: () => {},
        });
      }),
    );
    expect(drainedWith).toBe(0);
    const allReceived = new Promise<void>((resolve) => {
      const look = (): void => {
        if (received === total) resolve();
        else world.clock.schedule(1, look);
      };
      look();
    });
    await settle(allReceived);
    await settle(listener.close());
  });

  test('after `end` no data comes, while what was written is still sent', async () => {
    const { world, settle } = makePlace();
    const total = 8 << 20;
    const told: string[] = [];
    let received = 0;
    const listener = await settle(
      world.network.listen({ host: '127.0.0.1', port: 0 }, (connection) =>
        connection.setHandler({
          data: (chunk) => {
            received += chunk.length;
            connection.write(Buffer.from('answer'));
          },
          closed: () => told.push(`server has ${received}`),
        }),
      ),
    );
    await settle(
      new Promise<void>((resolve) => {
        const connection: Connection = world.network.connect(listener.address, {
          opened: () => {
            connection.write(Buffer.alloc(total));
            connection.end();
          },
          data: () => told.push('data'),
          drained: () => told.push('drained'),
          closed: () => resolve(),
        });
      }),
    );
    const serverClosed = new Promise<void>((resolve) => {
      const look = (): void => {
        if (told.length > 0) resolve();
        else world.clock.schedule(1, look);
      };
      look();
    });
    await settle(serverClosed);
    await settle(listener.close());
    expect(told).toEqual([`server has ${total}`]);
  });

  test('an end that does not read gets its last words through', async () => {
    const { world, settle } = makePlace();
    const listener = await settle(
      world.network.listen({ host: '127.0.0.1', port: 0 }, (connection) => {
        connection.setHandler({ data: () => {}, closed: () => {} });
        connection.pause();
        world.clock.schedule(5, () => {
          connection.write(Buffer.from('last words'));
          connection.end();
          connection.pause();
        });
      }),
    );
    let text = '';
    const error = await settle(
      new Promise<Error | null>((resolve) => {
        const connection: Connection = world.network.connect(listener.address, {
          opened: () => void connection.write(Buffer.alloc(8 << 20)),
          data: (chunk) => {
            text += chunk.toString();
          },
          closed: resolve,
        });
      }),
    );
    await settle(listener.close());
    expect([text, error]).toEqual(['last words', null]);
  });

  test('failures of the network have the same codes and words', async () => {
    const { world, settle } = makePlace();
    const listener = await settle(world.network.listen({ host: '127.0.0.1', port: 0 }, () => {}));
    const again = world.network.listen({ ...listener.address }, () => {});
    await expect(settle(again)).rejects.toMatchObject({ name: 'NetworkError', code: 'EADDRINUSE' });
    await settle(listener.close());
    const error = await settle(
      new Promise<Error | null>((resolve) => {
        world.network.connect(listener.address, { data: () => {}, closed: resolve });
      }),
    );
    expect(error).toMatchObject({ name: 'NetworkError', code: 'ECONNREFUSED' });
    expect(error?.message).toMatch(
      /^cannot connect to .*: connection refused; nothing listens there \(ECONNREFUSED\)$/,
    );
  });

  test('timers, ends of turns and promises come in the same order', async () => {
    const { world, settle } = makePlace();
    const order: string[] = [];
    await settle(
      new Promise<void>((resolve) => {
        world.clock.schedule(10, () => {
          order.push('timer');
          resolve();
        });
        world.clock.atEndOfTurn(() => order.push('end of turn'));
        world.clock.atEndOfTurn(() => order.push('end of turn, second'));
        void Promise.resolve().then(() => order.push('promise'));
        world.clock.schedule(5, () => order.push('cancelled')).cancel();
      }),
    );
    expect(order).toEqual(['promise', 'end of turn', 'end of turn, second', 'timer']);
  });

  test('files hold what was written', async () => {
    const { world, folder, settle } = makePlace();
    const { disk } = world;
    disk.makeDirectories(`${folder}/a/b`);
    const file: DiskFile = disk.open(`${folder}/a/b/f`, 'create');
    file.writeNow(Buffer.from('hello'), 0);
    await settle(file.write(Buffer.from('world'), 7));
    await settle(file.sync());
    file.truncate(10);
    const into = Buffer.alloc(20, 1);
    expect([file.sizeBytes(), file.read(into, 4), into.toString('latin1', 0, 6)]).toEqual([10, 6, 'o\0\0wor']);
    expect(file.read(into, 10)).toBe(0);
    file.truncate(12);
    file.syncNow();
    file.close();
    disk.rename(`${folder}/a/b/f`, `${folder}/a/g`);
    disk.syncDirectory(`${folder}/a`);
    expect(disk.readFile(`${folder}/a/g`).toString('latin1')).toBe('hello\0\0wor\0\0');
    disk.open(`${folder}/a/g`, 'create').close();
    expect(disk.readFile(`${folder}/a/g`)).toHaveLength(0);
    expect([disk.list(`${folder}/a`), disk.list(`${folder}/a/b`)]).toEqual([['b', 'g'], []]);
    disk.remove(`${folder}/a/g`);
    expect([disk.exists(`${folder}/a/g`), disk.exists(`${folder}/a/b`), disk.exists(folder)]).toEqual([
      false,
      true,
      true,
    ]);
  });

  test('a file that is closed while it writes finishes that, and then refuses', async () => {
    const { world, folder, settle } = makePlace();
    const file = world.disk.open(`${folder}/f`, 'create');
    const written = file.write(Buffer.from('x'), 0);
    file.close();
    file.close();
    await settle(written);
    expect(world.disk.readFile(`${folder}/f`).toString()).toBe('x');
    await expect(settle(file.sync())).rejects.toMatchObject({ name: 'DiskError', code: 'EBADF' });
    await expect(settle(file.write(Buffer.from('x'), 0))).rejects.toMatchObject({ code: 'EBADF' });
    expect(() => file.sizeBytes()).toThrow(DiskError);
  });

  test('failures of the disk have the same codes and words', () => {
    const place = makePlace();
    const { world, folder } = place;
    const { disk } = world;
    disk.open(`${folder}/f`, 'create').close();
    disk.makeDirectories(`${folder}/d`);
    const failures = [
      () => disk.open(`${folder}/x`, 'read'),
      () => disk.open(`${folder}/x`, 'write'),
      () => disk.open(`${folder}/x/y`, 'create'),
      () => disk.open(`${folder}/f/y`, 'create'),
      () => disk.open(`${folder}/d`, 'create'),
      () => disk.readFile(`${folder}/x`),
      () => disk.readFile(`${folder}/d`),
      () => disk.list(`${folder}/x`),
      () => disk.list(`${folder}/f`),
      () => disk.rename(`${folder}/x`, `${folder}/y`),
      () => disk.rename(`${folder}/f`, `${folder}/x/y`),
      () => disk.rename(`${folder}/f`, `${folder}/d`),
      () => disk.remove(`${folder}/x`),
      () => disk.remove(`${folder}/d`),
      () => disk.syncDirectory(`${folder}/x`),
      () => disk.makeDirectories(`${folder}/f`),
      () => disk.makeDirectories(`${folder}/f/g`),
      () => disk.open(`${folder}/f`, 'read').writeNow(Buffer.from('x'), 0),
    ];
    expect(failures.map((run) => failureOf(place, run))).toEqual([
      'cannot open /x: no such file or directory (ENOENT)',
      'cannot open /x: no such file or directory (ENOENT)',
      'cannot open /x/y: no such file or directory (ENOENT)',
      'cannot open /f/y: not a directory (ENOTDIR)',
      'cannot open /d: illegal operation on a directory (EISDIR)',
      'cannot read /x: no such file or directory (ENOENT)',
      'cannot read /d: illegal operation on a directory (EISDIR)',
      'cannot list /x: no such file or directory (ENOENT)',
      'cannot list /f: not a directory (ENOTDIR)',
      'cannot rename /x to /y: no such file or directory (ENOENT)',
      'cannot rename /f to /x/y: no such file or directory (ENOENT)',
      'cannot rename /f to /d: illegal operation on a directory (EISDIR)',
      'cannot remove /x: no such file or directory (ENOENT)',
      'cannot remove /d: illegal operation on a directory (EISDIR)',
      'cannot sync directory /x: no such file or directory (ENOENT)',
      'cannot make directory /f: file already exists (EEXIST)',
      'cannot make directory /f/g: not a directory (ENOTDIR)',
      'cannot write /f: bad file descriptor (EBADF)',
    ]);
    expect([disk.exists(`${folder}/f/y`), disk.exists(`${folder}/x/y`)]).toEqual([false, false]);
  });
});

async function listenForEcho(
  world: World,
  told: string[],
): Promise<{ readonly address: Address; readonly close: () => Promise<void> }> {
  const listener = await world.network.listen({ host: '127.0.0.1', port: 0 }, (connection) =>
    connection.setHandler({
      data: (chunk) => void connection.write(Buffer.from(chunk)),
      closed: (error) => told.push(`server ${error}`),
    }),
  );
  return { address: listener.address, close: () => listener.close() };
}
