/**
 * The load generator: a process of its own, started with `fork`. It is sent one `LoadPlan`, puts that load on a server,
 * and answers with one `LoadResult`.
 *
 *     prepare nodes → open sessions → warm up → measure → let the last replies come → undo → close the sessions
 *
 * The load never pauses between warming up and measuring: only the counting is switched on and off. Every phase has a
 * limit in time, so a server that stops answering is an error and not a hang.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { ErrorCode } from '#06-network-protocol/error-codes.js';
import { LatencyHistogram } from './histogram.js';
import type { GeneratorMessage, LoadPlan, LoadResult } from './load-plan.js';
import { type LoadCounts, type LoadSession, openLoadSession } from './load-session.node.js';
import { cpuSecondsOf, rssBytesOf } from './process-stat.node.js';
import { type Workload, workloads } from './workloads.js';

const OPEN_LIMIT_MS = 10_000;
const PREPARE_LIMIT_MS = 10_000;
const LAST_REPLIES_LIMIT_MS = 10_000;
const UNDO_LIMIT_MS = 120_000;

/** Undoing is not measured: enough on the way to be quick. */
const UNDO_OUTSTANDING = 64;

process.once('message', (plan: LoadPlan) => {
  runLoad(plan).then(
    (result) => answer({ type: 'result', result }),
    (error: Error) => answer({ type: 'failed', message: error.message }),
  );
});
process.once('disconnect', () => process.exit());

/** @throws {Error} (as a rejection) when the server does not play its part */
async function runLoad(plan: LoadPlan): Promise<LoadResult> {
  const workload = workloads.get(plan.workload);
  if (!workload) throw new Error(`there is no workload "${plan.workload}"`);
  const counts: LoadCounts = { recording: false, operations: 0, latencies: new LatencyHistogram(), errors: new Map() };
  const sessions = await within(OPEN_LIMIT_MS, 'sessions to open', openSessions(plan, counts));
  await within(PREPARE_LIMIT_MS, 'nodes to be made', prepare(workload, sessions));
  const loops = Promise.all(sessions.map((session, i) => session.loop(workload.requests(i), plan.outstanding)));
  const result = await Promise.race([measure(plan, counts), loops.then(neverEndsByItself)]);
  for (const session of sessions) session.stop();
  await within(LAST_REPLIES_LIMIT_MS, 'the last replies', loops);
  await within(UNDO_LIMIT_MS, 'the load to be undone', undo(workload, sessions));
  await within(OPEN_LIMIT_MS, 'sessions to close', Promise.all(sessions.map((session) => session.close())));
  return { ...result, errors: Object.fromEntries(counts.errors) };
}

function openSessions(plan: LoadPlan, counts: LoadCounts): Promise<LoadSession[]> {
  return Promise.all(Array.from({ length: plan.sessions }, () => openLoadSession(plan.port, counts)));
}

async function prepare(workload: Workload, sessions: readonly LoadSession[]): Promise<void> {
  const nodes = workload.nodes();
  await (sessions[0] as LoadSession).loop(nodes, UNDO_OUTSTANDING, nodes.length, ErrorCode.NodeExists);
}

async function undo(workload: Workload, sessions: readonly LoadSession[]): Promise<void> {
  const { undo } = workload;
  if (!undo) return;
  await Promise.all(sessions.map((session, i) => session.loop(undo(i), UNDO_OUTSTANDING, session.sent)));
}

async function measure(plan: LoadPlan, counts: LoadCounts): Promise<Omit<LoadResult, 'errors'>> {
  await sleep(plan.warmUpMs);
  const startMs = performance.now();
  const generatorStart = process.cpuUsage();
  const serverStart = cpuSecondsOf(plan.serverPid);
  counts.recording = true;
  await sleep(plan.measuredMs);
  counts.recording = false;
  const seconds = (performance.now() - startMs) / 1000;
  const generator = process.cpuUsage(generatorStart);
  const serverEnd = cpuSecondsOf(plan.serverPid);
  const { operations, latencies } = counts;
  if (operations === 0) throw new Error(`no reply in ${seconds.toFixed(1)} s`);
  return {
    seconds,
    operations,
    opsPerSecond: operations / seconds,
    p50Us: latencies.percentileUs(50),
    p99Us: latencies.percentileUs(99),
    p999Us: latencies.percentileUs(99.9),
    maxUs: latencies.maxUs,
    generatorCores: (generator.user + generator.system) / 1e6 / seconds,
    serverCores: serverStart === null || serverEnd === null ? null : (serverEnd - serverStart) / seconds,
    serverRssBytes: rssBytesOf(plan.serverPid),
  };
}

function neverEndsByItself(): never {
  throw new Error('the load ended before it was stopped');
}

async function within<T>(limitMs: number, what: string, promise: Promise<T>): Promise<T> {
  const stop = new AbortController();
  const late = sleep(limitMs, undefined, { signal: stop.signal }).then(() => {
    throw new Error(`waited ${limitMs / 1000} s for ${what}`);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    stop.abort();
    late.catch(() => {});
  }
}

function answer(message: GeneratorMessage): void {
  process.send?.(message, () => process.exit());
}
