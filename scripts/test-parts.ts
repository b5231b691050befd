/**
 * What `npm test` consists of, in the order in which it runs: quick and plain checks first, so that a slip is told
 * before the long part begins.
 */

export interface TestPart {
  readonly name: string;
  /** What it makes sure of, for the help. */
  readonly proves: string;
  readonly command: string;
  readonly args: readonly string[];
}

/** The part whose tests are counted one by one; each other part counts as one. */
export const VITEST = 'vitest';

export const testParts: readonly TestPart[] = [
  { name: 'style', proves: 'format and lint (Biome)', command: 'biome', args: ['check', '.'] },
  { name: 'types', proves: 'types (tsc)', command: 'tsc', args: ['-p', '.'] },
  {
    name: 'floors',
    proves: 'who imports whom (dependency-cruiser)',
    command: 'depcruise',
    args: [
      '--output-type',
      'err-long',
      '--config',
      '.dependency-cruiser.mjs',
      'chapters',
      'bench',
      'scripts',
      'labs/runner',
    ],
  },
  {
    name: 'jute',
    proves: 'the generated records are those of the .jute files',
    command: 'npm',
    args: ['run', '--silent', 'jute', '--', '--check'],
  },
  {
    name: 'labs',
    proves: 'starters, answer patches and imports are those of the @lab tags',
    command: 'npm',
    args: ['run', '--silent', 'labs:generate', '--', '--check'],
  },
  { name: VITEST, proves: 'all tests', command: 'vitest', args: ['run'] },
  {
    name: 'answers',
    proves: 'starters fail, right answers pass, wrong ones and mutants are caught (labs:verify)',
    command: 'npm',
    args: ['run', '--silent', 'labs:verify'],
  },
  {
    name: 'site',
    proves: 'the site: types, build, and its tests in a browser',
    command: 'tsx',
    args: ['scripts/site.node.ts', 'test'],
  },
];
