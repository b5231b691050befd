import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { growthText, medianOf, slopeOf } from './bench-checks.js';
import { normalize } from './commands.node.js';
import { csvLine } from './csv.js';
import { swallowedFlags } from './npm-flags.js';
import { wrap } from './paint.js';
import type { Lab } from './project.node.js';
import { readSeeds } from './seeds.node.js';
import { show } from './show.js';
import { findSubmissions, type MissingSubmission } from './submissions.node.js';

const lab = (number: string, folder: string, file: string): Lab => ({
  number,
  folder,
  manifest: { title: folder, goal: '', file, effortMinutes: [1, 2], after: [], gaps: [], points: 1 },
  condition: `lab-${number}`,
  specifier: `#${folder}/x.js`,
});
const LABS = [lab('04', '04-serialization', 'archive.ts'), lab('11', '11-session-buckets', 'expiry-queue.ts')];

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'zoowalk-parts-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function file(name: string, text = ''): string {
  const path = join(folder, name);
  mkdirSync(join(path, '..'), { recursive: true });
  writeFileSync(path, text);
  return path;
}

describe('what people type', () => {
  test.each([
    [[], ['list']],
    [['--json'], ['list', '--json']],
    [['11'], ['run', '11']],
    [['4'], ['run', '4']],
    [
      ['11', '--check', 'u1'],
      ['run', '11', '--check', 'u1'],
    ],
    [
      ['11', 'hint', '11.2'],
      ['hint', '11', '11.2'],
    ],
    [
      ['hint', '11'],
      ['hint', '11'],
    ],
    [
      ['session-buckets', 'watch'],
      ['watch', 'session-buckets'],
    ],
    [
      ['class', 'DIR', '--lab', '11'],
      ['class', 'DIR', '--lab', '11'],
    ],
    [['--help'], ['--help']],
    [['doctor'], ['doctor']],
  ])('%j means %j', (args, expected) => {
    expect(normalize(args, LABS, null)).toEqual(expected);
  });

  test("in a lab's folder it is that lab", () => {
    expect(normalize([], LABS, LABS[1] as Lab)).toEqual(['run', '11']);
    expect(normalize(['doctor'], LABS, LABS[1] as Lab)).toEqual(['doctor']);
  });

  test('a number that no lab has is named, with those that there are', () => {
    expect(() => normalize(['77'], LABS, null)).toThrow('There is no lab "77". There are: 04 (04-serialization), 11');
  });
});

describe('flags that npm keeps for itself', () => {
  const npm = { npm_lifecycle_event: 'lab' };
  const known = { isLab: (word: string) => word === '11' || word === '4', lab: null };
  const took = (...flags: string[]) => ({
    ...npm,
    ...Object.fromEntries(flags.map((flag) => [`npm_config_${flag}`, 'true'])),
  });
  const all = ['check', 'seed', 'lab', 'seeds', 'spoil', 'json'];

  test.each([
    [['11', 'u3'], ['check'], '11 -- --check u3'],
    [['11', 's4', '4001'], ['check', 'seed'], '11 -- --check s4 --seed 4001'],
    [['11', 'solution'], ['spoil'], '11 solution -- --spoil'],
    [['11'], ['check'], '11 -- --check s1'],
    [[], ['json'], '-- --json'],
    [['class', 'all/of/them', '11', 'my/seeds'], ['lab', 'seeds'], '-- class all/of/them --lab 11 --seeds my/seeds'],
    [['doctor'], ['json'], '-- doctor --json'],
    [['s4'], ['check'], 'NN -- --check s4'],
  ])('%j and %j: npm run lab %s', (args, flags, command) => {
    expect(swallowedFlags(all, args, took(...flags), known)).toContain(`\n    npm run lab ${command}\n`);
  });

  test('without a lab it is that of the learner, and otherwise a placeholder', () => {
    const said = swallowedFlags(all, ['s4'], took('check'), { ...known, lab: '11' });
    expect(said).toContain('npm kept --check for itself');
    expect(said).toContain('npm run lab 11 -- --check s4\n');
    expect(said).not.toContain('NN');
    expect(swallowedFlags(all, ['s4'], took('check'), known)).toContain('NN is the number of the lab.');
  });

  test('a value that npm has kept, too, is repeated', () => {
    expect(swallowedFlags(all, ['11'], { ...npm, npm_config_seed: '7' }, known)).toContain(
      'npm run lab 11 -- --seed 7\n',
    );
  });

  test('are none when nothing was taken, or npm is not there', () => {
    expect(swallowedFlags(all, ['11'], npm, known)).toBeNull();
    expect(swallowedFlags(all, ['11'], { npm_config_check: 'true' }, known)).toBeNull();
  });
});

test('words go to the next line, and keep the indentation', () => {
  expect(wrap('one two three', 11)).toEqual(['one two', 'three']);
  expect(wrap('  [ 5000, 6000 ]', 12)).toEqual(['  [ 5000,', '  6000 ]']);
  expect(wrap('a\n\nb', 10)).toEqual(['a', '', 'b']);
  expect(wrap('x'.repeat(25), 10)).toEqual(['xxxxxxxxxx', 'xxxxxxxxxx', 'xxxxx']);
});

test('a value in CSV can hold anything, and is no formula', () => {
  expect(csvLine(['a', 1, 'b,"c"', 'two\nlines', '=1+1'])).toBe(`a,1,"b,""c""","two\nlines",'=1+1\r\n`);
});

test('a value is shown so that every character of it can be read', () => {
  expect(show('w1 é € 💰')).toBe("'w1 é € 💰'");
  expect(show('\u07ff\u0800')).toBe("'\\u07ff\\u0800'");
  expect(show('a\u0301\u05d0\u200b\ufeff\u{10800}\ue000')).toBe("'a\\u0301\\u05d0\\u200b\\ufeff\\u{10800}\\ue000'");
  expect(show({ name: '\u0000\ud83d\n' })).toBe("{ name: '\\x00\\ud83d\\n' }");
  expect(show(['a'.repeat(40), 'b'.repeat(40)])).toBe(`[\n  '${'a'.repeat(40)}',\n  '${'b'.repeat(40)}'\n]`);
});

test('seeds are numbers, however they are parted', () => {
  expect(readSeeds(file('seeds', ' 1 2\n3,4\n'))).toEqual([1, 2, 3, 4]);
  expect(() => readSeeds(file('wrong', '1 x'))).toThrow('"x" is no seed');
  expect(() => readSeeds(file('none', '\n'))).toThrow('has no seeds');
  expect(() => readSeeds(join(folder, 'missing'))).toThrow("can't be read");
});

/** Student, lab, and the file or why there is none. */
function found(lab: Lab | null, own: readonly string[] = []): unknown[] {
  return findSubmissions(LABS, folder, lab, own).map((each) => [
    each.student,
    each.lab?.number,
    each.path?.slice(folder.length + 1) ?? (each as MissingSubmission).reason,
  ]);
}

test('submissions are found in folders, in whole projects and in files', () => {
  file('alice/expiry-queue.ts');
  file('bob/labs/11-session-buckets/expiry-queue.ts');
  file('carol/archive.ts');
  file('dave-expiry-queue.ts');
  file('frank/src/expiry-queue.ts');
  file('.DS_Store');
  expect(found(null)).toEqual([
    ['alice', '11', 'alice/expiry-queue.ts'],
    ['bob', '11', 'bob/labs/11-session-buckets/expiry-queue.ts'],
    ['carol', '04', 'carol/archive.ts'],
    ['dave', '11', 'dave-expiry-queue.ts'],
    ['frank', '11', 'frank/src/expiry-queue.ts'],
  ]);
});

test('what can not be graded is named, with the reason', () => {
  file('alice/notes.txt');
  file('bob/labs/11-session-buckets/lab.ts');
  file('bob/labs/11-session-buckets/starter/expiry-queue.ts');
  file('bob/chapters/11-session-buckets/expiry-queue.ts');
  file('carol/a/expiry-queue.ts');
  file('carol/b/expiry-queue.ts');
  file('dave.ts');
  file('erin.zip');
  file('frank/mine.ts');
  const grades = file('grades.csv');
  expect(found(null, [grades])).toEqual([
    ['alice', undefined, 'there is no archive.ts or expiry-queue.ts'],
    ['bob', undefined, 'there is no archive.ts or expiry-queue.ts'],
    ['carol', '11', 'there are several expiry-queue.ts: a/expiry-queue.ts, b/expiry-queue.ts'],
    ['dave.ts', undefined, 'for which lab is it? Say so with --lab 11, or call it NAME-archive.ts'],
    ['erin.zip', undefined, 'it is neither a folder nor a .ts file'],
    ['frank', undefined, 'there is no archive.ts or expiry-queue.ts, but mine.ts'],
  ]);
});

test('when the lab is known, a file may have any name, and a folder without one is a submission, too', () => {
  file('alice/my answer.ts');
  file('bob.ts');
  file('erin/notes.txt');
  file('lea/src/expiry-queue.ts');
  file('lea/src/helpers.ts');
  file('max/src/deep/answer.ts');
  expect(found(LABS[1] as Lab)).toEqual([
    ['alice', '11', 'alice/my answer.ts'],
    ['bob', '11', 'bob.ts'],
    ['erin', '11', 'there is no expiry-queue.ts'],
    ['lea', '11', 'lea/src/expiry-queue.ts'],
    ['max', '11', 'max/src/deep/answer.ts'],
  ]);
});

test('the slope of a power law is its power', () => {
  const sizes = [100, 400, 1600];
  expect(
    slopeOf(
      sizes,
      sizes.map((size) => 3 * size),
    ),
  ).toBeCloseTo(1);
  expect(
    slopeOf(
      sizes,
      sizes.map((size) => size ** 2 / 7),
    ),
  ).toBeCloseTo(2);
  expect(slopeOf(sizes, [5, 5, 5])).toBeCloseTo(0);
});

test('a slope is told in times, not in powers', () => {
  expect(growthText('sessions', 16, 1.13, 1.5)).toBe(
    '16 times the sessions take 23 times the time; in proportion it would be 16 times, and up to 64 times is allowed',
  );
});

test('the median is in the middle', () => {
  expect([medianOf([3, 1, 2]), medianOf([4, 1, 2, 3])]).toEqual([2, 2.5]);
});
