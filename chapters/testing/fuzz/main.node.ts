/**
 * `npm run fuzz`: changes inputs at random, keeps those that reach new code, and looks whether each is borne. A run that
 * finds nothing ends with how the inputs went; one that does prints the input, and `--input` plays it again.
 */
import { Command, InvalidArgumentError } from 'commander';
import { type GuardedOptions, runGuarded } from '#testing/fuzz/guarded-run.node.js';
import { fuzzReport } from '#testing/fuzz/report.js';

/** In the order of the way of bytes: from a socket, then from a disk. */
const TARGETS = ['server', 'client', 'decoder', 'log', 'snapshot'];

interface Options {
  readonly target?: string[];
  readonly seed: number;
  readonly inputs: number;
  readonly input?: string;
}

const program = new Command('npm run fuzz --')
  .description('Gives changed bytes to whatever reads bytes of a stranger.')
  .option('--target <names>', `with commas between them: ${TARGETS.join(', ')}; all by default`, targetsOf)
  .option('--seed <number>', 'of the changes', wholeNumber, Date.now() % 1_000_000)
  .option('--inputs <number>', 'how many for each target', wholeNumber, 100_000)
  .option('--input <line>', 'plays one input that an earlier run has printed; needs --target')
  .action(async (options: Options) => {
    process.exitCode = await runAll(options);
  });
await program.parseAsync();

async function runAll({ target = TARGETS, seed, inputs, input }: Options): Promise<number> {
  for (const name of target) {
    const options: GuardedOptions = { target: name, seed, inputs, input: input ?? null };
    const startMs = performance.now();
    const result = await runGuarded(new URL('./thread.node.ts', import.meta.url), options);
    if (result.kind === 'failure') {
      console.log(`${result.message}\nPlay it again: npm run fuzz -- --target ${name} --input '<the line above>'`);
      return 1;
    }
    console.log(fuzzReport(name, seed, result.report, performance.now() - startMs));
  }
  return 0;
}

/** @throws {InvalidArgumentError} */
function targetsOf(names: string): string[] {
  const targets = names.split(',');
  const unknown = targets.find((name) => !TARGETS.includes(name));
  if (unknown !== undefined) throw new InvalidArgumentError(`There is no "${unknown}".`);
  return targets;
}

/** @throws {InvalidArgumentError} */
function wholeNumber(text: string): number {
  if (!/^\d+$/.test(text)) throw new InvalidArgumentError('It has to be a whole number.');
  return Number(text);
}
