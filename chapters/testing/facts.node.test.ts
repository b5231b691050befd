import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { parseFacts, parseLeftOut, readFacts, readLeftOut } from '#testing/facts.node.js';
import { coverageByChapter, coverageTable, type Proof } from '#testing/facts-coverage.js';
import { nearestId, proves } from '#testing/proves.js';

describe("the chapters' facts", () => {
  test('can all be read, each ID once', () => {
    const facts = readFacts();
    expect(facts.get('FR-02')).toMatchObject({ chapter: '06-network-protocol', since: '' });
    expect(facts.get('WE-6')).toMatchObject({ chapter: '02-watch', since: '3.8.4/3.9.2' });
    // A table with columns of its own: what is said is all but the ID and the release.
    expect(facts.get('OP-30')).toEqual({
      id: 'OP-30',
      chapter: '06-network-protocol',
      text: 'whoAmI · 107 · R · header only → WhoAmIResponse{clientInfo[]}',
      since: '3.7.0',
    });
  });

  test('keep every letter of a cell: a bar after a backslash does not end it', () => {
    const [fact] = parseFacts('| ID | Fact | Since |\n|---|---|---|\n| AB-1 | `a \\| b` | 3.9.0 |', '01-x');
    expect(fact).toEqual({ id: 'AB-1', chapter: '01-x', text: '`a | b`', since: '3.9.0' });
  });

  test('are only in tables whose head begins with ID', () => {
    expect(parseFacts('| Sign | Means |\n|---|---|\n| H | later |\n\n| AB-1 | no head |', '01-x')).toEqual([]);
  });

  const mistakes = [
    { what: 'an ID that is none', row: '| AB1 | text | |', message: '01-x/facts.md, line 3: "AB1" is no ID' },
    { what: 'too few cells', row: '| AB-1 | text |', message: 'AB-1 has 2 cells' },
    { what: 'too many cells', row: '| AB-1 | text | | |', message: 'AB-1 has 4 cells' },
    { what: 'an empty row', row: '| AB-1 | | 3.9.0 |', message: 'AB-1 says nothing' },
  ];
  for (const { what, row, message } of mistakes) {
    test(`are refused with ${what}`, () => {
      expect(() => parseFacts(`| ID | Fact | Since |\n|---|---|---|\n${row}`, '01-x')).toThrow(message);
    });
  }

  test('are refused when an ID stands twice, in one chapter or in two', () => {
    const table = '| ID | Fact | Since |\n|---|---|---|\n| AB-1 | text | |\n';
    expect(() => readFacts(folderWith({ '01-x': table, '02-y': table }))).toThrow(
      'AB-1 is in 01-x/facts.md and in 02-y/facts.md',
    );
    expect(() => readFacts(folderWith({ '01-x': `${table}| AB-1 | again | |` }))).toThrow('AB-1 is in');
  });

  test('may be left out, with a reason', () => {
    const table = '| ID | Fact | Since |\n|---|---|---|\n| AB-1 | text | |\n| AB-2 | text | |\n| AB-3 | text | |\n\n';
    const leftOut = (rows: string): string => `${table}| Not proved | Why |\n|---|---|\n${rows}`;
    expect(parseLeftOut(leftOut('| AB-1, AB-3 | later |'), '01-x')).toEqual([
      { id: 'AB-1', chapter: '01-x', reason: 'later' },
      { id: 'AB-3', chapter: '01-x', reason: 'later' },
    ]);
    expect(parseFacts(leftOut('| AB-1, AB-3 | later |'), '01-x')).toHaveLength(3);
    expect(() => parseLeftOut(leftOut('| AB-4 | later |'), '01-x')).toThrow(
      'line 9: there is no row AB-4 in this file',
    );
    expect(() => parseLeftOut(leftOut('| AB-1 | |'), '01-x')).toThrow('there is no reason');
  });

  test('that are left out are all known', () => {
    expect(readLeftOut().length).toBeGreaterThan(0);
  });

  function folderWith(files: Record<string, string>): string {
    const folder = mkdtempSync(join(tmpdir(), 'zoowalk-facts-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    for (const [chapter, text] of Object.entries(files)) {
      mkdirSync(join(folder, chapter));
      writeFileSync(join(folder, chapter, 'facts.md'), text);
    }
    return folder;
  }
});

describe('proves', () => {
  test('refuses an ID that no chapter has, and says the nearest', () => {
    expect(() => proves('FR-0')).toThrow('there is no fact FR-0; the nearest ID is FR-01');
    expect(nearestId('XID1', ['FR-01', 'XID-1', 'XID-2'])).toBe('XID-1');
  });

  test('writes the IDs down for the reporter', ({ task }) => {
    expect(task.meta.proves).toBeUndefined();
    proves('NV-6');
    proves('NV-7', 'NV-6');
    expect(task.meta.proves).toEqual(['NV-6', 'NV-7', 'NV-6']);
    // Nothing was proved.
    task.meta.proves = [];
  });
});

describe('the coverage table', () => {
  const fact = (id: string, chapter: string) => ({ id, chapter, text: 'text', since: '' });
  const proof = (id: string, server: string | null): Proof => ({ id, server, file: 'f', test: 't' });
  const facts = [fact('AB-1', '01-x'), fact('AB-2', '01-x'), fact('CD-1', '02-y')];

  test('counts each row once, for our server or a unit test, and for Apache', () => {
    const proofs = [proof('AB-1', 'zoowalk'), proof('AB-1', null), proof('AB-1', 'apache'), proof('CD-1', 'apache')];
    const none = { leftOut: 0, provedAfterAllIds: [] };
    expect(coverageByChapter(facts, [], proofs)).toEqual([
      { chapter: '01-x', rows: 2, provedHere: 1, provedAgainstApache: 1, unprovedIds: ['AB-2'], ...none },
      { chapter: '02-y', rows: 1, provedHere: 0, provedAgainstApache: 1, unprovedIds: ['CD-1'], ...none },
    ]);
  });

  test('tells what is open from what is left out', () => {
    const leftOut = ['AB-1', 'AB-2'].map((id) => ({ id, chapter: '01-x', reason: 'later' }));
    expect(coverageByChapter(facts, leftOut, [proof('AB-1', null)])[0]).toMatchObject({
      leftOut: 1,
      unprovedIds: [],
      provedAfterAllIds: ['AB-1'],
    });
  });

  test('ends with a sum', () => {
    const lines = coverageTable(coverageByChapter(facts, [], [proof('AB-2', null)]));
    expect(lines.map((line) => line.split(/ {2,}/))).toEqual([
      ['chapter', 'rows', 'proved', '+ Apache', 'left out', 'open'],
      ['01-x', '2', '1', '0', '0', '1'],
      ['02-y', '1', '0', '0', '0', '1'],
      ['all', '3', '1', '0', '0', '2'],
    ]);
  });
});
