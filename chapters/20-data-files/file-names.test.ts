import { describe, expect, it } from 'vitest';
import { zxid } from '#06-network-protocol/ids.js';
import {
  formatLogName,
  formatSnapshotName,
  logsFrom,
  parseLogName,
  parseSnapshotName,
  sortLogNames,
  sortSnapshotNames,
  VERSION_FOLDER,
} from '#20-data-files/file-names.js';
import { proves } from '#testing/proves.js';

const FOLDER = [
  'acceptedEpoch',
  'currentEpoch',
  'log.1',
  'log.100000001',
  'log.a',
  'log.9',
  'snapshot.0',
  'snapshot.9.gz',
  'snapshot.100000000',
  'snapshot.a.snappy',
  'snapshot.b.tmp',
  'snapshot.',
  'log',
  'log.',
  'log.5.bak',
  'log.xyz',
  'log.-1',
  'catalog.5',
  'log.ffffffffffffffff',
  'log.00000000000000001',
  'snapshot.5.gz.tmp',
];

describe('names of data files', () => {
  it('are written in lower-case hex without padding', () => {
    expect(formatLogName(zxid(0x1_0000_00abn))).toBe('log.1000000ab');
    expect(formatSnapshotName(zxid(0n))).toBe('snapshot.0');
    expect(formatSnapshotName(zxid(0xffn), 'gz')).toBe('snapshot.ff.gz');
    expect(VERSION_FOLDER).toBe('version-2');
    proves('TL-01');
  });

  it('come back from parsing', () => {
    expect(parseLogName('log.1000000ab')).toEqual({ name: 'log.1000000ab', zxid: 0x1_0000_00abn });
    expect(parseSnapshotName('snapshot.ff.snappy')).toEqual({
      name: 'snapshot.ff.snappy',
      zxid: 0xffn,
      compression: 'snappy',
    });
    expect(parseSnapshotName('log.1')).toBeNull();
  });

  it('are sorted by number, and other names are passed over', () => {
    expect(sortLogNames(FOLDER).map((file) => file.name)).toEqual(['log.1', 'log.9', 'log.a', 'log.100000001']);
    expect(sortSnapshotNames(FOLDER).map((file) => file.name)).toEqual([
      'snapshot.100000000',
      'snapshot.a.snappy',
      'snapshot.9.gz',
      'snapshot.0',
    ]);
  });

  it('tell which logs are needed from a zxid on', () => {
    const logs = sortLogNames(FOLDER);
    const names = (from: bigint) => logsFrom(logs, zxid(from)).map((log) => log.name);
    expect(names(0n)).toEqual(['log.1', 'log.9', 'log.a', 'log.100000001']);
    expect(names(9n)).toEqual(['log.9', 'log.a', 'log.100000001']);
    expect(names(0xffn)).toEqual(['log.a', 'log.100000001']);
    expect(names(0x1_0000_0005n)).toEqual(['log.100000001']);
  });
});
