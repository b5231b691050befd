/**
 * Pages that are made from what lies elsewhere: Apache's classes beside ours (from the `@apache` tags), the glossary, and
 * what was proved and measured (the last run of the tests, the results that were kept in bench/results).
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Plugin } from '@docusaurus/types';
import type { BenchResults, Machine, Measured } from '../../bench/results';
import { median } from '../../bench/statistics';
import { readFacts, readLeftOut } from '../../chapters/testing/facts.node';
import { type ChapterCoverage, coverageByChapter, type Proof } from '../../chapters/testing/facts-coverage';
import { chapters, chapterUrl, project } from '../book';
import { glossary, termId } from '../glossary';
import { sourceUrl } from '../repository';
import { codeOfChapter } from './code-map';

export interface CounterpartRow {
  readonly apache: string;
  readonly ours: string;
  readonly href: string;
  readonly chapter: string;
}

export interface GlossaryRow {
  readonly id: string;
  readonly term: string;
  readonly meaning: string;
  readonly chapter: { readonly href: string; readonly label: string };
}

export interface ProofsData {
  /** Null when the tests have not been run here. */
  readonly coverage: readonly (ChapterCoverage & { readonly href: string })[] | null;
  readonly results: readonly {
    readonly startedAt: string;
    readonly machine: Machine;
    readonly rounds: number;
    readonly rows: readonly ResultRow[];
  }[];
}

/** One thing that was measured, with medians of the rounds. */
export interface ResultRow {
  readonly name: string;
  readonly unit: 'ops/s' | 'ms' | 'B';
  readonly ours: number;
  /** Null when Apache's server took no part. */
  readonly apache: number | null;
  /** Ours divided by Apache's, within each round: the median, the least, the most. */
  readonly ratio: { readonly median: number; readonly least: number; readonly most: number } | null;
}

export interface ContentsData {
  readonly parts: readonly {
    readonly title: string;
    readonly about: string;
    readonly chapters: readonly {
      readonly number: string;
      readonly label: string;
      readonly href: string;
      readonly isWritten: boolean;
    }[];
  }[];
  readonly factCount: number;
}

export default function referencePages(): Plugin {
  return {
    name: 'zoowalk-reference-pages',
    async contentLoaded({ actions: { addRoute, createData } }) {
      const add = async (path: string, component: string, data: unknown): Promise<void> => {
        const file = await createData(`${path === '/' ? 'start' : path.slice(1)}.json`, JSON.stringify(data));
        addRoute({ path, component: `@site/src/reference/${component}.tsx`, modules: { data: file }, exact: true });
      };
      await add('/', 'StartPage', contents());
      await add('/ours-and-apaches', 'OursAndApaches', counterpartRows());
      await add('/glossary', 'Glossary', glossaryRows());
      await add('/benchmarks', 'Benchmarks', proofsData());
    },
  };
}

function contents(): ContentsData {
  return {
    parts: [...new Set(chapters.map(({ part }) => part))].map((part) => ({
      title: part.title,
      about: part.about,
      chapters: chapters
        .filter((chapter) => chapter.part === part)
        .map(({ number, label, folder, isWritten }) => ({ number, label, href: chapterUrl(folder), isWritten })),
    })),
    factCount: readFacts().size,
  };
}

function counterpartRows(): CounterpartRow[] {
  return chapters
    .flatMap(({ folder }) =>
      codeOfChapter(folder)
        .filter(({ isTest }) => !isTest)
        .flatMap(({ path, name, counterparts }) =>
          counterparts.map(({ symbol, apache }) => ({
            apache,
            ours: symbol ?? name,
            href: sourceUrl(path),
            chapter: folder,
          })),
        ),
    )
    .sort((a, b) => (a.apache < b.apache ? -1 : a.apache > b.apache ? 1 : 0));
}

function glossaryRows(): GlossaryRow[] {
  return [...glossary]
    .sort((a, b) => a.term.localeCompare(b.term))
    .map(({ term, meaning, chapter }) => {
      const found = chapters.find(({ folder }) => folder === chapter);
      if (found === undefined) throw new Error(`the glossary's ${term} names chapter ${chapter}, which there is not`);
      const label = `${found.number} ${found.label}`;
      return { id: termId(term), term, meaning, chapter: { href: chapterUrl(chapter), label } };
    });
}

function proofsData(): ProofsData {
  return { coverage: coverage(), results: results() };
}

function coverage(): ProofsData['coverage'] {
  const file = join(project, 'coverage', 'facts.json');
  if (!existsSync(file)) return null;
  const { proofs } = JSON.parse(readFileSync(file, 'utf8')) as { proofs: Proof[] };
  return coverageByChapter(readFacts().values(), readLeftOut(), proofs).map((row) => ({
    ...row,
    href: `${chapterUrl(row.chapter)}/facts`,
  }));
}

/** Newest first. */
function results(): ProofsData['results'] {
  const directory = join(project, 'bench', 'results');
  if (!existsSync(directory)) return [];
  return readdirSync(directory)
    .filter((name) => name.endsWith('.json'))
    .map((name) => JSON.parse(readFileSync(join(directory, name), 'utf8')) as BenchResults)
    .sort((a, b) => (a.startedAt < b.startedAt ? 1 : -1))
    .map((result) => ({
      startedAt: result.startedAt,
      machine: result.machine,
      rounds: result.loads.length === 0 && result.startUp === null ? 1 : result.settings.rounds,
      rows: [
        ...result.loads.map((load) => resultRow(result, load, 'ops/s', ({ opsPerSecond }) => opsPerSecond)),
        ...(result.startUp ? [resultRow(result, result.startUp, 'ms', ({ startUpMs }) => startUpMs)] : []),
        ...memoryRows(result),
      ],
    }));
}

/** What one idle session costs, and one watch. */
function memoryRows(result: BenchResults): ResultRow[] {
  return (['sessions', 'watches'] as const).flatMap((what) => {
    const held = result.memory.map((ofServer) => ofServer[what]);
    const [first] = held;
    if (first === undefined) return [];
    const name = `memory of each of ${first.count.toLocaleString('en')} ${what}`;
    return [resultRow(result, { name, rounds: [held] }, 'B', ({ rssBytes, count }) => rssBytes / count)];
  });
}

function resultRow<Result>(
  { servers }: BenchResults,
  { name, rounds }: Measured<Result>,
  unit: ResultRow['unit'],
  value: (result: Result) => number,
): ResultRow {
  const valuesOf = (server: 'ours' | 'apache'): number[] => {
    const at = servers.indexOf(server);
    return at === -1 ? [] : rounds.flatMap((round) => (round[at] === undefined ? [] : [value(round[at])]));
  };
  const ours = valuesOf('ours');
  const apache = valuesOf('apache');
  const ratios = ours.length === apache.length ? ours.map((mine, round) => mine / (apache[round] ?? Number.NaN)) : [];
  return {
    name,
    unit,
    ours: median(ours),
    apache: apache.length === 0 ? null : median(apache),
    ratio:
      ratios.length === 0 ? null : { median: median(ratios), least: Math.min(...ratios), most: Math.max(...ratios) },
  };
}
