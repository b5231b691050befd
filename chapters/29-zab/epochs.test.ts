import { Buffer } from 'node:buffer';
import { describe, expect, test } from 'vitest';
import { InvariantViolation } from '#00-introduction/invariant.js';
import type { SimulatedMachine } from '#00-introduction/simulated-machine.js';
import { Simulation } from '#00-introduction/simulation.js';
import { zxid } from '#06-network-protocol/ids.js';
import { EpochFileError } from '#20-data-files/epoch-file.js';
import { Epochs } from '#29-zab/epochs.js';
import { proves } from '#testing/proves.js';

const FOLDER = '/data/version-2';

function machineWith(files: Record<string, string>, seed = 1): SimulatedMachine {
  const machine = new Simulation({ seed }).machine('server');
  const { disk } = machine.world;
  disk.makeDirectories(FOLDER);
  for (const [name, text] of Object.entries(files)) {
    const file = disk.open(`${FOLDER}/${name}`, 'create');
    file.writeNow(Buffer.from(text, 'latin1'), 0);
    file.syncNow();
    file.close();
  }
  for (const folder of ['/', '/data', FOLDER]) disk.syncDirectory(folder);
  return machine;
}

const load = (machine: SimulatedMachine, lastZxid: bigint) => Epochs.load(machine.world, FOLDER, zxid(lastZxid));
const text = (machine: SimulatedMachine, name: string) => machine.world.disk.readFile(`${FOLDER}/${name}`).toString();

describe('the epochs of a server', () => {
  test('are two files with a number each', () => {
    const epochs = load(machineWith({ currentEpoch: '4', acceptedEpoch: '6\n' }), 0x4_0000_0001n);
    expect([epochs.current, epochs.accepted]).toEqual([4n, 6n]);
    proves('ZB-01');
  });

  test('are made from the last transaction where they are missing', () => {
    const machine = machineWith({});
    const epochs = load(machine, 0x7_0000_0003n);
    expect([epochs.current, epochs.accepted]).toEqual([7n, 7n]);
    expect([text(machine, 'currentEpoch'), text(machine, 'acceptedEpoch')]).toEqual(['7', '7']);
    expect(load(machineWith({}), 0n).current).toBe(0n);
    proves('ZB-01', 'FI-1');
  });

  test('are written as a number and nothing else', () => {
    const machine = machineWith({ currentEpoch: '4', acceptedEpoch: '4' });
    const epochs = load(machine, 0n);
    epochs.setAccepted(12n);
    epochs.setCurrent(12n);
    expect([text(machine, 'currentEpoch'), text(machine, 'acceptedEpoch')]).toEqual(['12', '12']);
    expect(machine.world.disk.list(FOLDER)).toEqual(['acceptedEpoch', 'currentEpoch']);
    proves('ZB-01', 'FI-1', 'FI-3');
  });

  test.each<[Record<string, string>, bigint, string]>([
    [
      { currentEpoch: '4', acceptedEpoch: '6' },
      0x5_0000_0001n,
      'currentEpoch is 4, but the last transaction, 0x500000001',
    ],
    [
      { currentEpoch: '4', acceptedEpoch: '3' },
      0n,
      'acceptedEpoch is 3, but must not be less than currentEpoch, which is 4',
    ],
    [{ currentEpoch: '4' }, 0x3_0000_0001n, 'acceptedEpoch is 3, but must not be less'],
    [{ currentEpoch: '' }, 0n, `${FOLDER}/currentEpoch: "" is no epoch`],
    [{ currentEpoch: '-1' }, 0n, '"-1" is no epoch'],
    [{ currentEpoch: '4', acceptedEpoch: 'abc' }, 0n, `${FOLDER}/acceptedEpoch: "abc" is no epoch`],
    [{ currentEpoch: '4', acceptedEpoch: '4', 'currentEpoch.tmp': '4' }, 0x5_0000_0001n, 'currentEpoch is 4, but'],
  ])('%j with the last zxid %s is no data of one server', (files, lastZxid, message) => {
    expect(() => load(machineWith(files), lastZxid)).toThrow(EpochFileError);
    expect(() => load(machineWith(files), lastZxid)).toThrow(message);
    proves('ZB-01');
  });

  test('a new one that was written and not named yet counts, if the log is ahead of the old one', () => {
    const files = { currentEpoch: '4', acceptedEpoch: '5', 'currentEpoch.tmp': '5' };
    const machine = machineWith(files);
    expect(load(machine, 0x5_0000_0001n).current).toBe(5n);
    expect(text(machine, 'currentEpoch')).toBe('5');
    expect(load(machineWith(files), 0x4_0000_0001n).current).toBe(4n);
    proves('ZB-01');
  });

  test('only grow, and the current one was accepted before', () => {
    const epochs = load(machineWith({ currentEpoch: '4', acceptedEpoch: '5' }), 0n);
    expect(() => epochs.setCurrent(6n)).toThrow(InvariantViolation);
    expect(() => epochs.setCurrent(3n)).toThrow(InvariantViolation);
    expect(() => epochs.setAccepted(4n)).toThrow(InvariantViolation);
    expect([epochs.current, epochs.accepted]).toEqual([4n, 5n]);
  });
});

/** Everything that is done with the disk goes through `before`. */
function watched<T extends object>(target: T, before: () => void): T {
  return new Proxy(target, {
    get(object, name) {
      const member: unknown = Reflect.get(object, name, object);
      if (typeof member !== 'function') return member;
      return (...args: unknown[]) => {
        before();
        const result: unknown = member.apply(object, args);
        return typeof result === 'object' && result !== null && !Buffer.isBuffer(result)
          ? watched(result, before)
          : result;
      };
    },
  });
}

test('a power cut leaves the old epoch or the new one, and the new one if it was said to be done', () => {
  const left = new Set<string>();
  for (let seed = 1; seed <= 60; seed++) {
    const machine = machineWith({ currentEpoch: '4', acceptedEpoch: '9' }, seed);
    let callsLeft = Number.POSITIVE_INFINITY;
    const disk = watched(machine.world.disk, () => {
      if (callsLeft-- <= 0) throw new Error('the power is cut');
    });
    const epochs = Epochs.load({ disk, log: machine.world.log }, FOLDER, zxid(0n));
    callsLeft = seed % 7;
    let isDone = false;
    try {
      epochs.setCurrent(8n);
      isDone = true;
    } catch {
      // As if the program stood still here.
    }
    expect(isDone).toBe(seed % 7 === 6);
    machine.crash();
    machine.restart();
    const { current } = load(machine, 0n);
    if (isDone) expect(current).toBe(8n);
    left.add(`${isDone ? 'done' : 'not done'}: ${current}`);
  }
  expect([...left].sort()).toEqual(['done: 8', 'not done: 4', 'not done: 8']);
});
