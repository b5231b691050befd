/**
 * Runs the unit and simulated checks of a lab. The learner's code runs in a process of its own, with a limit for memory;
 * what happens there is written to a file line by line, so that it is known even when that process had to be ended.
 *
 * Vitest's server runs in this process and loads the modules, so it knows which of them the checks have really used.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import type { TestModule, Vitest } from 'vitest/node';
import { placeIn } from './failure.js';
import type { Lab, Workspace } from './project.node.js';
import type { CheckResult, Place } from './result.js';
import { REQUEST_VARIABLE, type RunEvent, type RunRequest, type StuckEvent, type StuckStory } from './run-request.js';
import { showError } from './show.js';
import { viteOptions, vitestOptions } from './vitest-options.js';
import { MEMORY_LIMIT_MB, type Reason, Watchdog } from './watchdog.node.js';

export interface RunOptions {
  readonly only?: readonly string[] | null;
  readonly seeds?: readonly number[] | null;
  readonly isReplay?: boolean;
  /** Simulated checks run though unit checks fail. */
  readonly goesOn?: boolean;
  /** Called when a check has ended. */
  readonly onCheck?: (check: CheckResult) => void;
}

export interface CheckRun {
  /** All checks, in the order of the file; none when the file could not be loaded. */
  readonly checks: readonly CheckResult[];
  /** Files that were loaded, by absolute path. */
  readonly modules: readonly string[];
  /** Why the checks could not be loaded. */
  readonly loadFailure: {
    readonly why: Reason | 'error';
    readonly summary: string;
    readonly place: Place | null;
  } | null;
  /** Errors that belong to no check: a promise that nobody waits for. */
  readonly strayErrors: readonly string[];
}

/** Of the limit, when a process that has ended by itself is taken to have reached it. */
const NEARLY_FULL = 0.75;

/** How long Vitest may take to end a process that was killed already. */
const CLOSE_WITHIN_MS = 1000;

/** Vitest, ready to run the checks of one lab in one workspace: once, or again and again with other answers. */
export class CheckRunner {
  private readonly workspace: Workspace;
  private readonly lab: Lab;
  private readonly conditions: readonly string[];
  private readonly folder = mkdtempSync(join(tmpdir(), 'zoowalk-run-'));
  private readonly stderr = new Tail();
  private errors: ErrorReporter;
  private vitest: Promise<Vitest> | null = null;

  /** @param conditions of other labs whose learner's files run as well */
  constructor(workspace: Workspace, lab: Lab, conditions: readonly string[]) {
    this.workspace = workspace;
    this.lab = lab;
    this.conditions = [...new Set([lab.condition, ...conditions])];
    this.errors = new ErrorReporter(workspace.learnerFile(lab));
  }

  /** Loads what is needed, so that `run` begins at once. */
  async prepare(): Promise<void> {
    this.vitest ??= this.startVitest();
    await this.vitest;
  }

  async run(options: RunOptions): Promise<CheckRun> {
    await this.prepare();
    const vitest = (await this.vitest) as Vitest;
    const { eventsFile, stuckFile } = this.writeRequest(options);
    const watchdog = new Watchdog(eventsFile, stuckFile, (event) => {
      if (event.event === 'end') options.onCheck?.(event.check);
    });
    this.stderr.text = '';
    this.errors.reset();
    const { errors } = this;
    watchdog.start();
    try {
      const specifications = await vitest.globTestSpecifications();
      vitest.invalidateFile(this.workspace.learnerFile(this.lab));
      await Promise.race([vitest.runTestSpecifications(specifications), watchdog.killed]);
      if (watchdog.isAsking) await watchdog.killed;
    } finally {
      watchdog.stop();
    }
    // What was killed may have left Vitest waiting for it.
    if (watchdog.reason !== null) await this.stopVitest();
    // Node says so when it ends, if there is time for it to be heard.
    const isFull = /heap out of memory/.test(this.stderr.text) || watchdog.peakMb > MEMORY_LIMIT_MB * NEARLY_FULL;
    const isMemory = watchdog.reason !== 'hang' && isFull;
    const modules = modulesReachedFrom(vitest, this.workspace.labFile(this.lab, 'grade.test.ts'));
    return { ...outcome(readEvents(eventsFile), isMemory ? 'memory' : watchdog.reason, errors), modules };
  }

  async close(): Promise<void> {
    await this.stopVitest();
    rmSync(this.folder, { recursive: true, force: true });
  }

  private async startVitest(): Promise<Vitest> {
    const { createVitest } = await import('vitest/node');
    const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() });
    // One that was stopped may still report.
    this.errors = new ErrorReporter(this.workspace.learnerFile(this.lab));
    return createVitest(
      'test',
      {
        ...vitestOptions(this.workspace.root, this.workspace.labFile(this.lab, 'grade.test.ts')),
        config: false,
        execArgv: [`--max-old-space-size=${MEMORY_LIMIT_MB}`],
        env: { [REQUEST_VARIABLE]: this.requestFile },
        reporters: [this.errors],
      },
      viteOptions(this.conditions),
      { stdout: nowhere as never, stderr: this.stderr as never },
    );
  }

  private async stopVitest(): Promise<void> {
    const vitest = await this.vitest?.catch(() => null);
    this.vitest = null;
    await Promise.race([vitest?.close(), new Promise((resolve) => setTimeout(resolve, CLOSE_WITHIN_MS))]);
  }

  private writeRequest({ only = null, seeds = null, isReplay = false, goesOn = false }: RunOptions): RunRequest {
    const eventsFile = join(this.folder, 'events.jsonl');
    const stuckFile = join(this.folder, 'stuck');
    writeFileSync(eventsFile, '');
    rmSync(stuckFile, { force: true });
    const request: RunRequest = {
      eventsFile,
      stuckFile,
      learnerFile: this.workspace.learnerFile(this.lab),
      only,
      seeds,
      isReplay,
      goesOn,
    };
    writeFileSync(this.requestFile, JSON.stringify(request));
    return request;
  }

  private get requestFile(): string {
    return join(this.folder, 'request.json');
  }
}

/** The end of what is written to it. */
class Tail extends Writable {
  text = '';

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.text = (this.text + chunk.toString()).slice(-MOST_STDERR_CHARACTERS);
    done();
  }
}

const MOST_STDERR_CHARACTERS = 20_000;

/** Keeps what belongs to no check. */
class ErrorReporter {
  private readonly learnerFile: string;
  loadError: { readonly summary: string; readonly place: Place | null } | null = null;
  stray: string[] = [];

  constructor(learnerFile: string) {
    this.learnerFile = learnerFile;
  }

  reset(): void {
    this.loadError = null;
    this.stray = [];
  }

  onTestModuleEnd(module: TestModule): void {
    const [error] = module.errors();
    if (error === undefined) return;
    const thrown = Object.assign(new Error(error.message), { name: error.name, stack: error.stack });
    this.loadError = { summary: showError(thrown), place: placeIn(thrown, this.learnerFile) };
  }

  onTestRunEnd(_modules: unknown, errors: readonly { name?: string; message: string }[]): void {
    this.stray.push(...errors.map(({ name = 'Error', message }) => `${name}: ${message.split('\n')[0]}`));
  }
}

function readEvents(path: string): RunEvent[] {
  const lines = readFileSync(path, 'utf8').split('\n');
  // The last line may be torn.
  return lines.slice(0, -1).map((line) => JSON.parse(line) as RunEvent);
}

function outcome(events: readonly RunEvent[], reason: Reason | null, errors: ErrorReporter): Omit<CheckRun, 'modules'> {
  const checks = new Map<string, CheckResult>();
  let running: Running | null = null;
  let stuck: StuckEvent | null = null;
  for (const event of events) {
    if (event.event === 'check' || event.event === 'end') checks.set(event.check.id, event.check);
    if (event.event === 'start') running = { id: event.id, sent: [], seed: null };
    if (event.event === 'sent') running?.sent.push(event.call);
    if (event.event === 'seed' && running) running.seed = event.seed;
    if (event.event === 'end') running = null;
    if (event.event === 'stuck') stuck = event;
  }
  const ended = reason ?? (running !== null ? 'crash' : null);
  if (running !== null) {
    const check = checks.get(running.id) as CheckResult;
    checks.set(running.id, { ...check, state: 'failed', failure: failureOfEnded(ended ?? 'crash', running, stuck) });
  }
  const isLoaded = checks.size > 0;
  const loadFailure = isLoaded
    ? null
    : errors.loadError !== null && reason === null
      ? { why: 'error' as const, ...errors.loadError }
      : { why: ended ?? 'crash', summary: REASONS[ended ?? 'crash'], place: stuck?.place ?? null };
  return {
    checks: [...checks.values()],
    loadFailure,
    strayErrors: running === null ? errors.stray : [],
  };
}

/** A check that had no end. */
interface Running {
  readonly id: string;
  readonly sent: string[];
  seed: number | null;
}

const REASONS: Record<Reason, string> = {
  hang: 'it does not come back: something in your file goes on for ever',
  memory: `it needs more than ${MEMORY_LIMIT_MB} MB of memory`,
  crash: 'its process has ended before it was done',
};

function failureOfEnded(reason: Reason, { sent, seed }: Running, stuck: StuckEvent | null): CheckResult['failure'] {
  const story = JSON.parse(stuck?.story ?? 'null') as StuckStory | null;
  const last = sent.at(-1)?.trim();
  const what = last === undefined || seed !== null ? REASONS[reason] : `${last}: ${REASONS[reason]}`;
  return {
    kind: reason,
    summary: what,
    sent: sent.slice(-16),
    subject: null,
    expected: 'it comes back',
    got: REASONS[reason],
    place: stuck?.place ?? null,
    seed,
    diagram: story?.diagram ?? [],
    printed: story?.printed ?? '',
  };
}

/** Files that the checks import, directly or by way of others: whatever else may still be in the graph from another run. */
function modulesReachedFrom(vitest: Vitest, gradeFile: string): string[] {
  const graphs = vitest.projects.flatMap(({ vite }) =>
    Object.values(vite.environments).map((each) => each.moduleGraph),
  );
  const reached = new Set(
    graphs.flatMap((graph) => [...(graph.getModulesByFile(gradeFile.replaceAll('\\', '/')) ?? [])]),
  );
  for (const module of reached) for (const imported of module.importedModules) reached.add(imported);
  return [...reached].map(({ file }) => file ?? '');
}
