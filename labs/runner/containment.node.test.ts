/** What learners' files do to a grader, and what the grader says. In a copy of the project. */
import { readFileSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { CheckRunner } from './check-runner.node.js';
import { grade } from './grade.node.js';
import { allLabs, copyWorkspace, type Lab, labNamed, type Workspace } from './project.node.js';
import { firstFailure, type GradeResult } from './result.js';
import { checkTypes } from './types-layer.node.js';

let lab: Lab;
let workspace: Workspace & Disposable;
let runner: CheckRunner;
let answer: string;

beforeAll(async () => {
  const labs = await allLabs();
  lab = labNamed(labs, '11');
  workspace = copyWorkspace(labs);
  runner = new CheckRunner(workspace, lab, []);
  answer = readFileSync(workspace.referenceFile(lab), 'utf8');
});
afterAll(async () => {
  await runner.close();
  workspace[Symbol.dispose]();
});

function gradeText(text: string): Promise<GradeResult> {
  writeFileSync(workspace.learnerFile(lab), text);
  return grade(workspace, lab, { runner, checkTypes: async (...args) => checkTypes(...args), withBenchmark: false });
}

/** The answer, with something else at the beginning of `poll`. */
function withPoll(code: string): string {
  const line = '    if (nowMs < this.nextBucketMs) return [];\n';
  expect(answer).toContain(line);
  return answer.replace(line, `    ${code}\n`);
}

const lineOf = (text: string, part: string): number => text.split('\n').findIndex((line) => line.includes(part)) + 1;

test('the answer passes, and the proof names the file that ran', async () => {
  const result = await gradeText(answer);
  expect([result.state, result.ran]).toEqual(['passed', 'labs/11-session-buckets/expiry-queue.ts']);
  expect(result.modules).toContain(workspace.learnerFile(lab));
  expect(result.modules).not.toContain(workspace.referenceFile(lab));
});

describe('code that does not come back', () => {
  test('in a gap', async () => {
    const text = withPoll("console.log('here');\n    while (this.intervalMs > 0) {}");
    const failed = firstFailure(await gradeText(text));
    expect([failed?.id, failed?.failure?.kind]).toEqual(['u9', 'hang']);
    expect(failed?.failure?.sent.at(-1)).toBe('queue.poll(999)');
    expect(failed?.failure?.place?.line).toBe(lineOf(text, 'while (this.intervalMs > 0)'));
    expect(failed?.failure?.printed).toBe('here\n');
  });

  test('in a loop that calls others: the loop is the place', async () => {
    const text = answer.replace('while (this.waitMs(nowMs) === 0)', 'while (this.waitMs(nowMs) >= 0)');
    const failed = firstFailure(await gradeText(text));
    expect([failed?.id, failed?.failure?.kind]).toEqual(['u11', 'hang']);
    expect(failed?.failure?.place?.line).toBe(lineOf(text, 'while (this.waitMs(nowMs) >= 0)'));
  });

  test('in a simulated run: with what happened in it, and its seed', async () => {
    const text = answer.replace(
      '    const oldBucketMs',
      '    while (timeoutMs === 20_000 && nowMs > 0) {}\n    const oldBucketMs',
    );
    const failed = firstFailure(await gradeText(text));
    expect([failed?.id, failed?.failure?.kind, failed?.failure?.seed]).toEqual(['s2', 'hang', 2001]);
    expect(failed?.failure?.place?.line).toBe(lineOf(text, 'while (timeoutMs === 20_000'));
    expect(failed?.failure?.diagram[0]).toMatchObject({ from: 'alice', to: 'server' });
  });

  test('and prints without end', async () => {
    const failed = firstFailure(await gradeText(withPoll("while (this.intervalMs > 0) console.log('flood');")));
    expect([failed?.id, failed?.failure?.kind]).toEqual(['u9', 'hang']);
  });

  test('when it is loaded', async () => {
    const text = `${answer}while (Number(1) > 0) {}\n`;
    const { obstacle } = await gradeText(text);
    expect(obstacle?.summary).toBe(
      'Your file does not come to its end when it is loaded: it does not come back: something in your file goes on ' +
        `for ever (line ${lineOf(text, 'while (Number(1) > 0)')})`,
    );
  });
});

test.each([
  ['on the heap', 'all.push(new Array(10_000).fill(all.length))'],
  ['beside the heap', 'all.push(new Uint8Array(50_000_000).fill(1))'],
])('too much memory, %s', async (_, code) => {
  const failed = firstFailure(
    await gradeText(withPoll(`const all: unknown[] = []; while (this.intervalMs > 0) ${code};`)),
  );
  expect([failed?.id, failed?.failure?.kind]).toEqual(['u9', 'memory']);
});

test('what it prints is shown with the check, up to a limit', async () => {
  const some = firstFailure(await gradeText(withPoll("console.log('poll at', nowMs);")));
  expect(some?.failure?.printed).toContain('poll at 999\n');
  const much = firstFailure(await gradeText(withPoll("for (let i = 0; i < 1e5; i++) console.log('flood');")));
  expect(much?.failure?.printed.length).toBeLessThan(5000);
  expect(much?.failure?.printed).toContain('more characters were printed');
});

test('an error is told with its place', async () => {
  const text = withPoll("if (this.intervalMs > 0) throw new TypeError('oh no');");
  const failed = firstFailure(await gradeText(text));
  expect(failed?.failure?.got).toBe('TypeError: oh no');
  expect(failed?.failure?.place?.line).toBe(lineOf(text, 'oh no'));
});

test('the end of the process is no way out', async () => {
  const result = await gradeText(withPoll('if (this.intervalMs > 0) process.exit(0);'));
  const failed = firstFailure(result);
  expect([result.state, failed?.id]).toEqual(['failed', 'u9']);
  expect(failed?.failure?.got).toBe('process.exit(0): it would end the whole process, the server and everybody in it');
});

test('a promise that fails when nobody waits for it is told', async () => {
  const result = await gradeText(
    withPoll(
      "if (nowMs === 999) void Promise.reject(new Error('left over'));\n    if (nowMs < this.nextBucketMs) return [];",
    ),
  );
  expect(result.state).toBe('failed');
  expect(result.obstacle?.details.join()).toContain('left over');
});

describe('a file that can not be loaded', () => {
  test('because it throws', async () => {
    const { obstacle, points } = await gradeText(`${answer}throw new Error('boom');\n`);
    expect([obstacle?.title, points]).toEqual(['Your file can not be loaded', 0]);
    expect(obstacle?.details[0]).toMatch(/^Error: boom \(line \d+\)$/);
  });

  test('because it does not export what it should', async () => {
    const { obstacle } = await gradeText('export const nothing = 1;\n');
    expect(obstacle?.title).toContain('does not fit where it is used');
    expect(obstacle?.details.join(' ')).toContain('ExpiryQueue');
  });

  test('because it is no TypeScript', async () => {
    const { obstacle } = await gradeText(`${answer}}}`);
    expect(obstacle?.title).toBe('Your file does not compile');
    expect(obstacle?.details[0]).toMatch(/^labs\/11-session-buckets\/expiry-queue\.ts:\d+:1$/);
  });

  test('because of a type: the line is shown as it stands, with a sign under the place', async () => {
    const text = answer.replace('    return this.bucketOf.size;', '    return this.bucketOf.count;');
    const line = text.split('\n').findIndex((each) => each.includes('.count;')) + 1;
    const { obstacle } = await gradeText(text);
    expect(obstacle?.details.slice(1, 4)).toEqual([
      `  ${String(line - 1).padStart(4)} |   get size(): number {`,
      `  ${String(line).padStart(4)} |     return this.bucketOf.count;`,
      '       |                          ^^^^^',
    ]);
  });
});

test('an export that is used elsewhere has to stay as it is', async () => {
  const { obstacle } = await gradeText(answer.replaceAll('waitMs(', 'waitFor('));
  expect(obstacle?.title).toContain('does not fit where it is used');
  expect(obstacle?.details[0]).toContain('session-tracker.ts');
});

test.each([
  ['by a relative path', "export { ExpiryQueue } from '../../chapters/11-session-buckets/expiry-queue.js';"],
  ['by an import at run time', `${'const other = '}import('../../chapters/11-session-buckets/expiry-queue.js');\n`],
  ['a module of Node', "import 'node:fs';"],
  ['a file of a machine', "import '#00-introduction/real-world.node.js';"],
  ['a package', "import 'vitest';"],
])('it may not import the reference or the machine: %s', async (_, code) => {
  const result = await gradeText(`${code}\n${code.startsWith('export') ? '' : answer}`);
  expect([result.state, result.points]).toEqual(['refused', 0]);
});

test('an import of another chapter is in order', async () => {
  const result = await gradeText(
    `import { invariant } from '#00-introduction/invariant.js';\ninvariant('it-loads', true);\n${answer}`,
  );
  expect(result.state).toBe('passed');
});
