/** `npm run lab 11 serve`: the real server, with the learner's file in it, for any ZooKeeper client. */
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { constants } from 'node:os';
import { shownPath, startIfNew } from '../learner-file.node.js';
import { wrap } from '../paint.js';
import { type Lab, LabError, ownWorkspace, readText } from '../project.node.js';
import { terminalPaint } from '../terminal.node.js';
import { unwrittenGaps } from '../unwritten.js';

/** A server that was told to stop closes its files first. */
const STOP_WITHIN_MS = 5000;

export async function serve(
  lab: Lab,
  args: readonly string[],
  flags: { readonly with?: readonly Lab[] },
): Promise<void> {
  const labs = [lab, ...(flags.with ?? [])];
  for (const each of labs) sayWhatServes(each);
  const bundle = ownWorkspace.path('dist', 'zoowalk.js');
  if (!existsSync(bundle)) throw new LabError('dist/ has not been built yet: npm run build');
  // The bundle sees the conditions, and runs the sources in its own process.
  const conditions = labs.map(({ condition }) => `--conditions=${condition}`);
  const server = spawn(process.execPath, [...conditions, bundle, 'server', ...args], {
    cwd: process.env.INIT_CWD ?? process.cwd(),
    stdio: 'inherit',
  });
  const stop = (signal: NodeJS.Signals): void => {
    server.kill(signal);
    setTimeout(() => server.kill('SIGKILL'), STOP_WITHIN_MS).unref();
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => stop(signal));
  process.exitCode = await new Promise<number>((resolve) => {
    server.once('exit', (code, signal) => resolve(code ?? 128 + constants.signals[signal ?? 'SIGTERM']));
  });
}

function sayWhatServes(lab: Lab): void {
  startIfNew(ownWorkspace, lab);
  const path = ownWorkspace.learnerFile(lab);
  tell(`With your ${shownPath(ownWorkspace, path)} in the place of chapters/${lab.folder}/${lab.manifest.file}.`);
  const open = unwrittenGaps(readText(path));
  if (open.length > 0) tell(`Not written yet: ${open.join(', ')}. The server stops when it comes there.`);
}

function tell(text: string): void {
  process.stdout.write(`${wrap(text, terminalPaint().terminal.width, false).join('\n')}\n`);
}
