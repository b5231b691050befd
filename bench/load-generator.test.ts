/** The load generator as the process that it is, against the server that answers anything. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { LoadPlan } from './load-plan.js';
import { runLoad } from './run-load.node.js';
import { type BenchServer, startServer } from './servers.node.js';

let server: BenchServer;
let plan: LoadPlan;

beforeAll(async () => {
  server = await startServer('echo');
  const { port, pid } = server;
  plan = { workload: 'create', sessions: 3, outstanding: 4, port, serverPid: pid, warmUpMs: 10, measuredMs: 50 };
});

afterAll(() => server.stop());

describe('the load generator', () => {
  test('prepares, loads, undoes and closes, and tells what it saw', async () => {
    const result = await runLoad(plan);
    expect(result.errors).toEqual({});
    expect(result.operations).toBeGreaterThan(0);
    expect(result.opsPerSecond).toBeCloseTo(result.operations / result.seconds);
    expect(result.p50Us).toBeGreaterThan(0);
    expect(result.p99Us).toBeGreaterThanOrEqual(result.p50Us);
    expect(result.p999Us).toBeGreaterThanOrEqual(result.p99Us);
    expect(result.maxUs).toBeGreaterThanOrEqual(result.p999Us);
  });

  test('a plan that it does not understand is an error', async () => {
    await expect(runLoad({ ...plan, workload: 'nonsense' })).rejects.toThrow('there is no workload "nonsense"');
  });

  test('so is a server that is not there', async () => {
    await expect(runLoad({ ...plan, port: 1 })).rejects.toThrow('ECONNREFUSED');
  });
});
