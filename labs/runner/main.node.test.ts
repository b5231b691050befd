/** The program as people call it, in a copy of the project. */
import { execFile, spawn } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { strFromU8, unzipSync } from 'fflate';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { allLabs, copyWorkspace, type Lab, labNamed, project, type Workspace } from './project.node.js';
import type { GradeResult } from './result.js';

let lab: Lab;
let workspace: Workspace & Disposable;
let answer: string;

beforeAll(async () => {
  const labs = await allLabs();
  lab = labNamed(labs, '11');
  workspace = copyWorkspace(labs);
  cpSync(join(project, 'solutions'), workspace.path('solutions'), { recursive: true });
  answer = readFileSync(workspace.referenceFile(lab), 'utf8');
});
afterAll(() => workspace[Symbol.dispose]());
beforeEach(() => {
  rmSync(workspace.learnerFile(lab), { force: true });
  rmSync(workspace.path('labs', '.progress'), { recursive: true, force: true });
});

interface Outcome {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** What is printed, whatever the width of the terminal. */
const unwrapped = (text: string): string => text.replaceAll(/\s+/g, ' ');

function run(args: readonly string[], environment: NodeJS.ProcessEnv = {}): Promise<Outcome> {
  const env = { PATH: process.env.PATH, HOME: process.env.HOME, ...environment };
  const program = workspace.path('labs/runner/main.node.ts');
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      ['--import', 'tsx', program, ...args],
      { cwd: workspace.root, env },
      (error, out, err) => {
        resolve({ code: typeof error?.code === 'number' ? error.code : 0, out, err });
      },
    );
  });
}

test('at first there are only labs to begin', async () => {
  const { out, code } = await run([]);
  expect(code).toBe(0);
  expect(out).toContain('11  Session buckets');
  expect(out).toContain('not begun');
});

test('a learner begins: the starter comes, and its failure is expected', async () => {
  const { out, code } = await run(['11']);
  expect(out).toContain(`0 of ${lab.manifest.points} points, the expected start`);
  expect(out).toContain('Gap 11.1');
  expect(code).toBe(1);
  expect(readFileSync(workspace.learnerFile(lab), 'utf8')).toBe(readFileSync(workspace.starterFile(lab), 'utf8'));
  expect((await run(['list'])).out).toContain(`0 of ${lab.manifest.points}`);
  expect((await run(['11', 'diff'])).out).toContain('is the starter, unchanged');
});

test('a learner has passed: full marks, and the solution is open', async () => {
  writeFileSync(workspace.learnerFile(lab), answer);
  expect((await run(['11', 'solution'])).err).toContain('You have not passed lab 11 yet');
  const guarded = await run(['11', 'wrong']);
  expect(guarded.err).toContain('You have not passed lab 11 yet');
  expect(guarded.err + guarded.out).not.toContain('touch-only-later');
  expect((await run(['11', 'wrong', '--spoil'])).out).toContain('touch-only-later');
  const { out, code } = await run(['11', '--json']);
  const result = JSON.parse(out) as GradeResult;
  expect([code, result.state, result.points, result.of]).toEqual([
    0,
    'passed',
    lab.manifest.points,
    lab.manifest.points,
  ]);
  expect(result.modules).toContain('labs/11-session-buckets/expiry-queue.ts');
  expect((await run(['list', '--json'])).out).toContain('"state": "passed"');
  expect((await run(['11', 'solution'])).out).toContain('+    return (Math.floor(');
  expect((await run(['11', 'wrong'])).out).toContain('touch-only-later');
  expect((await run(['11', 'wrong', 'nothing'])).err).toContain('There are:\n\n    a-list-for-a-bucket\n');
  const hint = (await run(['11', 'hint'])).out;
  expect(hint).toContain('All checks pass');
  expect(hint).not.toContain('--spoil');
});

test('one check is shown with everything that it does, and a run can be replayed', async () => {
  writeFileSync(workspace.learnerFile(lab), answer);
  const unit = await run(['11', '--check', 'u1']);
  expect(unit.out).toContain('queue.bucketAfter(1500)');
  const simulated = await run(['11', '--check', 's1', '--seed', '7']);
  expect(simulated.out).toContain('The run with seed 7');
  expect(simulated.out).toContain('ping');
  expect(simulated.code).toBe(0);
});

test('hints come one by one, for the gap that failed', async () => {
  writeFileSync(workspace.learnerFile(lab), answer.replace('+ 1) * this.intervalMs', ') * this.intervalMs'));
  expect((await run(['11'])).out).toContain('hint 1 of 3 for this gap');
  expect((await run(['11', 'hint'])).out).toMatch(/Gap 11\.1 [\s\S]*1\. /);
  const second = await run(['11', 'hint']);
  expect(second.out).toContain('  2. ');
  expect(second.out).not.toContain('  3. ');
});

test('a wrong answer is shown as a learner would see it, and explained', async () => {
  const { out } = await run(['11', 'wrong', 'touch-leaves-a-copy']);
  expect(out).toContain("queue.update('alice', 4000, 2300)");
  expect(out).toContain('Misconception');
  expect(existsSync(workspace.learnerFile(lab))).toBe(false);
});

describe('help on wrong use', () => {
  test.each([
    ['a verb that there is not', ['11', 'hnit'], 'Did you mean hint?'],
    ['a lab that there is not', ['77'], 'There is no lab "77". There are: '],
    ['a check that there is not', ['11', '--check', 'x1'], 'is no check'],
    ['a seed without a check', ['11', '--seed', '5'], 'A seed belongs to a check'],
    [
      'a wrong answer that nobody knows',
      ['11', 'wrong', 'nothing'],
      'Which there are: npm run lab 11 wrong -- --spoil',
    ],
    ['a lab that was not begun', ['11', 'diff'], 'You have not begun lab 11'],
    ['a folder that is not there', ['class', '/nowhere'], "can't be read"],
  ])('%s', async (_, args, message) => {
    const { code, err } = await run(args);
    expect(unwrapped(err)).toContain(message);
    expect(err).not.toContain('    at ');
    expect(code).not.toBe(0);
  });

  test('a flag that npm has kept', async () => {
    const { err } = await run(['11', 'u3'], { npm_lifecycle_event: 'lab', npm_config_check: 'true' });
    expect(err).toContain('npm run lab 11 -- --check u3');
  });

  test('a file of another name', async () => {
    const stray = workspace.labFile(lab, 'expiryQueue.ts');
    writeFileSync(stray, answer);
    const { err } = await run(['11']);
    rmSync(stray);
    expect(unwrapped(err)).toContain('but this lab reads labs/11-session-buckets/expiry-queue.ts');
  });

  test("in a lab's folder the number can be left out", async () => {
    const { out } = await run([], { INIT_CWD: workspace.labFile(lab, '.') });
    expect(out).toContain('Lab 11  Session buckets');
  });
});

test('the doctor finds what is missing', async () => {
  const { out } = await run(['doctor', '--json']);
  const findings = JSON.parse(out) as { what: string; state: string }[];
  expect(findings.find(({ what }) => what === 'lab 11')?.state).toBe('good');
  expect(findings.find(({ what }) => what === 'dist/')?.state).toBe('bad');
});

test('watch grades again when the file is saved', async () => {
  writeFileSync(workspace.learnerFile(lab), readFileSync(workspace.starterFile(lab), 'utf8'));
  const child = spawn(
    process.execPath,
    ['--import', 'tsx', workspace.path('labs/runner/main.node.ts'), '11', 'watch'],
    { cwd: workspace.root, stdio: ['ignore', 'pipe', 'ignore'] },
  );
  let out = '';
  const until = (text: string): Promise<void> =>
    new Promise((resolve) => {
      const look = (): void => {
        if (!out.includes(text)) return;
        child.stdout.off('data', look);
        resolve();
      };
      child.stdout.on('data', look);
      look();
    });
  child.stdout.on('data', (chunk: Buffer) => {
    out += chunk.toString();
  });
  await until('Watching.');
  expect(out).toContain('the expected start');
  out = '';
  writeFileSync(workspace.learnerFile(lab), `${answer}}`);
  await until('Watching.');
  expect(out).toContain('Your file does not compile');
  child.kill('SIGINT');
});

test('a class is graded to CSV and JSON, and the files of the teacher stay as they are', async () => {
  const folder = workspace.path('class');
  const hand = (student: string, text: string): void => {
    mkdirSync(join(folder, student), { recursive: true });
    writeFileSync(join(folder, student, 'expiry-queue.ts'), text);
  };
  hand('alice', answer);
  hand('bob', readFileSync(workspace.starterFile(lab), 'utf8'));
  hand('carol', `${answer}throw new Error('boom');\n`);
  hand('dave', "export { ExpiryQueue } from '../../chapters/11-session-buckets/expiry-queue.js';\n");
  hand('erin', 'x'.repeat(2_000_000));
  mkdirSync(join(folder, 'frank'));
  const line = '    if (nowMs < this.nextBucketMs) return [];\n';
  hand('grace/src', answer.replace(line, `    while (nowMs === 999) {}\n${line}`));
  writeFileSync(join(folder, 'heidi.zip'), '');
  writeFileSync(workspace.path('seeds.txt'), '901\n');
  const { code, err, out } = await run([
    'class',
    folder,
    '--lab',
    '11',
    '--seeds',
    workspace.path('seeds.txt'),
    '--out',
    workspace.path('out'),
  ]);
  expect([code, err]).toEqual([0, '']);
  const rows = JSON.parse(readFileSync(workspace.path('out/grades.json'), 'utf8')) as {
    student: string;
    points: number;
    state: string;
    why: string;
    message: string;
    checks: { id: string; state: string }[];
  }[];
  expect(rows.map(({ student, state, why }) => [student, state, why])).toEqual([
    ['alice', 'passed', ''],
    ['bob', 'expected start', 'unwritten'],
    ['carol', 'failed', 'error'],
    ['dave', 'refused', 'refused'],
    ['erin', 'refused', 'refused'],
    ['frank', 'missing', 'missing'],
    ['grace', 'failed', 'hang'],
    ['heidi.zip', 'missing', 'missing'],
  ]);
  // One check that hangs costs its point, and nothing else; what is not written is not measured.
  const { points } = lab.manifest;
  expect(rows.map((row) => row.points)).toEqual([points, 0, 0, 0, 0, 0, points - 1, 0]);
  expect(rows[6]?.checks.filter(({ state }) => state !== 'passed').map(({ id }) => id)).toEqual(['u9']);
  const statesOf = (layer: string) =>
    new Set(rows[1]?.checks.filter(({ id }) => id.startsWith(layer)).map(({ state }) => state));
  expect([statesOf('u'), statesOf('s'), statesOf('b')]).toEqual([
    new Set(['unwritten']),
    new Set(['unwritten']),
    new Set(['not run']),
  ]);
  expect(out).toMatch(/8 rows: 2 refused, 2 missing, 1 passed, 1 expected start \(unwritten\), 1 failed\s\(error\)/);
  expect(out).toMatch(/What failed most:\n +2 times {2}u9 /);
  const csv = readFileSync(workspace.path('out/grades.csv'), 'utf8').split('\r\n');
  expect(csv[0]).toMatch(/^student,lab,points,of,state,why,failed,message,seconds,seeds,grader,u1,.*,s1,.*,b1,b2$/);
  expect(csv[1]).toMatch(
    new RegExp(
      String.raw`^alice,${lab.folder},${lab.manifest.points},${lab.manifest.points},passed,,,,[\d.]+,1,zoowalk [\d.]+,1,1,`,
    ),
  );
  expect(csv[2]).toMatch(/^bob,.*,0,,$/);
  expect(csv).toHaveLength(1 + 8 + 1);
  expect(existsSync(workspace.learnerFile(lab))).toBe(false);
});

test('the autograder grades in an empty folder, with seeds that nobody is told', async () => {
  writeFileSync(workspace.path('seeds.txt'), '424242\n');
  cpSync(join(project, 'package-lock.json'), workspace.path('package-lock.json'));
  const { out } = await run([
    'autograder',
    '11',
    '--out',
    workspace.path('made'),
    '--seeds',
    workspace.path('seeds.txt'),
  ]);
  expect(out).toContain('gradescope-lab-11.zip');
  const workflow = readFileSync(workspace.path('made/github/.github/workflows/lab-11.yml'), 'utf8');
  expect(workflow).toContain('npm run --silent lab 11 -- --all');

  const empty = workspace.path('gradescope');
  const files = unzipSync(readFileSync(workspace.path('made/gradescope-lab-11.zip')));
  for (const [name, bytes] of Object.entries(files)) {
    mkdirSync(join(empty, 'source', name, '..'), { recursive: true });
    writeFileSync(join(empty, 'source', name), bytes, { mode: 0o755 });
  }
  expect(Object.keys(files)).toContain('zoowalk/labs/11-session-buckets/grade.test.ts');
  expect(Object.keys(files).filter((name) => name.startsWith('zoowalk/solutions'))).toEqual([]);
  expect(strFromU8(files['seeds.txt'] as Uint8Array)).toBe('424242\n');
  mkdirSync(join(empty, 'submission'));
  writeFileSync(
    join(empty, 'submission/expiry-queue.ts'),
    answer.replace('this.nextBucketMs += this.intervalMs', 'this.nextBucketMs = this.bucketAfter(nowMs)'),
  );
  for (const script of ['setup.sh', 'run_autograder']) await shell(join(empty, 'source', script), empty);
  const results = readFileSync(join(empty, 'results/results.json'), 'utf8');
  const { score, max_score, tests } = JSON.parse(results) as {
    score: number;
    max_score: number;
    tests: { name: string; score: number }[];
  };
  expect(max_score).toBe(lab.manifest.points);
  expect(score).toBeGreaterThan(0);
  expect(tests.find(({ name }) => name.startsWith('s4'))?.score).toBe(0);
  expect(results).not.toContain('424242');
  expect(readdirSync(join(empty, 'results'))).toEqual(['results.json']);
});

function shell(script: string, autograder: string): Promise<void> {
  const env = { PATH: process.env.PATH, HOME: process.env.HOME, AUTOGRADER: autograder };
  return new Promise((resolve, reject) => {
    execFile('bash', [script], { env }, (error, out, err) => (error ? reject(new Error(`${out}${err}`)) : resolve()));
  });
}
