import { stripVTControlCharacters } from 'node:util';
import { describe, expect, test } from 'vitest';
import { Paint } from './paint.js';
import { type ReportContext, report } from './report.js';
import type { CheckResult, Failure, GradeResult } from './result.js';

const plain = new Paint({ width: 80, hasColor: false, hasUnicode: true });

const CONTEXT: ReportContext = {
  title: 'Session buckets',
  number: '11',
  path: 'labs/11-session-buckets/expiry-queue.ts',
  source: 'one\ntwo\nthree\nfour\nfive\n',
  gapTitles: new Map([['11.2', 'A sign of life']]),
  hints: { shown: 1, total: 3 },
};

const FAILURE: Failure = {
  kind: 'wrong',
  summary: 'queue.entries(): expected [], got [ 1 ]',
  sent: ['queue = new ExpiryQueue(1000, 0)', 'queue.entries()'],
  subject: null,
  expected: '[]',
  got: '[ 1 ]',
  place: null,
  seed: null,
  diagram: [],
  printed: '',
};

function check(id: string, change: Partial<CheckResult> = {}): CheckResult {
  const layer = id.startsWith('u') ? 'unit' : id.startsWith('s') ? 'simulation' : 'benchmark';
  return {
    id,
    layer,
    gap: '11.2',
    name: `check ${id}`,
    invariant: 'Nothing is lost.',
    points: 1,
    state: 'passed',
    failure: null,
    ...change,
  };
}

function result(change: Partial<GradeResult>): GradeResult {
  return {
    lab: '11-session-buckets',
    points: 1,
    of: 4,
    state: 'failed',
    layers: { types: 'passed', unit: 'failed', simulation: 'not run', benchmark: 'not run' },
    checks: [],
    obstacle: null,
    ran: CONTEXT.path,
    modules: [],
    seconds: 1,
    ...change,
  };
}

const FAILED = result({
  checks: [check('u1'), check('u2', { state: 'failed', failure: FAILURE }), check('s1', { state: 'not run' })],
});

test('what was looked at, when it is not what was sent last', () => {
  const failure = { ...FAILURE, subject: 'the data of /n0' };
  const failed = result({ checks: [check('u2', { state: 'failed', failure })] });
  expect(report(failed, CONTEXT, plain)).toContain(`
  Looked at     the data of /n0
  Expected      []
  Got           [ 1 ]
`);
  expect(report(FAILED, CONTEXT, plain)).not.toContain('Looked at');
});

test('the first failure, with all that is needed to mend it', () => {
  expect(report(FAILED, CONTEXT, plain)).toBe(`
Lab 11  Session buckets

  ✓ types
  ✗ unit checks       1 of 2 points
      ✓ u1  11.2  check u1                                                  1/1
      ✗ u2  11.2  check u2                                                  0/1
  · simulated server  not run yet
  · benchmark         not run yet

  1 of 4 points

── u2  gap 11.2 ────────────────────────────────────────────────────────────────

  Check         check u2
  Must hold     Nothing is lost.

  Called        queue = new ExpiryQueue(1000, 0)
                queue.entries()

  Expected      []
  Got           [ 1 ]

  Run it again  npm run lab 11 -- --check u2
  Next hint     npm run lab 11 hint   (hint 2 of 3 for this gap)
`);
});

test('a simulated run is shown as a picture, with its seed', () => {
  const diagram = [{ atMs: 1, kind: 'packet', from: 'alice', to: 'server', text: 'ping', isLost: false }] as const;
  const failure = { ...FAILURE, seed: 2001, diagram };
  const text = report(result({ checks: [check('s1', { state: 'failed', failure })] }), CONTEXT, plain);
  expect(text).toContain('The run with seed 2001');
  expect(text).toContain('│─ ping ─');
  expect(text).toContain('npm run lab 11 -- --check s1 --seed 2001');
  expect(text).not.toContain('Called');
});

describe('a long run', () => {
  const diagram = Array.from({ length: 1000 }, (_, index) => {
    const text = index === 500 ? 'create /n0' : `request ${index}`;
    return { atMs: index, kind: 'packet', from: 'alice', to: 'server', text, isLost: false } as const;
  });
  const failure = { ...FAILURE, seed: 2001, diagram, subject: 'the data of /n0' };
  const failed = result({ checks: [check('s1', { state: 'failed', failure })] });
  const linesOf = (text: string): number => text.split('\n').filter((line) => line.includes('│─')).length;

  test('is cut, but not where what is wrong is named', () => {
    const text = report(failed, CONTEXT, plain);
    expect(linesOf(text)).toBe(17);
    expect(text).toContain('create /n0');
  });

  test('is longer when it was asked for, and whole when all of it was', () => {
    const replay = { ...failed, state: 'partial run' } as const;
    const text = report(replay, CONTEXT, plain);
    expect(linesOf(text)).toBe(200);
    expect(text).toContain('200 of 1000 lines of the run are shown; all of them with --whole.');
    const whole = report(replay, { ...CONTEXT, isWhole: true }, plain);
    expect(linesOf(whole)).toBe(1000);
    expect(whole).not.toContain('--whole');
  });
});

test("a teacher's seeds are not told", () => {
  const failure = {
    ...FAILURE,
    seed: 2001,
    diagram: [{ atMs: 1, kind: 'note', from: '', to: '', text: 'a note', isLost: false } as const],
  };
  const text = report(
    result({ checks: [check('s1', { state: 'failed', failure })] }),
    { ...CONTEXT, hidesSeeds: true },
    plain,
  );
  expect(text).not.toContain('2001');
});

test('an error is shown in the file, and so is what was printed', () => {
  const failure = {
    ...FAILURE,
    kind: 'error',
    expected: null,
    got: 'TypeError: x',
    place: { line: 3, column: 1 },
    printed: 'hello\n',
  } as const;
  const text = report(result({ checks: [check('u1', { state: 'failed', failure })] }), CONTEXT, plain);
  expect(text).toContain('labs/11-session-buckets/expiry-queue.ts:3\n');
  expect(text).toContain('>    3 | three');
  expect(text).toContain('Printed       hello');
});

test('an untouched starter is an expected start', () => {
  const failure = {
    ...FAILURE,
    kind: 'unwritten',
    unwritten: { id: '11.2', symbol: 'ExpiryQueue.update' },
  } as const;
  const text = report(
    result({ points: 0, state: 'expected start', checks: [check('u1', { state: 'unwritten', failure })] }),
    CONTEXT,
    plain,
  );
  expect(text).toContain('0 of 4 points, the expected start');
  expect(text).toContain('Begin with    Gap 11.2, a sign of life: ExpiryQueue.update is not written yet.');
  expect(text).not.toContain('Must hold');
});

test('what stands in the way of all checks comes instead of them', () => {
  const obstacle = {
    layer: 'types',
    why: 'types',
    title: 'Your file does not compile',
    details: ['a.ts:1:2', '  1 | x'],
    summary: '',
  } as const;
  const layers = { types: 'failed', unit: 'not run', simulation: 'not run', benchmark: 'not run' } as const;
  const text = report(result({ points: 0, obstacle, layers }), CONTEXT, plain);
  expect(text).toContain('✗ types');
  expect(text).toContain('── Your file does not compile ──');
  expect(text).toContain('    1 | x');
});

test('full marks say which file ran', () => {
  const layers = { types: 'passed', unit: 'passed', simulation: 'passed', benchmark: 'passed' } as const;
  const text = report(
    result({ points: 4, state: 'passed', layers, checks: [check('u1'), check('b1', { measured: 'as fast' })] }),
    CONTEXT,
    plain,
  );
  expect(text).toContain('4 of 4 points. All of it ran on labs/11-session-buckets/expiry-queue.ts.');
  expect(text).toContain('as fast');
  expect(text).not.toContain('check u1');
});

describe('in every terminal', () => {
  test('colour changes nothing but the colour', () => {
    const colored = report(FAILED, CONTEXT, new Paint({ width: 80, hasColor: true, hasUnicode: true }));
    expect(colored).toContain('\x1b[');
    expect(stripVTControlCharacters(colored)).toBe(report(FAILED, CONTEXT, plain));
  });

  test('ASCII is enough', () => {
    expect(report(FAILED, CONTEXT, new Paint({ width: 80, hasColor: false, hasUnicode: false }))).toMatch(
      /^[\x20-\x7e\n]*$/,
    );
  });

  test('a line of a source keeps its indentation, and a sign its place', () => {
    const details = ['a.ts:1:80', `     1 |     ${'x'.repeat(100)}`, `       |     ${' '.repeat(20)}^^^`];
    const obstacle = { layer: 'types', why: 'types', title: 'no', details, summary: '' } as const;
    const lines = report(result({ obstacle }), CONTEXT, plain).split('\n');
    expect(lines).toContain(`       1 |     ${'x'.repeat(64)}…`);
    expect(lines).toContain(`         |     ${' '.repeat(20)}^^^`);
  });

  test.each([60, 80, 100])('no line is longer than %d columns', (width) => {
    const long = 'a long text '.repeat(30);
    const failure = { ...FAILURE, expected: long, got: 'x'.repeat(200), sent: [long] };
    const failed = result({ checks: [check('u1', { name: long, invariant: long, state: 'failed', failure })] });
    for (const line of report(failed, CONTEXT, new Paint({ width, hasColor: false, hasUnicode: true })).split('\n')) {
      expect(line.length, line).toBeLessThanOrEqual(width);
    }
  });
});
