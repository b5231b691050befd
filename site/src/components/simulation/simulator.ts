/** The page's side of the worker: one for all panels, started when the first of them needs it. */
import type { Action } from '@chapters/07-standalone-startup/scenarios/doings.js';
import type { RunOptions } from '@chapters/07-standalone-startup/scenarios/stepped-run.js';
import type { ElectionAction } from '@chapters/15-fast-leader-election/scenarios/election-run.js';
import type { Answer, Question } from './protocol';
import type { ShownElection, ShownRun } from './worker';

let worker: Worker | null = null;
let lastId = 0;
const waiting = new Map<number, { resolve(answer: Answer): void; reject(error: Error): void }>();

export async function runScenario(scenario: string, options: RunOptions<Action>): Promise<ShownRun> {
  const answer = await ask({ id: ++lastId, kind: 'run', scenario, options });
  if (answer.kind !== 'run') throw new Error('the simulator gave no run');
  return answer.run;
}

export async function runElection(scenario: string, options: RunOptions<ElectionAction>): Promise<ShownElection> {
  const answer = await ask({ id: ++lastId, kind: 'election', scenario, options });
  if (answer.kind !== 'election') throw new Error('the simulator gave no election');
  return answer.run;
}

/** Runs seeds from 0 on. @returns how often the play ended in which way, the most frequent first */
export async function countOutcomes(
  scenario: string,
  seeds: number,
  choices: Readonly<Record<string, string>>,
): Promise<readonly (readonly [string, number])[]> {
  const answer = await ask({ id: ++lastId, kind: 'count', scenario, seeds, choices });
  if (answer.kind !== 'count') throw new Error('the simulator gave no count');
  return answer.counts;
}

function ask(question: Question): Promise<Answer> {
  worker ??= startWorker();
  return new Promise((resolve, reject) => {
    waiting.set(question.id, { resolve, reject });
    worker?.postMessage(question);
  });
}

function startWorker(): Worker {
  const started = new Worker(new URL('./worker.ts', import.meta.url));
  started.onmessage = ({ data }: MessageEvent<Answer>) => {
    const asker = waiting.get(data.id);
    waiting.delete(data.id);
    if (data.kind === 'failure') asker?.reject(new Error(data.message));
    else asker?.resolve(data);
  };
  started.onerror = ({ message }) => {
    for (const { reject } of waiting.values()) reject(new Error(`the simulator could not be started: ${message}`));
    waiting.clear();
    worker = null;
  };
  return started;
}
