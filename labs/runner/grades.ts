/** The grades of a class: rows for people and programs, and what the teacher wants to know of all of them. */
import { csvLine } from './csv.js';
import type { CheckResult } from './result.js';

export interface Row {
  readonly student: string;
  /** `11-session-buckets`; empty when nobody can tell. */
  readonly lab: string;
  readonly points: number;
  readonly of: number;
  /** `passed`, `failed`, `expected start`, `refused`, `missing`. */
  readonly state: string;
  /** In a word: `types`, `wrong`, `error`, `hang`, `memory`, `crash`, `unwritten`, `slow`, `refused`, `missing`. */
  readonly why: string;
  /** The first check that fails. */
  readonly failed: string;
  readonly message: string;
  readonly seconds: number;
  /** How many seeds of the teacher's each simulated check had; null for those of the checks themselves. */
  readonly seeds: number | null;
  /** The version of the grader. */
  readonly grader: string;
  readonly checks: readonly Pick<CheckResult, 'id' | 'gap' | 'name' | 'points' | 'state'>[];
}

const COLUMNS = [
  'student',
  'lab',
  'points',
  'of',
  'state',
  'why',
  'failed',
  'message',
  'seconds',
  'seeds',
  'grader',
] as const;

/** A column for each check, and those of all labs in one file. A check that did not run has no points, not 0. */
export function csvOf(rows: readonly Row[]): string {
  const ids = [...new Set(rows.flatMap(({ checks }) => checks.map(({ id }) => id)))];
  const lines = rows.map((row) => {
    const byCheck = new Map(row.checks.map((check) => [check.id, pointsOf(check)]));
    return csvLine([...COLUMNS.map((column) => row[column] ?? ''), ...ids.map((id) => byCheck.get(id) ?? '')]);
  });
  return csvLine([...COLUMNS, ...ids]) + lines.join('');
}

function pointsOf({ state, points }: Row['checks'][number]): number | '' {
  if (state === 'not run') return '';
  return state === 'passed' ? points : 0;
}

/** How many of each state and reason, and what failed most: what a lesson may have to come back to. */
export function summaryOf(rows: readonly Row[]): string[] {
  const states = countsOf(rows.map(({ state, why }) => (why === '' || why === state ? state : `${state} (${why})`)));
  const lines = [`${rows.length} ${rows.length === 1 ? 'row' : 'rows'}: ${states.map(counted).join(', ')}.`];
  const failures = rows.flatMap(({ lab, checks }) =>
    checks.filter(({ state }) => state === 'failed' || state === 'unwritten').map((check) => ({ lab, ...check })),
  );
  if (failures.length === 0) return lines;
  const most = countsOf(failures.map(({ lab, id, name }) => `${id.padEnd(3)} lab ${lab.slice(0, 2)}  ${name}`));
  return [
    ...lines,
    '',
    'What failed most:',
    ...most.slice(0, MOST_CHECKS).map(([check, count]) => `  ${String(count).padStart(4)} times  ${check}`),
  ];
}

const MOST_CHECKS = 8;

const counted = ([what, count]: readonly [string, number]): string => `${count} ${what}`;

/** The most frequent first. */
function countsOf(values: readonly string[]): [string, number][] {
  const counts = new Map<string, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  return [...counts].sort(([, a], [, b]) => b - a);
}
