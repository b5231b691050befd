import { expect, test } from 'vitest';
import { csvOf, type Row, summaryOf } from './grades.js';

const check = (id: string, state: Row['checks'][number]['state']): Row['checks'][number] => {
  return { id, gap: '11.1', name: `check ${id}`, points: 2, state };
};

const row = (student: string, change: Partial<Row> = {}): Row => ({
  student,
  lab: '11-session-buckets',
  points: 0,
  of: 4,
  state: 'failed',
  why: 'wrong',
  failed: '',
  message: '',
  seconds: 1.5,
  seeds: null,
  grader: 'zoowalk 1.0.0',
  checks: [],
  ...change,
});

test('a check that did not run has no points; one that failed has none of its points', () => {
  const checks = [check('u1', 'passed'), check('s1', 'failed'), check('b1', 'not run')];
  const rows = [row('alice', { points: 2, checks }), row('bob', { lab: '', state: 'missing', why: 'missing' })];
  expect(csvOf(rows).split('\r\n')).toEqual([
    'student,lab,points,of,state,why,failed,message,seconds,seeds,grader,u1,s1,b1',
    'alice,11-session-buckets,2,4,failed,wrong,,,1.5,,zoowalk 1.0.0,2,0,',
    'bob,,0,4,missing,missing,,,1.5,,zoowalk 1.0.0,,,',
    '',
  ]);
});

test('the teacher is told what failed most', () => {
  const rows = [
    row('alice', { checks: [check('u1', 'failed'), check('s1', 'failed')] }),
    row('bob', { why: 'hang', checks: [check('u1', 'passed'), check('s1', 'failed'), check('b1', 'not run')] }),
    row('carol', { state: 'passed', why: '', checks: [check('u1', 'passed')] }),
    row('dave', { state: 'passed', why: '' }),
  ];
  expect(summaryOf(rows)).toEqual([
    '4 rows: 2 passed, 1 failed (wrong), 1 failed (hang).',
    '',
    'What failed most:',
    '     2 times  s1  lab 11  check s1',
    '     1 times  u1  lab 11  check u1',
  ]);
  expect(summaryOf([row('dave', { state: 'passed', why: '' })])).toEqual(['1 row: 1 passed.']);
});
