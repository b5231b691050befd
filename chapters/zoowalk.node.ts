/**
 * Where the command `zoowalk` begins. Bundled, this is dist/zoowalk.js.
 *
 * In a checkout of the project whose sources are newer than that bundle, or for a lab, the bundle runs the sources in
 * its place, in the same process.
 */
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const self = fileURLToPath(import.meta.url);
const isBundle = basename(self) === 'zoowalk.js';
const project = fileURLToPath(new URL('..', import.meta.url));
const chapters = join(project, 'chapters');

// A reader of the output that goes away (`zoowalk … | head`) is no reason to stop.
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {});

const { main } = await programToRun();
await main(process.argv.slice(2), versionOfPackage());

async function programToRun(): Promise<typeof import('#07-standalone-startup/main.node.js')> {
  if (!isBundle || !existsSync(chapters) || !(isForLab() || hasSourceNewerThan(chapters, statSync(self).mtimeMs))) {
    return import('#07-standalone-startup/main.node.js');
  }
  const { register } = await import('tsx/esm/api');
  register();
  return import(pathToFileURL(join(chapters, '07-standalone-startup/main.node.ts')).href);
}

/** Whether Node was started with a condition such as `lab-15`, which puts the learner's file in the place of ours. */
function isForLab(): boolean {
  return /(?:--conditions|-C)[= ]lab-/.test(`${process.execArgv.join(' ')} ${process.env.NODE_OPTIONS ?? ''}`);
}

/** By hand, since Node's own recursive `readdir` takes several times as long, and this is on the way to every start. */
function hasSourceNewerThan(folder: string, builtMs: number): boolean {
  return readdirSync(folder, { withFileTypes: true }).some((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return hasSourceNewerThan(path, builtMs);
    return entry.name.endsWith('.ts') && !entry.name.endsWith('.test.ts') && statSync(path).mtimeMs > builtMs;
  });
}

function versionOfPackage(): string {
  return (JSON.parse(readFileSync(join(project, 'package.json'), 'utf8')) as { version: string }).version;
}
