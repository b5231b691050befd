/**
 * A graded run as a learner reads it: where they stand, then the first thing that is wrong, so that it can be mended:
 * what must hold, what was done, what should have come, what came, the run as a picture, how to run it again.
 */
import { chosenPlaces } from './diagram-choice.js';
import { cut, type Paint, wrap } from './paint.js';
import {
  type CheckResult,
  type Failure,
  firstFailure,
  type GradeResult,
  LAYERS,
  type Layer,
  type Trace,
} from './result.js';
import { sequenceDiagram } from './sequence-diagram.js';
import { fewOf } from './show.js';
import type { Unwritten } from './unwritten.js';

export interface ReportContext {
  /** `Session buckets`. */
  readonly title: string;
  /** `11`: what is typed. */
  readonly number: string;
  /** `labs/11-session-buckets/expiry-queue.ts`. */
  readonly path: string;
  /** The learner's file, for the lines around a place. */
  readonly source: string;
  /** Titles of the gaps, by their ids. */
  readonly gapTitles: ReadonlyMap<string, string>;
  /** Hints for the gap of the first failure: how many were shown, and how many there are. */
  readonly hints: { readonly shown: number; readonly total: number };
  /** Seeds are the teacher's. */
  readonly hidesSeeds?: boolean;
  /** Nobody is to mend it: what to do next is left out. */
  readonly isDemonstration?: boolean;
  /** A run that was asked for is shown from beginning to end, however long it is. */
  readonly isWhole?: boolean;
}

const INDENT = 13;

/** So much of a run is shown with a failure, */
const SHORT_RUN = { first: 3, last: 4, telling: 10 };
/** and so much when it was asked for. */
const LONG_RUN = { first: 40, last: 60, telling: 100 };

export function report(result: GradeResult, context: ReportContext, paint: Paint): string {
  const lines = [
    '',
    heading(context, paint),
    '',
    ...table(result, paint),
    ...(result.state === 'partial run' ? [] : ['', ...verdict(result, context, paint)]),
    ...problem(result, context, paint),
    '',
  ];
  return lines.map((line) => line.trimEnd()).join('\n');
}

const heading = ({ number, title }: ReportContext, paint: Paint): string => paint.bold(`Lab ${number}  ${title}`);

// -------------------------------------------------------------------------------------------------- table

const LAYER_TEXTS: Record<Layer, string> = {
  types: 'types',
  unit: 'unit checks',
  simulation: 'simulated server',
  benchmark: 'benchmark',
};

/** A layer that passed is one line; what fails, and what was measured, is shown check by check. */
function table(result: GradeResult, paint: Paint): string[] {
  return LAYERS.flatMap((layer) => {
    const isPartial = result.state === 'partial run';
    const checks = result.checks.filter((check) => check.layer === layer && !(isPartial && check.state === 'not run'));
    if (isPartial && checks.length === 0) return [];
    const state = result.layers[layer];
    const sign = {
      passed: paint.good(paint.signs.passed),
      failed: paint.bad(paint.signs.failed),
      'not run': paint.dim(paint.signs.open),
    }[state];
    const heading = `  ${sign} ${LAYER_TEXTS[layer].padEnd(18)}`;
    if (checks.length === 0 || checks.every((check) => check.state === 'not run')) {
      return [layer === 'types' ? heading : `${heading}${paint.dim('not run yet')}`];
    }
    const sum = (of: readonly CheckResult[]): number => of.reduce((total, { points }) => total + points, 0);
    const score = `${sum(checks.filter((check) => check.state === 'passed'))} of ${sum(checks)} points`;
    const isOpen = state !== 'passed' || layer === 'benchmark' || isPartial;
    return [`${heading}${score}`, ...(isOpen ? checks.flatMap((check) => checkLines(check, paint)) : [])];
  });
}

function checkLines(check: CheckResult, paint: Paint): string[] {
  const { id, gap, name, points, state, measured } = check;
  const { signs, terminal } = paint;
  const sign = {
    passed: paint.good(signs.passed),
    failed: paint.bad(signs.failed),
    unwritten: paint.warn(signs.open),
    'not run': paint.dim(signs.open),
  }[state];
  const score = `${state === 'passed' ? points : 0}/${points}`;
  const left = `      ${sign} ${paint.dim(id.padEnd(3))} ${gap}  `;
  const room = terminal.width - 6 - signs.open.length - 12 - score.length - 1;
  const lines = wrap(name, room);
  const first = `${left}${(lines[0] ?? '').padEnd(room)} ${state === 'passed' ? score : paint.dim(score)}`;
  const rest = [...lines.slice(1), ...(measured ? wrap(measured, room) : []).map(paint.dim)];
  return [first, ...rest.map((line) => `${' '.repeat(18)}${line}`)];
}

// ------------------------------------------------------------------------------------------------ verdict

function verdict(result: GradeResult, context: ReportContext, paint: Paint): string[] {
  const sum = `${result.points} of ${result.of} points`;
  const { number, path } = context;
  switch (result.state) {
    case 'passed':
      return [
        `  ${paint.good(paint.bold(sum))}. All of it ran on ${path}.`,
        ...(context.isDemonstration ? [] : ['', ...labelled('Next', afterPass(number), paint)]),
      ];
    case 'expected start': {
      const gaps = new Set(result.checks.map(({ gap }) => gap)).size;
      return [
        `  ${paint.bold(sum)}, the expected start: ${gaps} ${gaps === 1 ? 'gap is' : 'gaps are'} waiting for you in`,
        `  ${paint.name(path)}`,
      ];
    }
    case 'refused':
      return [`  ${paint.bad(paint.bold('0 points'))}: the file was refused.`];
    case 'partial run':
      return [];
    default:
      return [`  ${paint.bold(sum)}`];
  }
}

const afterPass = (number: string): string[] => [
  `npm run lab ${number} solution   how we did it, and why`,
  `npm run lab ${number} serve      a real server on your file`,
];

// ------------------------------------------------------------------------------------------------ problem

function problem(result: GradeResult, context: ReportContext, paint: Paint): string[] {
  const { obstacle } = result;
  if (obstacle !== null) {
    return [
      '',
      rule(obstacle.title, paint),
      '',
      ...obstacle.details.flatMap((line) => detailLines(line, paint)).map((line) => `  ${line}`),
    ];
  }
  const check = firstFailure(result);
  if (check?.failure?.unwritten) return unwritten(check, check.failure.unwritten, result, context, paint);
  if (check?.failure) return explain(check, check.failure, context, paint, result.state === 'partial run');
  const traced = result.checks.find(({ trace }) => trace !== undefined);
  return traced?.trace ? shown(traced, traced.trace, context, paint) : [];
}

/** A line of a source is cut rather than broken, so that a sign under it stays under its place. */
const detailLines = (line: string, { terminal }: Paint): string[] =>
  line.startsWith(' ') ? [cut(line, terminal.width - 2)] : wrap(line, terminal.width - 2);

/** By the function that was reached: of a gap with several, some may be written. */
function unwritten(
  { name, id }: CheckResult,
  { id: gap, symbol }: Unwritten,
  { state }: GradeResult,
  context: ReportContext,
  paint: Paint,
): string[] {
  const { number, path, gapTitles } = context;
  const what = `Gap ${gap}, ${(gapTitles.get(gap) ?? '').toLowerCase()}: ${symbol} is not written yet.`;
  const where = `Search for "${gap}" in ${path}; the comment above it says what it has to do.`;
  const begin = state === 'expected start' ? 'Begin with' : 'Next';
  return [
    '',
    ...labelled(begin, [`${what} ${where}`], paint),
    ...labelled('It passes', [`when ${name} (${id})`], paint),
    ...labelled('On every save', [`npm run lab ${number} watch`], paint),
    ...hintLines(context, paint),
  ];
}

/** @param isReplay the run was asked for */
function explain(
  check: CheckResult,
  failure: Failure,
  context: ReportContext,
  paint: Paint,
  isReplay: boolean,
): string[] {
  const { id, gap, name, invariant } = check;
  const { subject, expected, got, printed } = failure;
  return [
    '',
    rule(`${id}  gap ${gap}`, paint),
    '',
    ...labelled('Check', [name], paint),
    ...labelled('Must hold', [invariant], paint),
    ...(failure.diagram.length === 0 && failure.sent.length > 0 ? ['', ...doneBefore(check, failure, paint)] : []),
    ...(failure.diagram.length > 0
      ? ['', ...run(failure, [subject, expected, got].join(' '), context, paint, isReplay)]
      : []),
    ...(subject === null ? [] : ['', ...labelled('Looked at', [subject], paint)]),
    ...(expected === null
      ? []
      : [...(subject === null ? [''] : []), ...labelled('Expected', [expected], paint, paint.good)]),
    ...(got === null ? [] : [...(expected === null ? [''] : []), ...labelled('Got', [got], paint, paint.bad)]),
    ...place(failure, context, paint),
    ...(printed === '' ? [] : ['', ...labelled('Printed', fewOf(printed.trimEnd().split('\n'), 6, 4), paint)]),
    ...(context.isDemonstration
      ? []
      : ['', ...labelled('Run it again', [replayCommand(check, failure, context)], paint)]),
    ...(context.isDemonstration ? [] : hintLines(context, paint)),
  ];
}

const DONE_LABELS = { types: '', unit: 'Called', simulation: 'Done', benchmark: 'Measured' } as const;

const doneBefore = ({ layer }: CheckResult, { sent }: Trace, paint: Paint): string[] =>
  labelled(DONE_LABELS[layer], sent, paint);

/** A check that passed, and that somebody wants to see. */
function shown(check: CheckResult, trace: Trace, context: ReportContext, paint: Paint): string[] {
  return [
    '',
    rule(`${check.id}  gap ${check.gap}`, paint),
    '',
    ...labelled('Check', [check.name], paint),
    ...labelled('Must hold', [check.invariant], paint),
    ...(trace.diagram.length > 0
      ? ['', ...run(trace, null, context, paint, true)]
      : ['', ...doneBefore(check, trace, paint)]),
    ...(trace.printed === '' ? [] : ['', ...labelled('Printed', trace.printed.trimEnd().split('\n'), paint)]),
    '',
    `  ${paint.good('It passes.')}`,
  ];
}

/** @param said what is said about the failure; null when there is none */
function run(
  { diagram, seed }: Trace,
  said: string | null,
  { hidesSeeds, isWhole }: ReportContext,
  paint: Paint,
  isReplay: boolean,
): string[] {
  const title = hidesSeeds || seed === null ? 'The run' : `The run with seed ${seed}`;
  const limits = isReplay ? LONG_RUN : SHORT_RUN;
  const places = isWhole ? [...diagram.keys()] : chosenPlaces(diagram, said, limits);
  const note =
    isReplay && places.length < diagram.length
      ? ['', `  ${places.length} of ${diagram.length} lines of the run are shown; all of them with --whole.`]
      : [];
  return [`  ${paint.bold(title)}`, '', ...sequenceDiagram(diagram, paint, places), ...note];
}

function place({ place }: Failure, { source, path }: ReportContext, paint: Paint): string[] {
  if (place === null) return [];
  const all = source.split('\n');
  const from = Math.max(0, place.line - 3);
  const lines = all.slice(from, place.line + 2).map((text, index) => {
    const number = from + index + 1;
    const line = cut(
      `${number === place.line ? '>' : ' '} ${String(number).padStart(4)} | ${text}`,
      paint.terminal.width - 4,
    );
    return number === place.line ? paint.bold(line) : paint.dim(line);
  });
  return ['', ...labelled('In your file', [`${path}:${place.line}`], paint), '', ...lines.map((line) => `    ${line}`)];
}

function replayCommand({ id }: CheckResult, { seed }: Failure, { number, hidesSeeds }: ReportContext): string {
  const flags = seed === null || hidesSeeds ? `--check ${id}` : `--check ${id} --seed ${seed}`;
  return `npm run lab ${number} -- ${flags}`;
}

function hintLines({ number, hints }: ReportContext, paint: Paint): string[] {
  const { shown, total } = hints;
  if (total === 0) return [];
  const next =
    shown < total
      ? `npm run lab ${number} hint   (hint ${shown + 1} of ${total} for this gap)`
      : `you have seen all ${total} hints for this gap`;
  return labelled('Next hint', [next], paint);
}

function labelled(
  label: string,
  texts: readonly string[],
  paint: Paint,
  style: (text: string) => string = (text) => text,
): string[] {
  const width = paint.terminal.width - INDENT - 3;
  const lines = texts.flatMap((text) => wrap(text, width));
  return lines.map(
    (line, index) => `  ${index === 0 ? paint.bold(label.padEnd(INDENT)) : ' '.repeat(INDENT)} ${style(line)}`,
  );
}

function rule(title: string, paint: Paint): string {
  const { signs, terminal } = paint;
  const text = ` ${cut(title, terminal.width - 8)} `;
  return `${signs.rule.repeat(2)}${paint.bold(text)}${signs.rule.repeat(Math.max(2, terminal.width - text.length - 2))}`;
}
