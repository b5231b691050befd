/**
 * `npm run site`, `npm run site:build`, and the part `site` of `npm test`. The site has packages of its own; they are
 * installed at the first use, and again when their list has changed.
 */
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Argument, Command } from 'commander';

const project = fileURLToPath(new URL('..', import.meta.url));
const site = join(project, 'site');

const DOCUSAURUS_SETTINGS = {
  // It asks the network for a newer version of itself, and remembers pages although the code they cite has changed.
  NO_UPDATE_NOTIFIER: '1',
  DOCUSAURUS_NO_PERSISTENT_CACHE: 'true',
};

const actions = {
  /** Shows it, and shows changes at once. */
  start: async (rest: readonly string[]) => run('docusaurus', ['start', ...rest]),
  /** Into site/build. Fails on a broken link, a symbol that there is not, a warning of typedoc. */
  build: async (rest: readonly string[]) => run('docusaurus', ['build', ...rest]),
  /** Types, build, and tests of what was built. */
  test: async (rest: readonly string[]) => {
    await run('tsc', ['-p', '.']);
    await run('docusaurus', ['build']);
    await run('vitest', ['run', '--config', join(site, 'vitest.config.mts'), ...rest]);
  },
} as const satisfies Record<string, (rest: readonly string[]) => Promise<void>>;

await new Command('npm run site --')
  .description('Shows the book as a site, builds it, or tests it. What follows goes to the program behind it.')
  .addArgument(new Argument('[action]').choices(Object.keys(actions)).default('start'))
  .argument('[options...]')
  .allowUnknownOption()
  .passThroughOptions()
  .action(async (action: keyof typeof actions, rest: string[]) => {
    await installPackages();
    await actions[action](rest);
  })
  .parseAsync();

async function installPackages(): Promise<void> {
  const stamp = join(site, 'node_modules', '.zoowalk-installed');
  const wanted = createHash('sha256')
    .update(readFileSync(join(site, 'package-lock.json')))
    .digest('hex');
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return;
  console.log('Installing the packages of site/, which takes a minute or two.');
  // None of them needs to run anything to be installed.
  await run('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund']);
  writeFileSync(stamp, wanted);
}

/** Runs a program of the site's packages, of ours, or of the machine, in site/. Ends this one when it fails. */
async function run(command: string, args: readonly string[]): Promise<void> {
  const directories = [site, project].map((directory) => join(directory, 'node_modules', '.bin', command));
  const program = directories.find((path) => existsSync(path)) ?? command;
  const code = await new Promise<number>((resolve) => {
    const child = spawn(program, [...args], {
      cwd: site,
      stdio: 'inherit',
      env: { ...process.env, ...DOCUSAURUS_SETTINGS },
    });
    child.once('error', (error) => {
      console.error(`${command} can't be started: ${error.message}`);
      resolve(1);
    });
    child.once('exit', (exitCode) => resolve(exitCode ?? 1));
  });
  if (code !== 0) process.exit(code);
}
