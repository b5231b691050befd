/** The results as text, at most 100 columns wide. Of the rounds it shows the median, and the ends of the ratios. */
import type { LoadResult } from './load-plan.js';
import type { BenchResults, HeldResult, Machine, Measured, MicroResult, ServerKind, StartUpResult } from './results.js';
import { median, ratioSpread, type Spread } from './statistics.js';

/** A generator that uses more of its core than this may be what limits the figure. */
const BUSY_GENERATOR_CORES = 0.85;

const loadColumns = [-15, -7, 8, 8, 8, 9, 8, 8, 22];
const startUpColumns = [-15, -7, 8, 16, 10, 30];
const memoryColumns = [-15, -7, 10, 10, 10, 10];
const microColumns = [-36, 10, 8, 10];

export function reportText(results: BenchResults): string {
  const { machine, settings, servers, loads, startUp, memory, micro } = results;
  const lines = [...machineLines(machine)];
  if (loads.length > 0) {
    const { rounds, warmUpSeconds, measuredSeconds } = settings;
    lines.push(
      '',
      `Medians of ${rounds} rounds of ${measuredSeconds} s, each after ${warmUpSeconds} s of the same load.`,
      '',
    );
    lines.push(
      row(['', '', 'ops/s', 'p50 µs', 'p99 µs', 'p99.9 µs', 'server', 'load', ratioTitle(servers)], loadColumns),
    );
    lines.push(row(['', '', '', '', '', '', 'cores', 'cores', ''], loadColumns));
    for (const load of loads) lines.push(...loadRows(servers, load));
    if (loads.some(hasBusyGenerator))
      lines.push('', '! The load generator was near its own limit: the server may be faster.');
  }
  if (startUp) {
    lines.push('', 'From the start of the process to the first session, and resident memory then.', '');
    lines.push(row(['', '', 'ms', 'min..max', 'RSS MB', ratioTitle(servers)], startUpColumns));
    lines.push(...startUpRows(servers, startUp));
  }
  if (memory.length > 0) {
    lines.push('', 'What is held and does nothing: memory for each, resident and (Java) on the heap.', '');
    lines.push(row(['', '', 'count', 'seconds', 'RSS B', 'heap B'], memoryColumns));
    for (const what of ['sessions', 'watches'] as const) {
      lines.push(...servers.map((server, i) => memoryRow(i === 0 ? what : '', server, memory[i]?.[what])));
    }
  }
  if (micro.length > 0) {
    lines.push('', row(['', 'calls/s', '±', 'ns'], microColumns), ...micro.map(microRow));
  }
  return `${lines.join('\n')}\n`;
}

function machineLines(machine: Machine): string[] {
  const java = machine.java === null ? '' : `, Java ${machine.java}, Apache ZooKeeper ${machine.apacheVersion}`;
  const memory = `${(machine.memoryBytes / 2 ** 30).toFixed(1)} GiB`;
  return [
    `${machine.cpu}, ${machine.cores} cores, ${memory}, ${machine.kernel}`,
    `${shortCount(machine.fsyncsPerSecond)} fdatasync/s; Node ${machine.node}${java}`,
  ];
}

function loadRows(servers: readonly ServerKind[], { name, rounds }: Measured<LoadResult>): string[] {
  const ratio = ratioOf(servers, rounds, (result) => result.opsPerSecond);
  return servers.map((server, i) => {
    const results = rounds.map((round) => round[i] as LoadResult);
    const middle = (value: (result: LoadResult) => number) => median(results.map(value));
    const generatorCores = middle((result) => result.generatorCores);
    return row(
      [
        i === 0 ? name : '',
        server,
        shortCount(middle((result) => result.opsPerSecond)),
        microseconds(middle((result) => result.p50Us)),
        microseconds(middle((result) => result.p99Us)),
        microseconds(middle((result) => result.p999Us)),
        middle((result) => result.serverCores ?? Number.NaN).toFixed(2),
        `${generatorCores > BUSY_GENERATOR_CORES ? '!' : ''}${generatorCores.toFixed(2)}`,
        i === 0 ? ratio : '',
      ],
      loadColumns,
    );
  });
}

function startUpRows(servers: readonly ServerKind[], { name, rounds }: Measured<StartUpResult>): string[] {
  const ratio = ratioOf(servers, rounds, (result) => result.startUpMs);
  return servers.map((server, i) => {
    const times = rounds.map((round) => (round[i] as StartUpResult).startUpMs);
    const memory = rounds.map((round) => (round[i] as StartUpResult).rssBytes ?? Number.NaN);
    const spread = `${Math.min(...times).toFixed(0)}..${Math.max(...times).toFixed(0)}`;
    const cells = [i === 0 ? name : '', server, median(times).toFixed(0), spread, (median(memory) / 1e6).toFixed(0)];
    return row([...cells, i === 0 ? ratio : ''], startUpColumns);
  });
}

function memoryRow(name: string, server: ServerKind, held: HeldResult | undefined): string {
  if (held === undefined) return row([name, server], memoryColumns);
  const { count, seconds, rssBytes, heapBytes } = held;
  const each = (bytes: number | null): string => (bytes === null ? '' : (bytes / count).toFixed(0));
  return row([name, server, String(count), seconds.toFixed(1), each(rssBytes), each(heapBytes)], memoryColumns);
}

function microRow({ name, callsPerSecond, marginPercent }: MicroResult): string {
  const nanoseconds = threeDigits(1e9 / callsPerSecond);
  return row([name, shortCount(callsPerSecond), `${marginPercent.toFixed(1)}%`, nanoseconds], microColumns);
}

function ratioTitle(servers: readonly ServerKind[]): string {
  return servers.length === 2 ? `${servers[0]} / ${servers[1]}` : '';
}

function ratioOf<Result>(
  servers: readonly ServerKind[],
  rounds: readonly (readonly Result[])[],
  value: (result: Result) => number,
): string {
  if (servers.length !== 2) return '';
  const [first, second] = [0, 1].map((server) => rounds.map((round) => value(round[server] as Result)));
  return spreadText(ratioSpread(first as number[], second as number[]));
}

function spreadText({ median, min, max }: Spread): string {
  return `${ratioText(median)} (${ratioText(min)}..${ratioText(max)})`;
}

const ratioText = (ratio: number): string => (ratio < 10 ? ratio.toFixed(2) : ratio.toFixed(1));

function hasBusyGenerator({ rounds }: Measured<LoadResult>): boolean {
  const perServer = (rounds[0] ?? []).map((_, i) =>
    median(rounds.map((round) => (round[i] as LoadResult).generatorCores)),
  );
  return perServer.some((cores) => cores > BUSY_GENERATOR_CORES);
}

/** Three digits: `842`, `8.42k`, `84.2k`, `842k`, `1.35M`. */
export function shortCount(value: number): string {
  if (value < 999.5) return value.toFixed(0);
  if (value < 999_500) return `${threeDigits(value / 1e3)}k`;
  return `${threeDigits(value / 1e6)}M`;
}

function threeDigits(value: number): string {
  return value.toFixed(value < 9.995 ? 2 : value < 99.95 ? 1 : 0);
}

const microseconds = (us: number): string => us.toFixed(us < 99.95 ? 1 : 0);

/** @param widths negative for a column that is aligned to the left */
function row(cells: readonly string[], widths: readonly number[]): string {
  const padded = cells.map((cell, i) => {
    const width = widths[i] as number;
    return width < 0 ? cell.padEnd(-width) : cell.padStart(width);
  });
  return padded.join('').trimEnd();
}
