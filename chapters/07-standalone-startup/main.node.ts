/** The program `zoowalk`: finds the subcommand, and loads no other. */
import { Command, CommanderError } from 'commander';
import { ExitCode } from '#07-standalone-startup/exit-code.js';

interface Subcommand {
  readonly name: string;
  readonly summary: string;
  /** @param exit to be told the exit code, unless the process is to go on until nothing is left to do */
  load(exit: (code: number) => void): Promise<Command>;
}

/** To come: cli, lab, ensemble, bench, sim. */
const SUBCOMMANDS: readonly Subcommand[] = [
  {
    name: 'server',
    summary: 'run a server',
    load: async (exit) => (await import('#07-standalone-startup/server-command.node.js')).serverCommand(exit),
  },
];

/**
 * @param args what follows `zoowalk`
 * @param version what `--version` prints
 */
export async function main(args: readonly string[], version: string): Promise<void> {
  const program = new Command('zoowalk')
    .description('A ZooKeeper server, its client and its tools.')
    .version(version)
    .exitOverride();
  for (const { name, summary, load } of SUBCOMMANDS) {
    // Named ones only: `zoowalk server` should not wait until a shell or a benchmark is loaded.
    const subcommand = args.includes(name) ? await load(process.exit) : new Command(name).summary(summary);
    program.addCommand(subcommand.copyInheritedSettings(program));
  }
  try {
    await program.parseAsync(args, { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    // It has said what is wrong, or printed the help that was asked for.
    process.exitCode = error.exitCode === 0 ? ExitCode.finished : ExitCode.invalidInvocation;
  }
}
