/**
 * The project's own rules (biome.json, the .grit files, .dependency-cruiser.mjs) against a small project that breaks
 * each of them once: a rule that never fires looks just like code that is in order.
 */
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { GUARD_MS, runProgram } from '#testing/child-process.node.js';

const project = fileURLToPath(new URL('..', import.meta.url));
const scratch = mkdtempSync(join(tmpdir(), 'zoowalk-lint-'));

const RULES = ['biome.json', '.gitignore', '.dependency-cruiser.mjs', 'package.json', 'tsconfig.json', 'scripts'];

beforeAll(() => {
  for (const name of RULES) cpSync(join(project, name), join(scratch, name), { recursive: true });
  symlinkSync(join(project, 'node_modules'), join(scratch, 'node_modules'));
});
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

function write(path: string, text: string): void {
  mkdirSync(dirname(join(scratch, path)), { recursive: true });
  writeFileSync(join(scratch, path), text);
}

/** A tool of node_modules, run in the scratch project. */
const run = (tool: string, ...args: string[]) =>
  runProgram(join(project, 'node_modules/.bin', tool), args, { cwd: scratch });

/** Which file imports which, and the rule that forbids it; null for an import that is in order. */
const IMPORTS: readonly [from: string, to: string, rule: string | null][] = [
  ['00-x/a.ts', '04-x/b.ts', 'floor-world'],
  ['05-x/a.ts', '06-x/b.ts', null],
  ['05-x/a.ts', '01-x/b.ts', 'floor-wire'],
  ['03-x/a.ts', '20-x/b.ts', 'floor-state'],
  ['32-x/a.ts', '09-x/b.ts', 'floor-disk'],
  ['11-x/a.ts', '12-x/b.ts', 'floor-sessions'],
  ['12-x/a.ts', '07-x/b.ts', 'floor-chain'],
  ['12-x/a.ts', '10-x/b.ts', 'floor-chain'],
  ['12-x/a.ts', '20-x/b.ts', null],
  ['07-x/a.ts', '14-x/b.ts', 'floor-one-server'],
  ['14-x/a.ts', '15-x/b.ts', 'floor-leader-election'],
  ['15-x/a.ts', '29-x/b.ts', 'floor-fast-leader-election'],
  ['29-x/a.ts', '31-x/b.ts', 'floor-zab'],
  ['31-x/a.ts', '16-x/b.ts', 'floor-two-phase-commit'],
  ['16-x/a.ts', '18-x/b.ts', 'floor-sync'],
  ['18-x/a.ts', '17-x/b.ts', 'floor-follower'],
  ['17-x/a.ts', '19-x/b.ts', 'floor-leader'],
  ['19-x/a.ts', '08-x/b.ts', 'floor-observer'],
  ['08-x/a.ts', '26-x/b.ts', 'floor-many-servers'],
  ['08-x/a.ts', '00-x/b.ts', null],
  ['26-x/a.ts', '13-x/b.ts', 'floor-around-a-server'],
  ['10-x/a.ts', '13-x/b.ts', 'floor-client'],
  ['10-x/a.ts', '06-x/b.ts', null],
  ['13-x/a.ts', '01-x/b.ts', 'floor-curator'],
  ['24-x/a.ts', '13-x/b.ts', null],
  ['24-x/a.ts', '07-x/b.ts', 'floor-recipes'],
  ['30-x/a.ts', '08-x/b.ts', null],
  ['30-x/a.ts', '17-x/b.ts', 'floor-theory'],
  ['06-x/a.ts', '06-x/c.node.ts', 'node-files-from-roots-only'],
  ['06-x/c.node.ts', '00-x/c.node.ts', null],
  ['06-x/c.node.ts', '01-x/b.ts', 'floor-wire'],
  ['06-x/a.ts', 'testing/b.ts', 'tests-stay-out'],
  ['06-x/a.test.ts', 'testing/b.ts', null],
  ['06-x/a.test.ts', '07-x/b.ts', null],
  ['07-x/main.node.ts', '08-x/b.ts', null],
  ['index.node.ts', '10-x/b.ts', null],
];

interface Violation {
  readonly from: string;
  readonly to: string;
  readonly rule: { readonly name: string };
}

test('who may import whom', { timeout: GUARD_MS }, async () => {
  const sources = new Map<string, string>();
  const add = (path: string, line: string) => sources.set(path, (sources.get(path) ?? 'export {};\n') + line);
  for (const [from, to] of IMPORTS) {
    add(from, `import '#${to.replace('.ts', '.js')}';\n`);
    add(to, '');
  }
  add('02-x/circle.ts', "import type { B } from '#03-x/circle.js';\nexport type A = B;\n");
  add('03-x/circle.ts', "import type { A } from '#02-x/circle.js';\nexport type B = A | 0;\n");
  add('02-x/lost.ts', "import '#02-x/nowhere.js';\n");
  add('02-x/outside.ts', "import '../../scripts/build.node.js';\n");
  for (const [path, text] of sources) write(`chapters/${path}`, text);

  const { stdout } = await run('depcruise', '--config', '.dependency-cruiser.mjs', '--output-type', 'json', 'chapters');
  const { summary } = JSON.parse(stdout) as { summary: { violations: Violation[] } };
  const short = (path: string) => path.replace('chapters/', '');
  const found = summary.violations.map(({ from, to, rule }) => `${rule.name}: ${short(from)} -> ${short(to)}`);
  const forbidden = IMPORTS.filter(([, , rule]) => rule !== null);
  expect(found.sort()).toEqual(
    [
      ...forbidden.map(([from, to, rule]) => `${rule}: ${from} -> ${to}`),
      'chapters-stand-alone: 02-x/outside.ts -> scripts/build.node.ts',
      'imports-resolve: 02-x/lost.ts -> #02-x/nowhere.js',
      'no-cycles: 02-x/circle.ts -> 03-x/circle.ts',
      'node-files-from-roots-only: 02-x/outside.ts -> scripts/build.node.ts',
    ].sort(),
  );
});

/**
 * A line of a chapter's file, and words from the message that says how to mend it; null for a line that is in order. The
 * last word tells whether it is forbidden in a *.node.ts as well.
 */
const LINES: readonly [line: string, advice: string | null, inNodeFiles?: 'everywhere'][] = [
  ["import fs from 'node:fs';", 'Take what you need from the World'],
  ["import { Buffer as Bytes } from 'node:buffer';", null],
  ["import os from 'os';", 'node: protocol', 'everywhere'],
  ["import { a } from './a.js';", "import from '#NN-name/file.js'", 'everywhere'],
  ["import type { b } from '../00-x/b.js';", "import from '#NN-name/file.js'", 'everywhere'],
  ["export * from './a.js';", "import from '#NN-name/file.js'", 'everywhere'],
  ["export * from '#00-x/c.js';", null],
  ['use(Date.now());', 'world.clock.wallMs()'],
  ['use(Date.now);', 'world.clock.wallMs()'],
  ['use(new Date());', 'world.clock.wallMs()'],
  ['use(Date());', 'world.clock.wallMs()'],
  ['use(new Date(5));', null],
  ['use(Math.random());', 'world.random.integer(below)'],
  ['use(Math.floor(1.5));', null],
  ['use(performance.now());', 'world.clock.monotonicMs()'],
  ['setTimeout(use, 1);', 'world.clock.schedule'],
  ['setInterval(use, 1);', 'world.clock.schedule'],
  ['setImmediate(use);', 'world.clock.atEndOfTurn'],
  ['queueMicrotask(use);', null],
  ['use(crypto.randomUUID());', 'world.random'],
  ['use(process.pid);', 'Take it as a parameter'],
  ['console.log(use);', 'world.log'],
  ['use(Buffer.alloc(1));', "from 'node:buffer'"],
  ['use(0 as any);', 'Unexpected any', 'everywhere'],
];

test('what a file may use', { timeout: GUARD_MS }, async () => {
  // One file for each line, so that it is plain which one is meant.
  LINES.forEach(([line], index) => {
    const text = /^(?:import|export)/.test(line)
      ? line
      : `export function test(use: (value: unknown) => void) {\n  ${line}\n}`;
    write(`chapters/06-lines/${index}.ts`, `${text}\n`);
    write(`chapters/06-lines/${index}.node.ts`, `${text}\n`);
  });
  const { stderr } = await run(
    'biome',
    'lint',
    '--colors=off',
    '--max-diagnostics=none',
    '--skip=correctness',
    'chapters/06-lines',
  );
  // Each finding begins with the file's path.
  const findings = stderr.split(/\n(?=chapters\/)/);
  const saidOf = (path: string) => findings.filter((finding) => finding.startsWith(`${path}:`)).join('\n');
  LINES.forEach(([line, advice, inNodeFiles], index) => {
    const expected = (forbidden: boolean) => (forbidden && advice !== null ? expect.stringContaining(advice) : '');
    expect.soft(saidOf(`chapters/06-lines/${index}.ts`), line).toEqual(expected(true));
    expect.soft(saidOf(`chapters/06-lines/${index}.node.ts`), line).toEqual(expected(inNodeFiles === 'everywhere'));
  });
});
