/**
 * Mechanical wrong answers: Stryker changes the bodies of the gaps in small ways (a `<` becomes a `<=`, a call goes), one
 * at a time, and the checks have to notice. One that they do not notice either can't be noticed, and then
 * `solutions/NN-name/mutants.md` says why, or shows what the checks lack.
 */
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { findGaps } from './gaps.js';
import { type Lab, ownWorkspace, readText, type Workspace } from './project.node.js';
import type { Verdict } from './verify.node.js';
import type { VerifyCache } from './verify-cache.node.js';

/** What is remembered, and shown on the lab's page. */
export interface MutationScore {
  readonly caught: number;
  readonly all: number;
  /** Those that nobody noticed. */
  readonly survivors: readonly Survivor[];
}

interface Survivor {
  /** `poll: Math.max(0, this.nextBucketMs - nowMs) → Math.min(0, this.nextBucketMs - nowMs)`. */
  readonly change: string;
}

/** What is read of Stryker's report. */
interface StrykerReport {
  readonly files: Readonly<Record<string, { readonly source: string; readonly mutants: readonly Mutant[] }>>;
}

interface Mutant {
  readonly status: 'Killed' | 'Timeout' | 'Survived' | 'NoCoverage' | 'RuntimeError' | 'CompileError' | 'Ignored';
  readonly replacement?: string;
  readonly location: { readonly start: Position; readonly end: Position };
}

interface Position {
  readonly line: number;
  readonly column: number;
}

/** @param workspace a copy */
export async function verifyMutants(workspace: Workspace, lab: Lab, cache: VerifyCache): Promise<Verdict> {
  const startedMs = performance.now();
  const reference = readText(ownWorkspace.referenceFile(lab));
  const key = `${lab.folder} mutants`;
  const known = cache.get(key, reference) as MutationScore | undefined;
  const score = known ?? (await mutate(workspace, lab, reference));
  if (known === undefined) cache.set(key, reference, [`labs/${lab.folder}/grade.test.ts`, ...otherChecks(lab)], score);
  const reasons = reasonsOf(lab);
  const unexplained = score.survivors.filter(({ change }) => !reasons.has(change));
  const stale = [...reasons].filter((change) => !score.survivors.some((survivor) => survivor.change === change));
  const complaint =
    unexplained.length > 0
      ? `nobody notices, and solutions/${lab.folder}/mutants.md does not say why:\n${unexplained.map(({ change }) => `          - \`${change}\``).join('\n')}`
      : stale.length > 0
        ? `these are noticed, so they don't belong in mutants.md: ${stale.join('; ')}`
        : sayingOf(lab).includes(scoreLine(score))
          ? null
          : `solutions/${lab.folder}/mutants.md does not have the line "${scoreLine(score)}"`;
  return {
    name: `mutants: ${score.caught} of ${score.all} noticed, ${score.survivors.length} that make no difference`,
    complaint,
    isFromCache: known !== undefined,
    seconds: (performance.now() - startedMs) / 1000,
  };
}

/** What mutants.md has to say, and the lab's page shows. */
const scoreLine = ({ caught, all }: MutationScore): string => `Noticed: ${caught} of ${all}.`;

/** Helpers of the checks count as well. */
function otherChecks({ folder }: Lab): string[] {
  const helpers = readdirSync(ownWorkspace.path('labs', folder)).filter((name) => /^grade-.*\.ts$/.test(name));
  return [...helpers.sort(), 'lab.ts'].map((name) => `labs/${folder}/${name}`);
}

async function mutate(workspace: Workspace, lab: Lab, reference: string): Promise<MutationScore> {
  const own = workspace.learnerFile(lab);
  writeFileSync(own, reference);
  const folder = mkdtempSync(join(workspace.root, '.mutants-'));
  try {
    writeFileSync(join(workspace.root, VITEST_CONFIG), vitestConfig(lab));
    const file = `labs/${lab.folder}/${lab.manifest.file}`;
    const ranges = findGaps(own, reference).map(({ firstLine, lastLine }) => `${file}:${firstLine}-${lastLine}`);
    const report = join(folder, 'report.json');
    const config = join(folder, 'stryker.config.json');
    writeFileSync(config, JSON.stringify(strykerConfig(ranges, report)));
    await runStryker(workspace, config);
    return scoreOf(JSON.parse(readFileSync(report, 'utf8')) as StrykerReport);
  } finally {
    rmSync(folder, { recursive: true, force: true });
    writeFileSync(own, reference);
  }
}

const VITEST_CONFIG = 'vitest.mutants.config.ts';

/** The same as for a learner, as a file. */
function vitestConfig(lab: Lab): string {
  return [
    "import { vitestOptions, viteOptions } from './labs/runner/vitest-options.js';",
    `const { root, ...test } = vitestOptions(process.cwd(), 'labs/${lab.folder}/grade.test.ts');`,
    `export default { ...viteOptions(['${lab.condition}']), configFile: undefined, test };`,
    '',
  ].join('\n');
}

const strykerConfig = (ranges: readonly string[], report: string) => ({
  testRunner: 'vitest',
  plugins: ['@stryker-mutator/vitest-runner'],
  vitest: { configFile: VITEST_CONFIG, related: false },
  mutate: ranges,
  // The workspace is a copy already.
  inPlace: true,
  // It would write `@ts-nocheck` into files that a lab reads as its material. Types are not checked here anyway.
  disableTypeChecks: false,
  concurrency: 2,
  reporters: ['json'],
  jsonReporter: { fileName: report },
  mutator: { excludedMutations: ['StringLiteral'] },
  timeoutMS: 3000,
  timeoutFactor: 3,
  allowConsoleColors: false,
  fileLogLevel: 'off',
  logLevel: 'error',
});

function runStryker(workspace: Workspace, config: string): Promise<void> {
  const program = workspace.path('node_modules', '.bin', 'stryker');
  return new Promise((resolve, reject) => {
    const child = spawn(program, ['run', config], { cwd: workspace.root, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    const keep = (chunk: Buffer): void => {
      output = (output + chunk.toString()).slice(-4000);
    };
    child.stdout.on('data', keep);
    child.stderr.on('data', keep);
    child.once('error', reject);
    child.once('exit', (code) =>
      code === 0 ? resolve() : reject(new Error(`Stryker ended with ${code}:\n${output}`)),
    );
  });
}

function scoreOf({ files }: StrykerReport): MutationScore {
  const survivors: Survivor[] = [];
  let all = 0;
  for (const { source, mutants } of Object.values(files)) {
    for (const mutant of mutants) {
      if (mutant.status === 'Ignored' || mutant.status === 'CompileError') continue;
      all++;
      if (mutant.status === 'Survived' || mutant.status === 'NoCoverage')
        survivors.push({ change: changeText(source, mutant) });
    }
  }
  return { caught: all - survivors.length, all, survivors };
}

/** In one line, and without a line number, so that it stays the same when something else changes. */
function changeText(source: string, { location: { start, end }, replacement = '' }: Mutant): string {
  const lines = source.split('\n').slice(start.line - 1, end.line);
  const whole = lines.map((line) => line.trim()).join(' ');
  const changed = [
    (lines[0] as string).slice(0, start.column - 1),
    replacement,
    (lines.at(-1) as string).slice(end.column - 1),
  ].join('');
  return `${oneLine(whole)} → ${oneLine(changed)}`;
}

const oneLine = (text: string): string => text.replace(/\s+/g, ' ').trim();

/** The changes that mutants.md explains: each in a line of its own that begins with `- ` and has it in backticks. */
function reasonsOf(lab: Lab): Set<string> {
  return new Set([...sayingOf(lab).matchAll(/^- `(.+)`/gm)].map(([, change]) => change as string));
}

function sayingOf(lab: Lab): string {
  const path = join(ownWorkspace.solutionFolder(lab), 'mutants.md');
  return existsSync(path) ? readText(path) : '';
}
