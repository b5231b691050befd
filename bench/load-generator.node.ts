/**
 * The load generator: a process of its own, started with `fork`. It is sent one `LoadPlan`, puts that load on a server,
 * and answers with one `LoadResult`.
 *
 *     prepare nodes → open sessions → warm up → measure → let the last replies come → undo → close the sessions
 *
 * The load never pauses between warming up and measuring: only the counting is switched on and off. A load that uses
 * something up is fed first, and measured from begin to end. Every phase has a limit in time, so a server that stops answering is an error and not a hang.
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
  const result = await (workload.feed
    ? useUp(plan, workload, sessions, counts)
    : repeat(plan, workload, sessions, counts));
  await within(UNDO_LIMIT_MS, 'the load to be undone', undo(workload, sessions));
  await within(OPEN_LIMIT_MS, 'sessions to close', Promise.all(sessions.map((session) => session.close())));
  return { ...result, errors: Object.fromEntries(counts.errors) };
}

type Measurement = Omit<LoadResult, 'errors'>;

/** The same requests over and over, for as long as the plan says. */
async function repeat(
  plan: LoadPlan,
  workload: Workload,
  sessions: readonly LoadSession[],
  counts: LoadCounts,
): Promise<Measurement> {
  const loops = Promise.all(sessions.map((session, i) => session.loop(workload.requests(i), plan.outstanding)));
  const measuring = sleep(plan.warmUpMs).then(() => measure(plan, counts, () => sleep(plan.measuredMs)));
  const result = await Promise.race([measuring, loops.then(neverEndsByItself)]);
  for (const session of sessions) session.stop();
  await within(LAST_REPLIES_LIMIT_MS, 'the last replies', loops);
  return result;
}

/** As many requests as there is something for. */
async function useUp(
  plan: LoadPlan,
  workload: Workload,
  sessions: readonly LoadSession[],
  counts: LoadCounts,
): Promise<Measurement> {
  const requests = Math.ceil(requestsToUseUp(plan) / sessions.length);
  const feeding = sessions.map((session, i) => session.loop(workload.feed?.(i) ?? [], UNDO_OUTSTANDING, requests));
  await within(UNDO_LIMIT_MS, 'what the load uses up', Promise.all(feeding));
  await sleep(plan.warmUpMs);
  const using = () => sessions.map((session, i) => session.loop(workload.requests(i), plan.outstanding, requests));
  return measure(plan, counts, () => within(USE_UP_LIMIT_MS, 'the load to end', Promise.all(using())));
}

/** Enough for a second or so. */
function requestsToUseUp({ sessions, outstanding }: LoadPlan): number {
  return Math.min(MOST_TO_USE_UP, Math.max(LEAST_TO_USE_UP, 1000 * sessions * outstanding));
}

const LEAST_TO_USE_UP = 4000;
const MOST_TO_USE_UP = 160_000;
const USE_UP_LIMIT_MS = 60_000;

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

/** @param load runs while it is measured */
async function measure(plan: LoadPlan, counts: LoadCounts, load: () => Promise<unknown>): Promise<Measurement> {
  const startMs = performance.now();
  const generatorStart = process.cpuUsage();
  const serverStart = cpuSecondsOf(plan.serverPid);
  counts.recording = true;
  await load();
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
