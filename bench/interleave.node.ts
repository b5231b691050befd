/**
 * Puts the same loads on several servers in turn: A B A B A B. All of them are up the whole time, but only one has
 * work at any moment. What else the machine does changes slowly, so it touches both halves of a round alike.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { type Load, type LoadResult, loadName } from './load-plan.js';
import { cpuSecondsOf, rssBytesOf } from './process-stat.node.js';
import type { Measured, ServerKind, Settings, StartUpResult } from './results.js';
import { runLoad } from './run-load.node.js';
import { type BenchServer, startServer } from './servers.node.js';

/** What a server that has just been started runs first, at a load that heats every path of it. */
const FIRST_WARM_UP_MS = 5_000;
const FIRST_WARM_UP_LOAD: Load = { sessions: 10, outstanding: 16 };

/** A server counts as idle when it used less than this share of a core for this long. */
const IDLE_CORES = 0.05;
const IDLE_CHECK_MS = 200;
const IDLE_LIMIT_MS = 5_000;

export type Progress = (text: string) => void;

/**
 * Measures one workload at several loads. The servers are started for it, with no data, and stopped afterwards.
 * @param measured called when all rounds of a load are done
 * @throws {Error} (as a rejection) when a server does not answer, or answers a request with an error
 */
export async function interleaveLoads(
  workload: string,
  loads: readonly Load[],
  kinds: readonly ServerKind[],
  settings: Settings,
  progress: Progress,
  measured: (result: Measured<LoadResult>) => void,
): Promise<void> {
  const servers: BenchServer[] = [];
  for (const kind of kinds) {
    progress(`${workload}: start and warm up ${kind}`);
    const server = await startServer(kind);
    servers.push(server);
    await loadServer(server, workload, FIRST_WARM_UP_LOAD, FIRST_WARM_UP_MS, 100);
  }
  for (const load of loads) {
    const rounds: LoadResult[][] = [];
    for (let round = 1; round <= settings.rounds; round++) {
      const results: LoadResult[] = [];
      for (const server of servers) {
        progress(`${workload} ${loadName(load)}: round ${round} of ${settings.rounds}, ${server.kind}`);
        await untilIdle(servers);
        const { warmUpSeconds, measuredSeconds } = settings;
        results.push(await loadServer(server, workload, load, warmUpSeconds * 1000, measuredSeconds * 1000));
      }
      rounds.push(results);
    }
    measured({ name: `${workload} ${loadName(load)}`, rounds });
  }
  for (const server of servers) await server.stop();
}

/** Starts and stops each server `settings.startUpRounds` times, in turn. */
export async function interleaveStartUps(
  kinds: readonly ServerKind[],
  settings: Settings,
  progress: Progress,
): Promise<Measured<StartUpResult>> {
  const rounds: StartUpResult[][] = [];
  for (let round = 1; round <= settings.startUpRounds; round++) {
    progress(`startup: round ${round} of ${settings.startUpRounds}`);
    const results: StartUpResult[] = [];
    for (const kind of kinds) {
      const server = await startServer(kind);
      results.push({ startUpMs: server.startUpMs, rssBytes: rssBytesOf(server.pid) });
      await server.stop();
    }
    rounds.push(results);
  }
  return { name: 'startup', rounds };
}

async function loadServer(
  server: BenchServer,
  workload: string,
  load: Load,
  warmUpMs: number,
  measuredMs: number,
): Promise<LoadResult> {
  const where = `${workload} ${loadName(load)} on ${server.kind}`;
  const plan = { ...load, workload, port: server.port, serverPid: server.pid, warmUpMs, measuredMs };
  const result = await runLoad(plan).catch((error: Error) => {
    throw new Error(`${where}: ${error.message}\n${server.lastOutput()}`);
  });
  const errors = Object.entries(result.errors).map(([name, count]) => `${count} times ${name}`);
  if (errors.length > 0) throw new Error(`${where}: the server answered ${errors.join(', ')}\n${server.lastOutput()}`);
  return result;
}

/** A snapshot or a garbage collection that one server still has to do is not to be paid for by the next run. */
async function untilIdle(servers: readonly BenchServer[]): Promise<void> {
  const endMs = performance.now() + IDLE_LIMIT_MS;
  const used = () => servers.reduce((sum, server) => sum + (cpuSecondsOf(server.pid) ?? 0), 0);
  for (let before = used(); performance.now() < endMs; ) {
    await sleep(IDLE_CHECK_MS);
    const now = used();
    if ((now - before) / (IDLE_CHECK_MS / 1000) < IDLE_CORES) return;
    before = now;
  }
}
