/**
 * Proves that a lab is in order: its starter fails as a starter does, its gaps can be filled one after the other, its
 * answers reach full marks, and every known wrong answer is caught by the check that is said to catch it.
 */
import { writeFileSync } from 'node:fs';
import { relative } from 'node:path';
import { applyPatch } from 'diff';
import { rightAnswers, type WrongAnswer, wrongAnswers } from './answers.node.js';
import { type Case, complaint } from './cases.js';
import { CheckRunner } from './check-runner.node.js';
import { starterOf } from './gaps.js';
import { grade } from './grade.node.js';
import { type Lab, ownWorkspace, readText, type Workspace } from './project.node.js';
import { checkTypes } from './types-layer.node.js';
import type { VerifyCache } from './verify-cache.node.js';

export interface Verdict {
  readonly name: string;
  /** Null when all is as it should be. */
  readonly complaint: string | null;
  readonly isFromCache: boolean;
  readonly seconds: number;
}

/** @param workspace a copy, in which files come and go */
export async function verifyLab(
  workspace: Workspace,
  lab: Lab,
  cache: VerifyCache,
  onVerdict: (verdict: Verdict) => void,
): Promise<Verdict[]> {
  const verdicts: Verdict[] = [];
  const say = (verdict: Verdict): void => {
    verdicts.push(verdict);
    onVerdict(verdict);
  };
  for (const each of standing(lab)) say({ ...each, isFromCache: false, seconds: 0 });
  const runner = new CheckRunner(workspace, lab, []);
  try {
    for (const each of casesOf(lab)) say(await verdictOn(each, workspace, lab, runner, cache));
  } finally {
    await runner.close();
  }
  return verdicts;
}

async function verdictOn(
  each: Case,
  workspace: Workspace,
  lab: Lab,
  runner: CheckRunner,
  cache: VerifyCache,
): Promise<Verdict> {
  const startedMs = performance.now();
  const seconds = (): number => (performance.now() - startedMs) / 1000;
  const key = `${lab.folder} ${each.name} ${JSON.stringify(each.expectation)}`;
  if (cache.get(key, each.text) !== undefined) {
    return { name: each.name, complaint: null, isFromCache: true, seconds: seconds() };
  }
  writeFileSync(workspace.learnerFile(lab), each.text);
  const result = await grade(workspace, lab, { runner, checkTypes: async (...args) => checkTypes(...args) });
  const found = complaint(each.expectation, result);
  if (found === null) {
    const own = workspace.learnerFile(lab);
    const modules = result.modules.filter((path) => path !== own && path.startsWith(workspace.root));
    const paths = modules.map((path) => relative(workspace.root, path).replaceAll('\\', '/'));
    const lasting = [
      `labs/${lab.folder}/lab.ts`,
      `labs/${lab.folder}/grade.test.ts`,
      `labs/${lab.folder}/grade.bench.ts`,
    ];
    cache.set(key, each.text, [...paths, ...lasting], true);
  }
  return { name: each.name, complaint: found, isFromCache: false, seconds: seconds() };
}

function casesOf(lab: Lab): Case[] {
  const path = ownWorkspace.referenceFile(lab);
  const reference = readText(path);
  const starter = readText(ownWorkspace.starterFile(lab));
  const ids = lab.manifest.gaps.map(({ id }) => id);
  const answer = applyPatch(starter, readText(`${ownWorkspace.solutionFolder(lab)}/answer.patch`));
  const fullMarks = { kind: 'full marks' } as const;
  return [
    { name: 'starter', text: starter, expectation: { kind: 'starter' } },
    ...ids.slice(0, -1).map((upTo, index): Case => {
      const text = starterOf(path, reference, (id) => ids.indexOf(id) > index);
      return { name: `gaps up to ${upTo}`, text, expectation: { kind: 'on the way', upTo } };
    }),
    { name: 'answer.patch', text: answer === false ? '' : answer, expectation: fullMarks },
    ...rightAnswers(ownWorkspace, lab).map(
      ({ name, text }): Case => ({ name: `right ${name}`, text, expectation: fullMarks }),
    ),
    ...wrongAnswers(ownWorkspace, lab).map(({ name, text, caughtBy: by, message }): Case => {
      return { name: `wrong ${name}`, text, expectation: { kind: 'caught', by, message } };
    }),
  ];
}

/** What can be said without running anything. */
function standing(lab: Lab): { name: string; complaint: string | null }[] {
  const wrong = wrongAnswers(ownWorkspace, lab);
  const covered = new Set(wrong.map(({ gap }) => gap));
  const bare = lab.manifest.gaps.filter(({ id }) => !covered.has(id)).map(({ id }) => id);
  const isSimulated = ({ caughtBy }: WrongAnswer): boolean => caughtBy.startsWith('s');
  const simulated = wrong.filter(isSimulated).length;
  const removed = readText(`${ownWorkspace.solutionFolder(lab)}/answer.patch`)
    .split('\n')
    .filter((line) => /^\+(?!\+\+)/.test(line)).length;
  const hintless = lab.manifest.gaps.filter(({ hints }) => hints.length < FEWEST_HINTS).map(({ id }) => id);
  return [
    {
      name: 'a right answer beside ours',
      complaint: rightAnswers(ownWorkspace, lab).length > 0 ? null : 'there is none in right/',
    },
    { name: 'a wrong answer for each gap', complaint: bare.length === 0 ? null : `none for ${bare.join(', ')}` },
    {
      name: 'half of the wrong answers are caught only in the simulation',
      complaint: 2 * simulated >= wrong.length ? null : `${simulated} of ${wrong.length}`,
    },
    { name: '40 to 200 lines to write', complaint: removed >= 40 && removed <= 200 ? null : `it is ${removed}` },
    {
      name: '3 to 6 gaps',
      complaint:
        lab.manifest.gaps.length >= 3 && lab.manifest.gaps.length <= 6 ? null : String(lab.manifest.gaps.length),
    },
    {
      name: `${FEWEST_HINTS} hints for each gap`,
      complaint: hintless.length === 0 ? null : `too few for ${hintless.join(', ')}`,
    },
  ];
}

const FEWEST_HINTS = 2;
