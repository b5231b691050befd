/** The verbs of `npm run lab`. What they do is in verbs/. */
import { join } from 'node:path';
import { Command, InvalidArgumentError } from 'commander';
import { type Lab, LabError, labNamed, project } from './project.node.js';
import { terminalPaint } from './terminal.node.js';
import { autograder } from './verbs/autograder.node.js';
import { gradeClass } from './verbs/class.node.js';
import { doctor } from './verbs/doctor.node.js';
import { diff, reset, solution, update } from './verbs/file-verbs.node.js';
import { gradescope } from './verbs/gradescope.node.js';
import { hint } from './verbs/hint.node.js';
import { list } from './verbs/list.node.js';
import { picture } from './verbs/picture.node.js';
import { run, watch } from './verbs/run.node.js';
import { serve } from './verbs/serve.node.js';
import { wrong } from './verbs/wrong.node.js';

/** Those that npm could take for itself. */
export const VERB_FLAGS = ['json', 'check', 'seed', 'with', 'seeds', 'lab', 'out', 'spoil', 'ascii', 'whole', 'all'];

const HELP = `
A verb comes after the number, flags come after --:

  npm run lab                        the labs, and how far you are
  npm run lab 11                     grade your file; at first, get the starter
  npm run lab 11 watch               the same, each time the file is saved
  npm run lab 11 hint                the next hint
  npm run lab 11 -- --check u3       one check, with everything that it does
  npm run lab 11 serve               a real server on your file
`;

const SERVE_HELP = `
It listens on port 2181, and keeps its data in ./zoowalk-data. To have it otherwise:

  npm run lab 11 serve -- -D clientPort=2182 -D dataDir=/tmp/zoo
  npm run lab 11 serve -- zoo.cfg
`;

/** Those that stand before the number, or have none. */
const FIRST_VERBS = new Set(['class', 'autograder', 'gradescope', 'list', 'doctor', 'help']);

/** What people type after `npm run lab`: the number before the verb, and flags after `--`. */
function typedForm(command: Command): string {
  const name = command.name();
  if (command.parent === null) return '[number] [verb] -- [options]';
  const words = command.registeredArguments.map((argument) => {
    const text = `${argument.name()}${argument.variadic ? '...' : ''}`;
    return argument.required ? `<${text}>` : `[${text}]`;
  });
  if (FIRST_VERBS.has(name))
    return ['--', name, ...words, '[options]'].join(' ').replace(/^-- (list|doctor|help)/, '$1 --');
  const verb = name === 'run' ? [] : [name];
  return [...words.slice(0, 1), ...verb, ...words.slice(1), '-- [options]'].join(' ');
}

/** @param labs all that there are */
export function programOf(labs: readonly Lab[]): Command {
  const labOf = (name: string): Lab => labNamed(labs, name);
  const program = new Command('npm run lab')
    .description('The labs of Zoowalk: your file takes the place of ours, in the whole system.')
    .helpCommand('help [verb]', 'what a verb does')
    .addHelpText('after', HELP)
    .configureHelp({
      showGlobalOptions: false,
      sortSubcommands: false,
      commandUsage: (command) => `npm run lab ${typedForm(command)}`,
      subcommandTerm: (command) => typedForm(command).replace(' -- [options]', ''),
      helpWidth: terminalPaint().terminal.width,
    })
    .exitOverride();
  const verb = (name: string, summary: string): Command =>
    program.command(name).description(summary).option('--ascii', 'no signs beyond ASCII');

  verb('list', 'the labs, and how far you are')
    .option('--json', 'as JSON')
    .action((options) => list(labs, options));
  verb('run', 'grade your file')
    .argument('<lab>', 'its number', labOf)
    .option('--check <ids>', 'only these checks, such as u3 or s1,s2', idsOf)
    .option('--seed <number>', 'with --check: one simulated run, shown from beginning to end', seedOf)
    .option('--all', 'go on after a layer that fails')
    .option('--whole', 'with --check: all of a run, however long it is')
    .option('--with <labs>', 'other labs of yours to run at the same time, such as 04,09', (text) =>
      text.split(',').map(labOf),
    )
    .option('--json', 'the result as JSON')
    .action(run);
  verb('watch', 'grade your file each time that it is saved')
    .argument('<lab>', 'its number', labOf)
    .option('--check <ids>', 'only these checks', idsOf)
    .action(watch);
  verb('hint', 'the next hint')
    .argument('<lab>', 'its number', labOf)
    .argument('[gap]', 'such as 11.2; without it, the gap that failed last')
    .action(hint);
  verb('diff', 'what you have changed in the starter').argument('<lab>', 'its number', labOf).action(diff);
  verb('reset', 'begin anew; your file is kept under another name')
    .argument('<lab>', 'its number', labOf)
    .action(reset);
  verb('update', 'take the changes of a new starter into your file')
    .argument('<lab>', 'its number', labOf)
    .action(update);
  verb('solution', 'how we did it; after a pass, or with --spoil')
    .argument('<lab>', 'its number', labOf)
    .option('--spoil', 'show it before you have passed')
    .action(solution);
  verb('wrong', 'how a known misconception fails; without a name, which there are, after a pass or with --spoil')
    .argument('<lab>', 'its number', labOf)
    .argument('[name]', 'such as touch-only-later')
    .option('--spoil', 'list them before you have passed')
    .action(wrong);
  verb('serve', 'the real server, with your file in it')
    .argument('<lab>', 'its number', labOf)
    .argument('[zoo.cfg...]', 'arguments for `zoowalk server`')
    .option('--with <labs>', 'other labs of yours that take part', (text) => text.split(',').map(labOf))
    .allowUnknownOption()
    .addHelpText('after', SERVE_HELP)
    .action(serve);
  verb('picture', 'what your file does among real servers, for labs that have a picture')
    .argument('<lab>', 'its number', labOf)
    .action(picture);
  verb('doctor', 'what is not as it should be on this machine')
    .option('--json', 'as JSON')
    .action((options) => doctor(labs, options));
  verb('class', 'for teachers: grade a folder of submissions to CSV and JSON')
    .argument('<folder>', 'a folder or a file for each submission')
    .option('--lab <lab>', 'which lab, when the names of the files do not tell', labOf)
    .option('--seeds <file>', 'your own seeds for the simulated runs, numbers with spaces or lines between')
    .option('--out <folder>', 'where grades.csv and grades.json go; default: beside the submissions')
    .action((folder, options) => gradeClass(labs, folder, options));
  verb('autograder', 'for teachers: a Gradescope zip and a GitHub Classroom workflow')
    .argument('<lab>', 'its number', labOf)
    .option('--seeds <file>', 'your own seeds for the simulated runs')
    .option('--out <folder>', 'where they go', 'autograder')
    .action(autograder);
  program
    .command('gradescope', { hidden: true })
    .argument('<lab>', 'its number', labOf)
    .argument('<folder>')
    .argument('<results.json>')
    .option('--seeds <file>')
    .action(gradescope);
  return program;
}

/** The number comes first when people type: `11 hint` is `hint 11`, and `11` is `run 11`. */
export function normalize(args: readonly string[], labs: readonly Lab[], here: Lab | null): string[] {
  const [first, second, ...rest] = args;
  if (first === undefined || (first.startsWith('-') && first !== '--help' && first !== '-h')) {
    return here === null ? ['list', ...args] : ['run', here.number, ...args];
  }
  if (!isLabName(labs, first)) return [...args];
  labNamed(labs, first);
  if (second === undefined || second.startsWith('-')) return ['run', first, ...args.slice(1)];
  return [second, first, ...rest];
}

/** Whether a word names a lab, though maybe one that there is not. */
export const isLabName = (labs: readonly Lab[], word: string): boolean =>
  /^\d+$/.test(word) || labs.some(({ folder }) => folder === word || folder.slice(3) === word);

/** The lab in whose folder npm was called. */
export function initialCwdLab(labs: readonly Lab[]): Lab | null {
  const cwd = process.env.INIT_CWD;
  if (cwd === undefined) return null;
  return (
    labs.find(({ folder }) =>
      [join(project, 'labs', folder), join(project, 'chapters', folder)].some((path) => cwd.startsWith(path)),
    ) ?? null
  );
}

function idsOf(text: string): string[] {
  const ids = text.split(',');
  const wrong = ids.find((id) => !/^[usb]\d+$/.test(id));
  if (wrong !== undefined)
    throw new InvalidArgumentError(`"${wrong}" is no check; the table of a run has them: u3, s1, b2.`);
  return ids;
}

function seedOf(text: string): number {
  if (/^\d+$/.test(text)) return Number(text);
  throw new InvalidArgumentError('A seed is a whole number.');
}

export { LabError };
