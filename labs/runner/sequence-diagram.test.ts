import { expect, test } from 'vitest';
import { Paint } from './paint.js';
import type { DiagramEntry } from './result.js';
import { sequenceDiagram } from './sequence-diagram.js';

const plain = (hasUnicode: boolean, width = 80) => new Paint({ width, hasColor: false, hasUnicode });

const packet = (atMs: number, from: string, to: string, text: string, isLost = false): DiagramEntry => {
  return { atMs, kind: 'packet', from, to, text, isLost };
};
const event = (atMs: number, from: string, text: string): DiagramEntry => {
  return { atMs, kind: 'event', from, to: '', text, isLost: false };
};
const note = (atMs: number, text: string): DiagramEntry => ({
  atMs,
  kind: 'note',
  from: '',
  to: '',
  text,
  isLost: false,
});

const RUN = [
  packet(4.5, 'alice', 'server', 'connect timeout 3000 session 0x0'),
  packet(4.61, 'server', 'alice', 'connected'),
  note(8.4, 'alice loses its power'),
  event(4000.02, 'server', 'session of alice expired: nothing came for more than 3000 ms'),
  packet(4001, 'server', 'alice', 'event', true),
];

test('two machines', () => {
  expect(`\n${sequenceDiagram(RUN, plain(true)).join('\n')}\n`).toBe(`
        ms   alice                                        server
       4.5     │─ connect timeout 3000 session 0x0 ─────────▶│
       4.6     │◀──────────────────────────────── connected ─│
       8.4  ── alice loses its power ──
    4000.0     │  session of alice expired: nothing came for ●
               │                           more than 3000 ms │
    4001.0     │×──────────────────────────────────── event ─│
`);
});

test('without signs beyond ASCII', () => {
  const lines = sequenceDiagram(RUN, plain(false)).join('\n');
  expect(lines).toMatch(/^[\x20-\x7e\n]*$/);
  expect(lines).toContain('|- connect timeout 3000 session 0x0 --------->|');
});

test('whoever talks to most is between the others, and long texts stand above their arrows', () => {
  const run = [
    packet(1, 'alice', 'server', 'create /a/path/that/is/long "" ephemeral'),
    packet(2, 'bob', 'server', 'ping'),
    packet(3, 'server', 'carol', 'event nodeDeleted /a/path/that/is/long'),
  ];
  expect(`\n${sequenceDiagram(run, plain(true)).join('\n')}\n`).toBe(`
        ms   alice             server               bob               carol
       1.0     │ create /a/path/that/is/long "" ephemeral               │
               │─────────────────▶│                  │                  │
       2.0     │                  │◀────────── ping ─│                  │
       3.0     │                  │ event nodeDeleted /a/path/that/is/long
               │                  │────────────────────────────────────▶│
`);
});

test('no line is longer than the terminal is wide', () => {
  const long = 'word '.repeat(60);
  const run = ['bob', 'carol', 'dave', 'erin'].flatMap((name) => [
    packet(1, name, 'server', long),
    packet(2, 'server', name, long),
    event(3, name, long),
    event(4, 'server', 'x'.repeat(300)),
    note(5, long),
  ]);
  for (const width of [60, 80, 100]) {
    for (const line of sequenceDiagram(run, plain(true, width))) expect(line.length, line).toBeLessThanOrEqual(width);
  }
});

test('of a long run some entries are shown, and how many are between', () => {
  const run = Array.from({ length: 30 }, (_, index) =>
    packet(index, index === 15 ? 'bob' : 'alice', 'server', `request ${index}`),
  );
  const lines = sequenceDiagram(run, plain(true), [0, 1, 27, 28, 29]);
  expect(lines).toHaveLength(1 + 2 + 1 + 3);
  expect(lines[0]).not.toContain('bob');
  expect(lines[3]).toContain('… 25 more …');
  expect(lines.at(-1)).toContain('request 29');
});

test('a long note goes on in the next line', () => {
  const text = 'peer sends a getData that lacks its last byte, and then the rest of the request with a second one';
  expect(sequenceDiagram([packet(1, 'peer', 'server', 'ping'), note(8.4, text)], plain(true)).slice(2)).toEqual([
    '       8.4  ── peer sends a getData that lacks its last byte, and then the',
    '               rest of the request with a second one ──',
  ]);
});

test('nothing happened', () => {
  expect(sequenceDiagram([], plain(true))).toEqual([]);
});
