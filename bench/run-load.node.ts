/** Puts one load on one server: starts a generator process, hands it the plan, waits for the result. */
import { fork } from 'node:child_process';
import { join } from 'node:path';
import type { GeneratorMessage, LoadPlan, LoadResult } from './load-plan.js';
import { repository, TYPESCRIPT } from './repository.node.js';

const GENERATOR = join(repository, 'bench/load-generator.node.ts');

/** The generator has limits of its own for every phase. This one is for a generator that hangs itself. */
const LIMIT_BEYOND_LOAD_MS = 180_000;

/** @throws {Error} (as a rejection) when the load could not be put on the server as planned */
export function runLoad(plan: LoadPlan): Promise<LoadResult> {
  const child = fork(GENERATOR, [], { cwd: repository, execArgv: [...TYPESCRIPT] });
  const promise = new Promise<LoadResult>((resolve, reject) => {
    child.once('message', (message: GeneratorMessage) => {
      if (message.type === 'result') resolve(message.result);
      else reject(new Error(message.message));
    });
    child.once('error', reject);
    child.once('exit', (code, signal) => reject(new Error(`the load generator ended too early (${signal ?? code})`)));
  });
  child.send(plan);
  const limit = setTimeout(() => child.kill('SIGKILL'), plan.warmUpMs + plan.measuredMs + LIMIT_BEYOND_LOAD_MS);
  return promise.finally(() => clearTimeout(limit));
}
