/**
 * Runs scenarios in a worker of the browser: a run takes clock and chance away from everything around it, which the page
 * would not like.
 */

import type { Action } from '@chapters/07-standalone-startup/scenarios/doings.js';
import { scenarios } from '@chapters/07-standalone-startup/scenarios/index.js';
import type { Scenario } from '@chapters/07-standalone-startup/scenarios/scenario.js';
import { ScenarioRun } from '@chapters/07-standalone-startup/scenarios/scenario-run.js';
import type { RunOptions } from '@chapters/07-standalone-startup/scenarios/stepped-run.js';
import { type ElectionAction, ElectionRun } from '@chapters/15-fast-leader-election/scenarios/election-run.js';
import {
  type ElectionScenario,
  electionScenarios,
} from '@chapters/15-fast-leader-election/scenarios/election-scenario.js';
import type { Answer, Question } from './protocol';

const scope = self as unknown as {
  onmessage: ((event: MessageEvent<Question>) => void) | null;
  postMessage(answer: Answer): void;
};

/** One after the other: two runs at once would take the clock away from each other's beginnings. */
let last: Promise<void> = Promise.resolve();

scope.onmessage = ({ data }) => {
  last = last.then(() => answer(data));
};

async function answer(question: Question): Promise<void> {
  const { id } = question;
  try {
    if (question.kind === 'run') {
      scope.postMessage({ id, kind: 'run', run: await shownRun(question.scenario, question.options) });
      return;
    }
    if (question.kind === 'election') {
      scope.postMessage({ id, kind: 'election', run: await shownElection(question.scenario, question.options) });
      return;
    }
    const counts = new Map<string, number>();
    for (let seed = 0; seed < question.seeds; seed++) {
      const text = (await outcomeOf(question.scenario, { seed, choices: question.choices })) ?? 'it came to no end';
      counts.set(text, (counts.get(text) ?? 0) + 1);
    }
    scope.postMessage({ id, kind: 'count', counts: [...counts].sort((a, b) => b[1] - a[1]) });
  } catch (error) {
    scope.postMessage({ id, kind: 'failure', message: error instanceof Error ? error.message : String(error) });
  }
}

async function outcomeOf(name: string, options: RunOptions<never>): Promise<string | null> {
  const run = electionScenarios[name]
    ? await ElectionRun.of(electionScenarios[name], options)
    : await ScenarioRun.of(scenarioNamed(name), options);
  return run.outcome;
}

function scenarioNamed(name: string): Scenario {
  const scenario = scenarios[name];
  if (scenario === undefined) throw new Error(`there is no scenario ${name}`);
  return scenario;
}

async function shownRun(name: string, options: RunOptions<Action>) {
  const scenario = scenarioNamed(name);
  const run = await ScenarioRun.of(scenario, options);
  const { title, about, clients, serverLabel = 'server', choices = {}, shows = {} } = scenario;
  return {
    title,
    about,
    clients,
    serverLabel,
    choices,
    showsChunks: shows.chunks ?? false,
    entries: run.entries,
    chunks: run.chunks,
    frames: run.frames,
    outcome: run.outcome,
    text: run.text(),
  };
}

async function shownElection(name: string, options: RunOptions<ElectionAction>) {
  const scenario: ElectionScenario | undefined = electionScenarios[name];
  if (scenario === undefined) throw new Error(`there is no scenario ${name}`);
  const run = await ElectionRun.of(scenario, options);
  const { title, about, choices = {} } = scenario;
  return { title, about, choices, entries: run.entries, frames: run.frames, outcome: run.outcome, text: run.text() };
}

export type ShownElection = Awaited<ReturnType<typeof shownElection>>;
export type ShownRun = Awaited<ReturnType<typeof shownRun>>;
