import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { hasNewStarter, reset, startIfNew, update } from './learner-file.node.js';
import { type Lab, Workspace } from './project.node.js';

const lab: Lab = {
  number: '11',
  folder: '11-x',
  manifest: { title: 'X', goal: '', file: 'x.ts', effortMinutes: [1, 2], after: [], gaps: [], points: 1 },
  condition: 'lab-11',
  specifier: '#11-x/x.js',
};
const STARTER = 'one\ntwo\nthree\nfour\nfive\nsix\nseven\n';

let workspace: Workspace;
const own = (): string => readFileSync(workspace.learnerFile(lab), 'utf8');
const write = (text: string): void => writeFileSync(workspace.learnerFile(lab), text);
const setStarter = (text: string): void => {
  mkdirSync(dirname(workspace.starterFile(lab)), { recursive: true });
  writeFileSync(workspace.starterFile(lab), text);
};

beforeEach(() => {
  workspace = new Workspace(mkdtempSync(join(tmpdir(), 'zoowalk-learner-')));
  setStarter(STARTER);
});
afterEach(() => rmSync(workspace.root, { recursive: true, force: true }));

test('the first time the starter is put in its place, and never again', () => {
  expect(startIfNew(workspace, lab)).toBe(true);
  expect(own()).toBe(STARTER);
  write('mine');
  expect(startIfNew(workspace, lab)).toBe(false);
  expect(own()).toBe('mine');
});

test('a file of another name is not passed over in silence', () => {
  writeFileSync(workspace.labFile(lab, 'lab.ts'), '');
  writeFileSync(workspace.labFile(lab, 'X.ts'), 'mine');
  expect(() => startIfNew(workspace, lab)).toThrow('There is labs/11-x/X.ts, but this lab reads labs/11-x/x.ts');
  expect(existsSync(workspace.learnerFile(lab))).toBe(false);
});

test('beginning anew keeps what was there, each time', () => {
  expect(reset(workspace, lab)).toBeNull();
  write('first');
  expect(reset(workspace, lab)).toBe('labs/11-x/x.ts.before-1');
  write('second');
  expect(reset(workspace, lab)).toBe('labs/11-x/x.ts.before-2');
  expect(own()).toBe(STARTER);
  expect(readFileSync(join(workspace.root, 'labs/11-x/x.ts.before-2'), 'utf8')).toBe('second');
});

test('a new starter is merged with what the learner wrote', () => {
  startIfNew(workspace, lab);
  expect([hasNewStarter(workspace, lab), update(workspace, lab).kind]).toEqual([false, 'nothing new']);
  write(STARTER.replace('two', 'TWO'));
  setStarter(STARTER.replace('six', 'SIX'));
  expect(hasNewStarter(workspace, lab)).toBe(true);
  expect(update(workspace, lab)).toEqual({ kind: 'merged', conflicts: 0, backup: 'labs/11-x/x.ts.before-1' });
  expect(own()).toBe(STARTER.replace('two', 'TWO').replace('six', 'SIX'));
  expect(update(workspace, lab).kind).toBe('nothing new');
});

test('where both have changed the same, the learner decides', () => {
  startIfNew(workspace, lab);
  write(STARTER.replace('two', 'mine'));
  setStarter(STARTER.replace('two', 'theirs'));
  expect(update(workspace, lab)).toMatchObject({ kind: 'merged', conflicts: 1 });
  expect(own()).toContain('<<<<<<< yours\nmine\n=======\ntheirs\n>>>>>>> the new starter\n');
});
