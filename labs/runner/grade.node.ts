/**
 * Grades a learner's file: layer after layer, until one fails.
 *
 *     types → unit checks → the whole server in the simulator → benchmark
 *
 * Where points count, all layers run: one small mistake must not cost the points for what is right. Only a file that
 * does not compile ends it at once.
 */
import { fork } from 'node:child_process';
import { existsSync } from 'node:fs';
import { runBenchmark } from './bench-layer.node.js';
import { type CheckRun, CheckRunner } from './check-runner.node.js';
import { type Lab, LabError, readText, type Workspace } from './project.node.js';
import type { CheckResult, GradeResult, Layer, Obstacle } from './result.js';

export interface GradeOptions {
  /** Other labs whose learner's files run as well. */
  readonly also?: readonly Lab[];
  /** Only these checks; then there is no sum. */
  readonly only?: readonly string[] | null;
  readonly seeds?: readonly number[] | null;
  readonly isReplay?: boolean;
  /** Go on after a layer that fails. */
  readonly goesOn?: boolean;
  /** For `labs:verify`, to which time matters: the ratio is the machine's, not the file's. */
  readonly withBenchmark?: boolean;
  /** To grade many files one after the other, which is much quicker with the same ones. */
  readonly runner?: CheckRunner;
  readonly checkTypes?: (workspace: Workspace, lab: Lab, conditions: readonly string[]) => Promise<Obstacle | null>;
  readonly onCheck?: (check: CheckResult) => void;
}

/** @throws {LabError} the machinery itself is not in order */
export async function grade(workspace: Workspace, lab: Lab, options: GradeOptions = {}): Promise<GradeResult> {
  const startedMs = performance.now();
  const grading = new Grading(workspace, lab, options);
  await grading.run();
  return grading.result((performance.now() - startedMs) / 1000);
}

/** So many checks that hang, or flood the memory, may be ended; each costs time. */
const MOST_ENDED = 3;

class Grading {
  private readonly workspace: Workspace;
  private readonly lab: Lab;
  private readonly options: GradeOptions;
  private readonly conditions: readonly string[];
  private checks: CheckResult[] = [];
  private obstacle: Obstacle | null = null;
  private ran: string | null = null;
  private modules: readonly string[] = [];

  constructor(workspace: Workspace, lab: Lab, options: GradeOptions) {
    this.workspace = workspace;
    this.lab = lab;
    this.options = options;
    this.conditions = (options.also ?? []).map(({ condition }) => condition);
  }

  async run(): Promise<void> {
    const { workspace, lab, options } = this;
    const { only = null } = options;
    const types = (options.checkTypes ?? checkTypesAside)(workspace, lab, this.conditions);
    const wantsChecks = only === null || only.some((id) => !id.startsWith('b'));
    const runner = options.runner ?? new CheckRunner(workspace, lab, this.conditions);
    try {
      if (wantsChecks) await runner.prepare();
      this.obstacle = await types;
      if (this.obstacle !== null) return;
      if (wantsChecks) this.takeRun(await this.runChecks(runner));
    } finally {
      if (options.runner === undefined) await runner.close();
    }
    if (options.withBenchmark === false || !existsSync(workspace.labFile(lab, 'grade.bench.ts'))) return;
    const wantsBenchmark = only === null ? this.mayBeMeasured : only.some((id) => id.startsWith('b'));
    if (!wantsBenchmark) return;
    const isWanted = ({ id, gap }: CheckResult): boolean => only?.includes(id) ?? this.isRight(gap);
    this.checks.push(...(await runBenchmark(workspace, lab, this.conditions, options.onCheck, isWanted)));
  }

  private async runChecks(runner: CheckRunner): Promise<CheckRun> {
    const { only = null, seeds = null, isReplay = false, goesOn = false, onCheck } = this.options;
    const options = { seeds, isReplay, goesOn, ...(onCheck ? { onCheck } : {}) };
    let run = await runner.run({ only, ...options });
    for (let ended = 1; goesOn && ended <= MOST_ENDED; ended++) {
      const rest = run.checks.filter(({ id, state }) => state === 'not run' && (only?.includes(id) ?? true));
      if (rest.length === 0) break;
      // A check that had to be ended has taken those behind it along.
      const next = await runner.run({ only: rest.map(({ id }) => id), ...options });
      if (next.loadFailure !== null) break;
      const later = new Map(next.checks.map((check) => [check.id, check]));
      const checks = run.checks.map((check) => (rest.includes(check) ? (later.get(check.id) ?? check) : check));
      run = { ...next, checks, strayErrors: [...run.strayErrors, ...next.strayErrors] };
    }
    return run;
  }

  result(seconds: number): GradeResult {
    const { lab, checks, obstacle } = this;
    const sum = (of: readonly CheckResult[]): number => of.reduce((total, { points }) => total + points, 0);
    return {
      lab: lab.folder,
      points: obstacle?.why === 'refused' ? 0 : sum(checks.filter(({ state }) => state === 'passed')),
      of: lab.manifest.points,
      state: this.state,
      layers: {
        types: obstacle?.layer === 'types' ? 'failed' : 'passed',
        unit: this.stateOf('unit'),
        simulation: this.stateOf('simulation'),
        benchmark: this.stateOf('benchmark'),
      },
      checks,
      obstacle,
      ran: this.ran,
      modules: this.modules,
      seconds,
    };
  }

  private takeRun({ checks, modules, loadFailure, strayErrors }: CheckRun): void {
    const { workspace, lab } = this;
    this.checks = [...checks];
    this.modules = modules;
    const [own, reference] = [workspace.learnerFile(lab), workspace.referenceFile(lab)].map(forwardSlashes);
    const loaded = new Set(modules.map(forwardSlashes));
    if (loaded.has(reference as string)) {
      this.refuse('Your file loads the reference', ['A lab is passed by a file of your own.']);
    } else if (loadFailure !== null) {
      const at = loadFailure.place === null ? '' : ` (line ${loadFailure.place.line})`;
      const { why } = loadFailure;
      const title =
        why === 'hang' ? 'Your file does not come to its end when it is loaded' : 'Your file can not be loaded';
      this.obstacle = {
        layer: 'unit',
        why,
        title,
        details: [
          `${loadFailure.summary}${at}`,
          'Code outside of all functions runs at once, when the file is imported.',
        ],
        summary: `${title}: ${loadFailure.summary}${at}`,
      };
    } else if (!loaded.has(own as string)) {
      throw new LabError(`${lab.specifier} did not lead to ${own}. Mend it with: npm run labs:generate`);
    } else {
      this.ran = `labs/${lab.folder}/${lab.manifest.file}`;
      if (strayErrors.length > 0 && checks.every(({ state }) => state === 'passed')) {
        this.obstacle = {
          layer: 'unit',
          why: 'error',
          title: 'All checks pass, but an error is left over',
          details: [...strayErrors],
          summary: strayErrors.join('; '),
        };
      }
    }
  }

  private refuse(title: string, details: readonly string[]): void {
    this.obstacle = { layer: 'types', why: 'refused', title, details, summary: title };
  }

  private get isGoodSoFar(): boolean {
    return this.obstacle === null && this.checks.length > 0 && this.checks.every(({ state }) => state === 'passed');
  }

  private get mayBeMeasured(): boolean {
    return this.isGoodSoFar || (this.options.goesOn === true && this.obstacle === null);
  }

  /** How long something takes that is wrong says nothing. */
  private isRight(gap: string): boolean {
    const checks = this.checks.filter((check) => check.gap === gap);
    return checks.length > 0 && checks.every(({ state }) => state === 'passed');
  }

  private get state(): GradeResult['state'] {
    const { workspace, lab, checks, obstacle, options } = this;
    if (obstacle?.why === 'refused') return 'refused';
    if (options.only) return 'partial run';
    if (this.isGoodSoFar) return 'passed';
    const isStarter = readText(workspace.learnerFile(lab)) === readText(workspace.starterFile(lab));
    const failsAsStarter = checks.every(({ state }) => state === 'unwritten' || state === 'not run');
    return isStarter && obstacle === null && failsAsStarter ? 'expected start' : 'failed';
  }

  private stateOf(layer: Exclude<Layer, 'types'>): 'passed' | 'failed' | 'not run' {
    const isAsked = ({ id }: CheckResult): boolean => this.options.only?.includes(id) ?? true;
    const checks = this.checks.filter((check) => check.layer === layer && isAsked(check));
    if (checks.some(({ failure }) => failure !== null)) return 'failed';
    if (this.obstacle?.layer === layer) return 'failed';
    return checks.length > 0 && checks.every(({ state }) => state === 'passed') ? 'passed' : 'not run';
  }
}

/** In a process of its own, so that the rest can get ready meanwhile. */
function checkTypesAside(workspace: Workspace, lab: Lab, conditions: readonly string[]): Promise<Obstacle | null> {
  const program = workspace.path('labs', 'runner', 'types-child.node.ts');
  const child = fork(program, [workspace.root, lab.folder, ...conditions], {
    cwd: workspace.root,
    execArgv: ['--import', 'tsx'],
  });
  return new Promise((resolve, reject) => {
    child.once('message', ({ obstacle }: { obstacle: Obstacle | null }) => resolve(obstacle));
    child.once('exit', (code) => reject(new LabError(`the types could not be checked: exit code ${code}`)));
  });
}

const forwardSlashes = (path: string): string => path.replaceAll('\\', '/');
