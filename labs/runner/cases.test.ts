import { expect, test } from 'vitest';
import { complaint } from './cases.js';
import type { CheckResult, Failure, GradeResult } from './result.js';

const failure = (summary: string): Failure => ({
  kind: 'wrong',
  summary,
  sent: [],
  subject: null,
  expected: '',
  got: '',
  place: null,
  seed: null,
  diagram: [],
  printed: '',
});

const check = (id: string, gap: string, state: CheckResult['state'], summary?: string): CheckResult => ({
  id,
  layer: id.startsWith('u') ? 'unit' : 'simulation',
  gap,
  name: id,
  invariant: '',
  points: 2,
  state,
  failure: summary === undefined ? null : failure(summary),
});

const result = (state: GradeResult['state'], checks: readonly CheckResult[], points = 0, of = 4): GradeResult => ({
  lab: '',
  points,
  of,
  state,
  layers: { types: 'passed', unit: 'passed', simulation: 'passed', benchmark: 'passed' },
  checks,
  obstacle: null,
  ran: '',
  modules: [],
  seconds: 0,
});

test('a starter fails as one', () => {
  const unwritten = check('u1', '11.1', 'unwritten', 'gap 11.1 is not written yet');
  expect(complaint({ kind: 'starter' }, result('expected start', [unwritten]))).toBeNull();
  expect(complaint({ kind: 'starter' }, result('failed', [unwritten]))).toBe('the result is "failed"');
  expect(complaint({ kind: 'starter' }, result('expected start', [check('u1', '11.1', 'passed')]))).toContain('u1');
});

test('on the way, what is written passes and what is not is noticed', () => {
  const expectation = { kind: 'on the way', upTo: '11.1' } as const;
  const good = [check('u1', '11.1', 'passed'), check('u2', '11.2', 'unwritten')];
  expect(complaint(expectation, result('failed', good))).toBeNull();
  expect(complaint(expectation, result('failed', [check('u1', '11.1', 'unwritten')]))).toContain('needs a later gap');
  expect(
    complaint(expectation, result('failed', [check('u1', '11.1', 'passed'), check('u2', '11.2', 'passed')])),
  ).toContain('does not notice');
});

test('full marks are all points, and those of the manifest', () => {
  const checks = [check('u1', '11.1', 'passed'), check('s1', '11.1', 'passed')];
  expect(complaint({ kind: 'full marks' }, result('passed', checks, 4))).toBeNull();
  expect(complaint({ kind: 'full marks' }, result('passed', checks, 4, 5))).toBe(
    'the checks have 4 points, lab.ts says 5',
  );
  expect(complaint({ kind: 'full marks' }, result('failed', [check('u1', '11.1', 'failed', 'oh')]))).toBe(
    'check u1 fails: oh',
  );
});

test('a wrong answer is caught by the check that is named, with its words', () => {
  const expectation = { kind: 'caught', by: 's1', message: 'still there' } as const;
  const caught = [check('u1', '11.1', 'passed'), check('s1', '11.1', 'failed', 'it is still there')];
  expect(complaint(expectation, result('failed', caught))).toBeNull();
  expect(complaint({ ...expectation, by: 'u1' }, result('failed', caught))).toContain('caught by s1');
  expect(complaint({ ...expectation, message: 'gone' }, result('failed', caught))).toContain('not "gone"');
  expect(complaint(expectation, result('passed', [check('u1', '11.1', 'passed')], 4))).toContain('nobody notices');
});

test('what does not even compile is never in order', () => {
  const obstacle = { layer: 'types', why: 'types', title: 'no', details: ['way'], summary: '' } as const;
  expect(complaint({ kind: 'starter' }, { ...result('failed', []), obstacle })).toBe('no: way');
});
