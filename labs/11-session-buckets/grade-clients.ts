/** Clients of the simulated checks: how they come, die, and are missed. */
import { CreateMode } from '#06-network-protocol/create-mode.js';
import { isPing } from '#07-standalone-startup/transcript.js';
import type { ZooKeeper } from '#10-client-cnxn/zookeeper.js';
import type { SimulatedAttempt } from '../runner/simulated-attempt.js';

/** The width of a bucket. */
export const TICK_MS = 1000;

/** From the end of a bucket to the end of its sessions: a turn of the loop, and a sync of the disk. */
const SLACK_MS = 250;

/** Connects a client, and has it make a node that is there as long as its session. */
export async function join(attempt: SimulatedAttempt, name: string, sessionTimeoutMs: number): Promise<ZooKeeper> {
  const { zoo } = attempt;
  const client = await zoo.settle(zoo.connect(name, { sessionTimeoutMs }));
  await zoo.settle(client.create(`/${name}`, '', { mode: CreateMode.ephemeral }));
  return client;
}

/** From now on nothing is heard of a client. */
export function silentFrom(attempt: SimulatedAttempt, name: string): void {
  attempt.did(`${name} loses its power`);
  attempt.zoo.simulation.machine(name).crash();
}

/**
 * Expects that the session of a client ends, and its node with it: not before its time-out, and not later than a tick
 * after it.
 * @param notBeforeMs a time at which the server can look, if that is later than the time-out
 */
export async function expectGone(
  attempt: SimulatedAttempt,
  name: string,
  timeoutMs: number,
  notBeforeMs = 0,
  tickTimeMs = TICK_MS,
): Promise<void> {
  const { zoo } = attempt;
  const { simulation } = zoo;
  const { heardMs, what } = lastHeard(attempt, name);
  const latestMs = Math.max(heardMs + timeoutMs + tickTimeMs, notBeforeMs + tickTimeMs) + SLACK_MS;
  const isGone = (): boolean => zoo.server?.tree.get(`/${name}`) === undefined;
  await simulation.run({ until: isGone, untilMs: latestMs });
  const expected =
    `the session of ${name} expires ${timeoutMs} to ${timeoutMs + tickTimeMs} ms after its last sign of life, ` +
    `${what} that arrived at ${heardMs.toFixed(1)} ms` +
    `${notBeforeMs > 0 ? ', or when the server is awake again' : ''}`;
  attempt.holds(isGone(), expected, `it is still there ${Math.round(simulation.nowMs - heardMs)} ms after it`);
  const afterMs = simulation.nowMs - heardMs;
  attempt.holds(afterMs > timeoutMs, expected, `it has expired ${Math.round(afterMs)} ms after it`);
}

/** A client comes, and dies as any other. */
export async function comeAndGo(attempt: SimulatedAttempt, name: string): Promise<void> {
  await join(attempt, name, 3000);
  silentFrom(attempt, name);
  await expectGone(attempt, name, 3000);
}

/** Expects that so many sessions have expired in all, and none is left. */
export function expectExpired(attempt: SimulatedAttempt, count: number): void {
  const { zoo } = attempt;
  const told = zoo.transcript.entries.filter(
    (entry) => entry.kind === 'log' && /session 0x\w+ expired/.test(entry.text),
  );
  attempt.holds(
    told.length === count,
    `${count} ${count === 1 ? 'session has' : 'sessions have'} expired`,
    `${told.length} have`,
  );
}

/** When the server last heard of a client, whether the client still knew of it or not: a ping, which no diagram shows. */
function lastHeard({ zoo }: SimulatedAttempt, name: string): { readonly heardMs: number; readonly what: string } {
  let last = { heardMs: 0, what: 'its start' };
  for (const entry of zoo.transcript.entries) {
    if (entry.kind !== 'packet' || entry.from !== name || entry.arrivedMs === null) continue;
    last = { heardMs: entry.arrivedMs, what: isPing(entry) ? 'a ping' : `"${entry.text}"` };
  }
  return last;
}
