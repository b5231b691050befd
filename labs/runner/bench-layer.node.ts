/**
 * The last layer. Two processes run the same work in turns, one with the learner's file and one with the reference, so
 * that whatever slows the machine down slows both.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { pathToFileURL } from 'node:url';
import { type BenchCheck, growthText, medianOf, slopeOf, timesText } from './bench-checks.js';
import type { BenchAnswer, BenchQuestion } from './bench-child.node.js';
import { failureOf } from './failure.js';
import { type Lab, LabError, type Workspace } from './project.node.js';
import type { CheckResult, Failure } from './result.js';
import { MEMORY_LIMIT_MB } from './watchdog.node.js';

/** The ratio fails when it is beyond the limit in each of these. */
const ROUNDS = 3;
const PAIRS_PER_ROUND = 5;
/** So many times the limit needs no second look in a round. */
const FAR_BEYOND = 5;
/** Before it counts: a machine that has just started compiles yet. */
const WARM_UPS = 3;
/** For one answer. */
const ANSWER_LIMIT_MS = 20_000;
const START_LIMIT_MS = 60_000;

/**
 * @param isWanted which of the checks are to be run
 * @throws {LabError} the benchmark does not run with the reference
 */
export async function runBenchmark(
  workspace: Workspace,
  lab: Lab,
  conditions: readonly string[],
  onCheck: (check: CheckResult) => void = () => {},
  isWanted: (check: CheckResult) => boolean = () => true,
): Promise<CheckResult[]> {
  const learner = new BenchProcess(workspace, lab, [lab.condition, ...conditions]);
  const reference = new BenchProcess(workspace, lab, []);
  try {
    const [texts, own] = await Promise.all([
      reference.ready,
      learner.ready.catch((error: unknown) => failure(error, workspace, lab)),
    ]);
    const results: CheckResult[] = [];
    for (const [index, check] of texts.checks.entries()) {
      const { gap, name, invariant, points = 1 } = check;
      const text = { id: `b${index + 1}`, layer: 'benchmark', gap, name, invariant, points } as const;
      const unknown: CheckResult = { ...text, state: 'not run', failure: null };
      if (!isWanted(unknown)) {
        results.push(unknown);
        continue;
      }
      const found: Measured =
        own.kind !== 'ready'
          ? { measured: '', failure: own }
          : await measure(check as BenchCheck, index, { learner, reference }).catch((error: unknown) => {
              if (error instanceof BrokenReference) throw error;
              return { measured: '', failure: failure(error, workspace, lab) };
            });
      const result: CheckResult = { ...text, ...found, state: found.failure === null ? 'passed' : 'failed' };
      results.push(result);
      onCheck(result);
    }
    return results;
  } finally {
    learner.end();
    reference.end();
  }
}

interface Measured {
  readonly measured: string;
  readonly failure: Failure | null;
}

interface Processes {
  readonly learner: BenchProcess;
  readonly reference: BenchProcess;
}

const measure = (check: BenchCheck, index: number, processes: Processes): Promise<Measured> =>
  check.kind === 'slope' ? measureSlope(check, index, processes.learner) : measureRatio(check, index, processes);

async function measureSlope(
  check: BenchCheck & { kind: 'slope' },
  index: number,
  learner: BenchProcess,
): Promise<Measured> {
  const { sizes, limit, of } = check;
  const slopes: number[] = [];
  // What is not compiled yet is slow, and the small sizes come first.
  for (let i = 0; i < WARM_UPS; i++) await learner.timeOf({ index, size: sizes[0] as number });
  for (let round = 0; round < ROUNDS; round++) {
    const times: number[] = [];
    for (const size of sizes) times.push(await learner.timeOf({ index, size }));
    slopes.push(slopeOf(sizes, times));
    if ((slopes.at(-1) as number) <= limit) break;
  }
  const slope = slopes.at(-1) as number;
  const [least, most] = [sizes[0] as number, sizes.at(-1) as number];
  const measured = growthText(of, most / least, slope, limit);
  if (slope <= limit) return { measured, failure: null };
  return {
    measured,
    failure: wrong(
      `${measured}: the work for one grows with the number of the others`,
      [`${least} ${of}, then ${most}, in each of ${ROUNDS} rounds`],
      `about ${most / least} times the time, and not more than ${timesText((most / least) ** limit)}`,
      `${timesText((most / least) ** slope)} the time: the work for one grows with the number of the others`,
    ),
  };
}

async function measureRatio(
  check: BenchCheck & { kind: 'ratio' },
  index: number,
  { learner, reference }: Processes,
): Promise<Measured> {
  const question = { index, size: null };
  for (let i = 0; i < WARM_UPS; i++) {
    await learner.timeOf(question);
    await reference.timeOf(question);
  }
  const rounds: number[] = [];
  const ratios: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const ofRound: number[] = [];
    for (let pair = 0; pair < PAIRS_PER_ROUND; pair++) {
      const ownMs = await learner.timeOf(question);
      ofRound.push(ownMs / (await reference.timeOf(question)));
      if ((ofRound[0] as number) > check.limit * FAR_BEYOND) break;
    }
    ratios.push(...ofRound);
    rounds.push(medianOf(ofRound));
  }
  const [least, most] = [Math.min(...ratios), Math.max(...ratios)];
  const measured = `${timesText(medianOf(ratios))} the reference's time (${least.toFixed(2)} to ${most.toFixed(2)}, limit ${check.limit})`;
  if (rounds.some((ratio) => ratio <= check.limit)) return { measured, failure: null };
  return {
    measured,
    failure: wrong(
      measured,
      [`the same work, in turns with the reference, in ${ROUNDS} rounds`],
      `at most ${check.limit} times the reference's time, in one round at least`,
      measured,
    ),
  };
}

function wrong(summary: string, sent: readonly string[], expected: string, got: string): Failure {
  return {
    kind: 'wrong',
    summary,
    sent,
    subject: null,
    expected,
    got,
    place: null,
    seed: null,
    diagram: [],
    printed: '',
  };
}

function failure(error: unknown, workspace: Workspace, lab: Lab): Failure {
  const trace = { sent: [], seed: null, diagram: [], printed: '' };
  const found = failureOf(error, trace, workspace.learnerFile(lab));
  return error instanceof Silence ? { ...found, kind: 'hang' } : found;
}

/** No answer in time. */
class Silence extends Error {}

/** The reference itself does not run. */
class BrokenReference extends LabError {}

class BenchProcess {
  readonly ready: Promise<Extract<BenchAnswer, { kind: 'ready' }>>;
  private readonly child: ChildProcess;
  private readonly isReference: boolean;
  private readonly expectedModule: string;

  constructor(workspace: Workspace, lab: Lab, conditions: readonly string[]) {
    this.isReference = conditions.length === 0;
    this.expectedModule = pathToFileURL(
      this.isReference ? workspace.referenceFile(lab) : workspace.learnerFile(lab),
    ).href;
    const flags = conditions.map((condition) => `--conditions=${condition}`);
    const args = [...flags, `--max-old-space-size=${MEMORY_LIMIT_MB}`, '--import', TSX];
    const program = workspace.path('labs', 'runner', 'bench-child.node.ts');
    this.child = spawn(process.execPath, [...args, program, workspace.labFile(lab, 'grade.bench.ts'), lab.specifier], {
      cwd: workspace.root,
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    });
    this.ready = this.answer(START_LIMIT_MS).then((answer) => {
      if (answer.kind !== 'ready') throw new LabError(`the benchmark answered "${answer.kind}" before it was ready`);
      if (answer.module !== this.expectedModule) {
        throw new LabError(`${lab.specifier} is ${answer.module} in the benchmark: run npm run labs:generate`);
      }
      return answer;
    });
    this.ready.catch(() => {});
  }

  async timeOf(question: BenchQuestion): Promise<number> {
    this.child.send(question);
    const answer = await this.answer(ANSWER_LIMIT_MS);
    return answer.kind === 'time' ? answer.ms : Number.NaN;
  }

  end(): void {
    this.child.kill('SIGKILL');
  }

  private answer(withinMs: number): Promise<BenchAnswer> {
    return new Promise((resolve, reject) => {
      const done = (settle: () => void): void => {
        clearTimeout(timer);
        this.child.off('message', onMessage);
        this.child.off('exit', onExit);
        settle();
      };
      const onMessage = (answer: BenchAnswer): void =>
        done(() => (answer.kind === 'error' ? reject(this.errorOf(answer)) : resolve(answer)));
      const onExit = (): void =>
        done(() => reject(new Silence('its process has ended: too much memory, or process.exit')));
      const timer = setTimeout(
        () => done(() => reject(new Silence(`it does not come back: no end within ${withinMs / 1000} s`))),
        withinMs,
      );
      this.child.once('message', onMessage);
      this.child.once('exit', onExit);
    });
  }

  private errorOf({ message, stack }: Extract<BenchAnswer, { kind: 'error' }>): Error {
    if (this.isReference) return new BrokenReference(`the benchmark fails with the reference: ${stack}`);
    return Object.assign(new Error(message), { stack });
  }
}

/** Found from the workspace, whose packages are linked. */
const TSX = 'tsx';
