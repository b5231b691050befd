import { describe, expect, test } from 'vitest';
import { chosenPlaces } from './diagram-choice.js';
import type { DiagramEntry } from './result.js';

const packet = (from: string, text: string): DiagramEntry => {
  return { atMs: 1, kind: 'packet', from, to: 'server', text, isLost: false };
};
const note = (text: string): DiagramEntry => ({ atMs: 1, kind: 'note', from: '', to: '', text, isLost: false });

const LIMITS = { first: 1, last: 2, telling: 3 };
const pings = (count: number): DiagramEntry[] => Array.from({ length: count }, () => packet('bob', 'ping'));

test('a run that is short enough is shown whole', () => {
  expect(chosenPlaces(pings(6), null, LIMITS)).toEqual([0, 1, 2, 3, 4, 5]);
});

test('without anything to go by, it is how it began and how it ended', () => {
  expect(chosenPlaces(pings(20), null, LIMITS)).toEqual([0, 15, 16, 17, 18, 19]);
  expect(chosenPlaces(pings(20), 'it is wrong', LIMITS)).toEqual([0, 15, 16, 17, 18, 19]);
});

describe('what the failure names is shown, wherever it was', () => {
  test('a path, and not another one that begins the same', () => {
    const run = [...pings(4), packet('bob', 'create /n1'), packet('bob', 'create /n10'), ...pings(14)];
    expect(chosenPlaces(run, 'the data of /n1', LIMITS)).toEqual([0, 4, 16, 17, 18, 19]);
  });

  test('a client, by whatever it does', () => {
    const run = [...pings(4), packet('alice', 'ping'), ...pings(3), packet('alice', 'ping'), ...pings(11)];
    expect(chosenPlaces(run, 'the session of alice expires', LIMITS)).toEqual([0, 4, 8, 17, 18, 19]);
  });

  test('the last of them, and what the check did', () => {
    const run = [...pings(1), ...Array.from({ length: 9 }, () => packet('bob', 'getData /a')), note('bob dies')];
    expect(chosenPlaces([...run, ...pings(9)], '/a', LIMITS)).toEqual([0, 8, 9, 10, 18, 19]);
  });
});

test('a single one between two others is not left out', () => {
  const run = [...pings(5), packet('bob', 'create /a'), ...pings(1), packet('bob', 'delete /a'), ...pings(12)];
  expect(chosenPlaces(run, '/a', LIMITS)).toEqual([0, 5, 6, 7, 17, 18, 19]);
});
