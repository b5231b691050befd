/**
 * `npm run lab`: the labs.
 *
 *     npm run lab                    which there are, and how far you are
 *     npm run lab 11                 grade your file of lab 11; the first time it puts the starter there
 *     npm run lab 11 hint            a verb comes after the number
 *     npm run lab 11 -- --check u3   flags come after --
 */
import { CommanderError } from 'commander';
import { initialCwdLab, isLabName, normalize, programOf, VERB_FLAGS } from './commands.node.js';
import { swallowedFlags } from './npm-flags.js';
import { wrap } from './paint.js';
import { lastLab } from './progress.node.js';
import { allLabs, LabError, ownWorkspace } from './project.node.js';
import { terminalPaint } from './terminal.node.js';

try {
  const labs = await allLabs();
  const args = process.argv.slice(2);
  const here = initialCwdLab(labs);
  const lab = here ?? lastLab(ownWorkspace, labs);
  const known = { isLab: (word: string) => isLabName(labs, word), lab: lab && String(Number(lab.number)) };
  const swallowed = swallowedFlags(VERB_FLAGS, args, process.env, known);
  if (swallowed !== null) throw new LabError(swallowed);
  const program = programOf(labs);
  await program.parseAsync(normalize(args, labs, here), { from: 'user' });
} catch (error) {
  if (error instanceof LabError) {
    const { width } = terminalPaint({}, process.stderr).terminal;
    console.error(`\n${wrap(error.message, width, false).join('\n')}`);
  } else if (!(error instanceof CommanderError)) throw error;
  process.exitCode = error instanceof CommanderError && error.exitCode === 0 ? 0 : 2;
}
// A process that was killed, or a module that keeps a timer, must not keep the terminal.
process.exit();
