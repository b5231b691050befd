/**
 * `npm run bench [name…] -- [options]`: measures servers under load. See README.md for how to read the figures.
 *
 * Exit codes: 0 all went well, 1 a run failed, 2 wrong usage.
 */
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { Command, InvalidArgumentError, Option } from 'commander';
import { interleaveLoads, interleaveStartUps } from './interleave.node.js';
import { type Load, type LoadResult, parseLoad } from './load-plan.js';
import { currentCommit, describeMachine } from './machine.node.js';
import { measureMemory } from './memory.node.js';
import { microBenchmarks, runMicro } from './micro/run-micro.node.js';
import { reportText } from './report.js';
import { repository } from './repository.node.js';
import {
  type BenchResults,
  type Measured,
  type MemoryResult,
  type MicroResult,
  type ServerKind,
  type Settings,
  type StartUpResult,
  serverKinds,
} from './results.js';
import { whyNotStartable } from './servers.node.js';
import { workloads } from './workloads.js';

const STARTUP = 'startup';
const MEMORY = 'memory';
const MICRO = 'micro';
const DEFAULT_NAMES = ['get', 'set', 'create', STARTUP];
const DEFAULT_LOADS = '1:1,10:1,10:16,50:64';
const DEFAULT_STARTUP_ROUNDS = 7;

/** What a run takes beside its warm-up and its measured time: generator, waiting, undoing. For the estimate only. */
const SECONDS_AROUND_RUN = 2;
const SECONDS_AROUND_WORKLOAD = 8;
const SECONDS_OF_MICRO = 2;
const SECONDS_OF_MEMORY = 60;

interface Options {
  readonly vs?: 'apache';
  readonly only: ServerKind;
  readonly load: readonly Load[];
  readonly rounds?: number;
  readonly seconds: number;
  readonly warmUp: number;
  readonly save?: true;
  readonly json?: true;
  readonly list?: true;
}

const command = new Command('bench')
  .description('Measures servers under load.')
  .argument('[name...]', `workloads, see --list (default: ${DEFAULT_NAMES.join(' ')})`)
  .addOption(new Option('--vs <server>', 'compares with another server, in turn').choices(['apache']))
  .addOption(
    new Option('--only <server>', 'measures this server alone; echo shows the limit of the load generator')
      .choices(serverKinds)
      .default('ours')
      .conflicts('vs'),
  )
  .addOption(
    new Option('--load <list>', 'sessions:outstanding requests of each, several with commas')
      .argParser(parseLoads)
      .default(parseLoads(DEFAULT_LOADS), DEFAULT_LOADS),
  )
  .option('--rounds <number>', `default: 3, and ${DEFAULT_STARTUP_ROUNDS} for ${STARTUP}`, parseNumber(1, 1000, true))
  .option('--seconds <number>', 'measured time of each run', parseNumber(0.1, 3600), 3)
  .option('--warm-up <seconds>', 'the same load before each run', parseNumber(0, 3600), 1)
  .option('--save', 'writes bench/results/<date>-<names>.json')
  .option('--json', 'prints JSON instead of the table')
  .option('--list', 'lists the workloads')
  .exitOverride((error) => process.exit(error.exitCode === 0 ? 0 : 2))
  .action(run);

refuseOptionsThatNpmTook();
await command.parseAsync();

async function run(names: string[], options: Options): Promise<void> {
  if (options.list) return listWorkloads();
  const chosen = [...new Set(names.length > 0 ? names : DEFAULT_NAMES)];
  for (const name of chosen) {
    if (![STARTUP, MEMORY, MICRO].includes(name) && !workloads.has(name)) {
      command.error(`there is no workload "${name}"; --list shows them`);
    }
  }
  const servers: ServerKind[] = options.vs ? ['ours', options.vs] : [options.only];
  const needed = chosen.some((name) => name !== MICRO) ? servers : [];
  for (const server of needed) {
    const reason = whyNotStartable(server);
    if (reason !== null) fail(reason);
  }
  process.exitCode = await measure(chosen, servers, options);
  process.exit();
}

/** @returns the exit code */
async function measure(names: readonly string[], servers: readonly ServerKind[], options: Options): Promise<number> {
  const settings: Settings = {
    rounds: options.rounds ?? 3,
    startUpRounds: options.rounds ?? DEFAULT_STARTUP_ROUNDS,
    warmUpSeconds: options.warmUp,
    measuredSeconds: options.seconds,
  };
  const startedAt = new Date().toISOString();
  const machine = describeMachine(servers.includes('apache'));
  const loads: Measured<LoadResult>[] = [];
  let startUp: Measured<StartUpResult> | null = null;
  const memory: MemoryResult[] = [];
  let micro: MicroResult[] = [];
  let failure: Error | null = null;
  progress(`about ${Math.ceil(estimateSeconds(names, servers, settings, options.load) / 60)} min in all`);
  try {
    for (const name of names) {
      if (name === MICRO) micro = runMicro(progress);
      else if (name === MEMORY) for (const server of servers) memory.push(await measureMemory(server, progress));
      else if (name === STARTUP) startUp = await interleaveStartUps(servers, settings, progress);
      else await interleaveLoads(name, options.load, servers, settings, progress, (result) => loads.push(result));
    }
  } catch (error) {
    failure = error as Error;
  }
  const commit = currentCommit();
  const results: BenchResults = { startedAt, commit, machine, settings, servers, loads, startUp, memory, micro };
  process.stdout.write(options.json ? `${JSON.stringify(results, null, 2)}\n` : reportText(results));
  if (failure !== null) {
    progress(`failed; what is above was measured before. ${failure.message}`);
    return 1;
  }
  if (options.save) save(results, [...names, ...servers.slice(1).map((server) => `vs-${server}`)].join('-'));
  return 0;
}

function save(results: BenchResults, name: string): void {
  const folder = join(repository, 'bench/results');
  mkdirSync(folder, { recursive: true });
  const base = join(folder, `${results.startedAt.slice(0, 10)}-${name}`);
  let path = `${base}.json`;
  for (let i = 2; existsSync(path); i++) path = `${base}-${i}.json`;
  writeFileSync(path, `${JSON.stringify(results, null, 2)}\n`);
  progress(`saved in ${relative(repository, path)}`);
}

function estimateSeconds(
  names: readonly string[],
  servers: readonly ServerKind[],
  settings: Settings,
  loads: readonly Load[],
): number {
  const runSeconds = settings.warmUpSeconds + settings.measuredSeconds + SECONDS_AROUND_RUN;
  const workloadSeconds = SECONDS_AROUND_WORKLOAD + loads.length * settings.rounds * runSeconds;
  const secondsOf = (name: string) => {
    if (name === MICRO) return microBenchmarks.length * SECONDS_OF_MICRO;
    if (name === MEMORY) return servers.length * SECONDS_OF_MEMORY;
    return servers.length * (name === STARTUP ? settings.startUpRounds : workloadSeconds);
  };
  return names.reduce((sum, name) => sum + secondsOf(name), 0);
}

function listWorkloads(): void {
  const rows = [...workloads.values()].map(({ name, summary }) => [name, summary]);
  rows.push([STARTUP, 'from the start of the process to the first session, and memory then']);
  rows.push([MEMORY, '10 000 idle sessions, and 1 000 000 watches: memory for each']);
  rows.push([MICRO, 'single functions of the wire, in this process: no server']);
  for (const [name, summary] of rows) console.log(`${name?.padEnd(10)}${summary}`);
}

function parseLoads(text: string): Load[] {
  try {
    return text.split(',').map(parseLoad);
  } catch (error) {
    throw new InvalidArgumentError((error as Error).message);
  }
}

function parseNumber(min: number, max: number, whole = false): (text: string) => number {
  return (text) => {
    const value = text.trim() === '' ? Number.NaN : Number(text);
    if (value >= min && value <= max && (!whole || Number.isInteger(value))) return value;
    throw new InvalidArgumentError(`A ${whole ? 'whole ' : ''}number from ${min} to ${max} is needed.`);
  };
}

/** `npm run bench --save` gives `--save` to npm, which leaves nothing of it but a variable. */
function refuseOptionsThatNpmTook(): void {
  if (process.env.npm_lifecycle_event !== 'bench') return;
  for (const { long } of command.options) {
    const variable = `npm_config_${long?.slice(2).replaceAll('-', '_')}`;
    if (process.argv.includes(long ?? '') || process.env[variable] === undefined) continue;
    command.error(`npm took ${long} for itself: write options behind two dashes: npm run bench -- ${long}`);
  }
}

function progress(text: string): void {
  process.stderr.write(`bench: ${text}\n`);
}

function fail(reason: string): never {
  progress(reason);
  process.exit(1);
}
