/**
 * What the book consists of: parts, chapters, labs, and where the page of each is written.
 *
 * The text of a chapter is `chapters/NN-name/index.mdx`. As long as there is none, its page is the outline,
 * `site/outlines/NN-name.md`; writing the chapter replaces it, and nothing else has to be told.
 */
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

/** Absolute; all paths of pages are relative to it, with `/`. */
export const project = join(__dirname, '..');

export interface Part {
  readonly title: string;
  /** What it is about, in a line. */
  readonly about: string;
  /** Numbers of chapters, first and last. */
  readonly from: number;
  readonly to: number;
}

export const parts: readonly Part[] = [
  { title: 'Foundations', about: 'the world a server lives in, the tree, and the bytes', from: 0, to: 6 },
  {
    title: 'Server and client',
    about: 'one server, from its first line to a client that survives it',
    from: 7,
    to: 13,
  },
  { title: 'The ensemble', about: 'several servers that act as one', from: 14, to: 20 },
  { title: 'In practice', about: 'what one builds with it, and how one runs it', from: 21, to: 27 },
  { title: 'Theory and storage', about: 'why it is right, how it is kept, and what came after', from: 28, to: 33 },
];

export interface Chapter {
  /** Two digits. */
  readonly number: string;
  /** `06-network-protocol` */
  readonly folder: string;
  /** As it stands in the sidebar. */
  readonly label: string;
  readonly part: Part;
  /** From the project's folder on. */
  readonly page: string;
  readonly isWritten: boolean;
  /** From the project's folder on; null when nothing is known about Apache's side. */
  readonly facts: string | null;
}

/** In the order of the book. */
const titles: readonly (readonly [folder: string, label: string])[] = [
  ['00-introduction', 'Introduction'],
  ['01-data-model', 'The data model'],
  ['02-watch', 'Watches'],
  ['03-acl', 'Access control'],
  ['04-serialization', 'Serialization'],
  ['05-jute', 'Jute'],
  ['06-network-protocol', 'The network protocol'],
  ['07-standalone-startup', 'A server starts'],
  ['08-cluster-startup', 'An ensemble starts'],
  ['09-session-creation', 'Sessions'],
  ['10-client-cnxn', 'The client'],
  ['11-session-buckets', 'Session expiry'],
  ['12-request-processors', 'Request processors'],
  ['13-curator', 'A fluent client'],
  ['14-leader-election', 'Why a leader'],
  ['15-fast-leader-election', 'Fast leader election'],
  ['16-leader-follower-sync', 'Synchronization'],
  ['17-leader', 'The leader'],
  ['18-follower', 'The follower'],
  ['19-observer', 'The observer'],
  ['20-data-files', 'Files on disk'],
  ['21-distributed-lock', 'Distributed locks'],
  ['22-distributed-id', 'Distributed ids'],
  ['23-load-balancing', 'Load balancing'],
  ['24-kafka-and-dubbo', 'Kafka and Dubbo'],
  ['25-production-ensemble', 'A production ensemble'],
  ['26-monitoring', 'Monitoring'],
  ['27-log-purging', 'Purging logs'],
  ['28-two-and-three-phase-commit', 'Two and three phases'],
  ['29-zab', 'ZAB'],
  ['30-zab-and-paxos', 'ZAB and Paxos'],
  ['31-two-phase-commit-in-zookeeper', 'Two phases in ZooKeeper'],
  ['32-storage', 'Storage'],
  ['33-outlook', 'Outlook'],
];

export const chapters: readonly Chapter[] = titles.map(([folder, label], index) => {
  const written = `chapters/${folder}/index.mdx`;
  const facts = `chapters/${folder}/facts.md`;
  const isWritten = isFile(written);
  return {
    number: folder.slice(0, 2),
    folder,
    label,
    part: parts.find(({ from, to }) => from <= index && index <= to) as Part,
    page: isWritten ? written : `site/outlines/${folder}.md`,
    isWritten,
    facts: isFile(facts) ? facts : null,
  };
});

export interface Lab {
  /** Two digits: the chapter it belongs to. */
  readonly number: string;
  readonly folder: string;
  readonly page: string;
}

/** Those that have a README, by number. */
export const labs: readonly Lab[] = (isFile('labs') ? readdirSync(join(project, 'labs')) : [])
  .filter((folder) => /^\d\d-/.test(folder) && isFile(`labs/${folder}/README.md`))
  .sort()
  .map((folder) => ({ number: folder.slice(0, 2), folder, page: `labs/${folder}/README.md` }));

/** What all labs have in common. */
export const labsPage = 'labs/README.md';

/** Where typedoc writes to; generated, never committed. */
export const apiDirectory = 'site/api';

/** The page of a chapter on the site. */
export const chapterUrl = (folder: string): string => `/chapters/${folder}`;

/** The chapter that a file of the project belongs to; null for others. */
export function chapterOf(path: string): Chapter | null {
  const folder = /(?:chapters|outlines)\/(\d\d-[^/.]+)/.exec(path)?.[1];
  return chapters.find((chapter) => chapter.folder === folder) ?? null;
}

function isFile(path: string): boolean {
  return existsSync(join(project, path));
}

/** All pages that are texts, from the project's folder on; a pattern for those that are generated. */
export function allPages(): string[] {
  return [
    ...chapters.map(({ page }) => page),
    ...chapters.flatMap(({ facts }) => (facts === null ? [] : [facts])),
    labsPage,
    ...labs.map(({ page }) => page),
    `${apiDirectory}/**/*.md`,
  ];
}

/** What the docs plugin calls a page. */
export const pageId = (page: string): string => page.replace(/\.mdx?$/, '');
