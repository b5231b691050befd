/**
 * `npm test`: runs every check and every test that this machine can run, part after part, and ends with one line of
 * how many passed, failed and were skipped.
 */
import { spawn } from 'node:child_process';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Command, InvalidArgumentError } from 'commander';
import { missingPeersMessage, peersAreRequired } from '#testing/peers.node.js';
import { add, type Counts, countOfPart, countOfVitest, nothing, sumLine, type VitestReport } from './test-counts.js';
import { type TestPart, testParts, VITEST } from './test-parts.js';

const project = fileURLToPath(new URL('..', import.meta.url));
const vitestReport = join(project, 'coverage', 'vitest.json');
const partNames = testParts.map((part) => part.name);

interface Options {
  readonly only?: string[];
}

const program = new Command('npm test --')
  .description('Runs every check and every test that this machine can run.')
  .argument('[filters...]', 'for vitest: run only the test files whose path holds one of these')
  .option('--only <parts>', 'run only these parts, with commas between them', partsOf)
  .addHelpText('after', `\nParts:\n${testParts.map((part) => `  ${part.name.padEnd(10)}${part.proves}`).join('\n')}`)
  .action(async (filters: string[], options: Options) => {
    process.exitCode = await runParts(filters, options);
  });
await program.parseAsync();

/** @throws {InvalidArgumentError} for a part that there is not */
function partsOf(names: string): string[] {
  const parts = names.split(',');
  const unknown = parts.find((part) => !partNames.includes(part));
  if (unknown !== undefined) {
    throw new InvalidArgumentError(`There is no part "${unknown}"; there are ${partNames.join(', ')}.`);
  }
  return parts;
}

async function runParts(filters: readonly string[], { only }: Options): Promise<number> {
  const parts = testParts.filter((part) => only === undefined || only.includes(part.name));
  const results: { part: TestPart; counts: Counts; seconds: number }[] = [];
  for (const part of parts) {
    console.log(`\n--- ${part.name}: ${part.proves}`);
    const startedMs = performance.now();
    const counts =
      part.name === VITEST ? await runVitest(part, filters) : countOfPart(await run(part.command, part.args));
    results.push({ part, counts, seconds: (performance.now() - startedMs) / 1000 });
  }

  console.log('');
  for (const { part, counts, seconds } of results) {
    console.log(`${part.name.padEnd(10)}${sumLine(counts)} in ${seconds.toFixed(1)} s`);
  }
  const missing = missingPeersMessage();
  if (missing) console.log(`\n${missing}`);
  if (missing && peersAreRequired()) console.log('ZOOWALK_REQUIRE_PEERS=1 is set, so what needs them has failed.');
  const sum = results.reduce((total, result) => add(total, result.counts), nothing);
  console.log(`\n${sumLine(sum)}`);
  return sum.failed === 0 ? 0 : 1;
}

async function runVitest(part: TestPart, filters: readonly string[]): Promise<Counts> {
  rmSync(vitestReport, { force: true });
  const exitCode = await run(part.command, [
    ...part.args,
    ...filters,
    '--reporter=default',
    '--reporter=json',
    `--outputFile.json=${vitestReport}`,
    '--reporter=./chapters/testing/coverage-reporter.node.ts',
  ]);
  const report = existsSync(vitestReport) ? (JSON.parse(readFileSync(vitestReport, 'utf8')) as VitestReport) : null;
  return countOfVitest(report, exitCode);
}

/** Runs one of the project's programs, or npm, with its output shown as it comes. @returns its exit code */
function run(command: string, args: readonly string[]): Promise<number> {
  return new Promise((resolve) => {
    const own = join(project, 'node_modules', '.bin', command);
    const child = spawn(existsSync(own) ? own : command, [...args], { cwd: project, stdio: 'inherit' });
    child.once('error', (error) => {
      console.error(`${command} can't be started: ${error.message} (has npm ci been run?)`);
      resolve(1);
    });
    child.once('exit', (code) => resolve(code ?? 1));
  });
}
