import { expect, test } from 'vitest';
import { RealLog, type RealLogOptions } from '#00-introduction/real-log.node.js';
import { DiskError, NetworkError } from '#00-introduction/world.js';

function logTo(entries: string[], options: RealLogOptions = {}): RealLog {
  return new RealLog({ ...options, write: (entry) => entries.push(entry) });
}

test('an entry is time, level, message', () => {
  const entries: string[] = [];
  const log = logTo(entries);
  log.info('serving');
  log.warn('slow');
  log.error('lost');
  const time = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z /;
  expect(entries.map((entry) => entry.replace(time, 'TIME '))).toEqual([
    'TIME INFO  serving\n',
    'TIME WARN  slow\n',
    'TIME ERROR lost\n',
  ]);
});

test('a cause follows, indented, with its message, its stack and its own cause', () => {
  const entries: string[] = [];
  logTo(entries).error('cannot start', new Error('outer', { cause: new TypeError('inner') }));
  const lines = (entries[0] ?? '').split('\n');
  expect(lines[1]).toBe('    Error: outer');
  expect(lines[2]).toMatch(/^ {8}at .*real-log\.node\.test\.ts/);
  expect(lines.find((line) => line.includes('inner'))).toBe('    caused by TypeError: inner');
  logTo(entries).warn('odd', 42);
  expect(entries[1]).toMatch(/WARN {2}odd\n {4}42\n$/);
});

test('what the World could not do says where by itself, and has no stack', () => {
  const entries: string[] = [];
  logTo(entries).warn('no connection', new NetworkError('ECONNREFUSED', 'cannot connect to db:2181'));
  logTo(entries).warn('no snapshot', new DiskError('ENOSPC', '/data/snapshot.0'));
  expect(entries[0]).toMatch(/WARN {2}no connection\n {4}NetworkError: cannot connect to db:2181\n$/);
  expect(entries[1]).toMatch(/WARN {2}no snapshot\n {4}DiskError: ENOSPC: \/data\/snapshot\.0\n$/);
});

test('what a peer sent can neither forge a line nor steer a terminal', () => {
  const entries: string[] = [];
  logTo(entries).info('path /a\n2026 ERROR forged\u001b[2J');
  expect(entries[0]).toMatch(/path \/a\\x0a2026 ERROR forged\\x1b\[2J\n$/);
});

test('a level below the least is not written', () => {
  const entries: string[] = [];
  const log = logTo(entries, { level: 'warn' });
  log.info('no');
  log.warn('yes');
  expect(entries).toHaveLength(1);
});
