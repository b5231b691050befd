/** Apache's shell, zkCli.sh, run against any server: a script on its standard input, or one command. */
import { type RunResult, runProgram } from '#testing/child-process.node.js';
import { assertInstalled, peers, zkCliScript } from '#testing/peers.node.js';

export interface ZkCliOptions {
  readonly host?: string;
  readonly port: number;
  /** Options before the command, such as `-r`. */
  readonly options?: readonly string[];
  /** System properties of the client, without `-D`. */
  readonly properties?: Readonly<Record<string, string>>;
}

export const zkCliIsInstalled = (): boolean => peers.zkCli.isInstalled();

/**
 * Types the commands, one a line, then `quit`, and waits for the end. The exit code is that of the last command that
 * was not `quit`.
 * @throws {Error} (as a rejection) when it is not installed or does not end
 */
export function runZkCli(options: ZkCliOptions, commands: readonly string[]): Promise<RunResult> {
  return run(options, [], [...commands, 'quit', ''].join('\n'));
}

/** Runs one command, given as its words; its exit code says whether it succeeded. */
export function runZkCliCommand(options: ZkCliOptions, ...command: string[]): Promise<RunResult> {
  return run(options, command, '');
}

async function run(options: ZkCliOptions, command: readonly string[], stdin: string): Promise<RunResult> {
  assertInstalled(peers.zkCli);
  const { host = '127.0.0.1', port, properties = {} } = options;
  const jvmFlags = [
    '-XX:+UseSerialGC',
    '-XX:TieredStopAtLevel=1',
    ...Object.entries(properties).map(([key, value]) => `-D${key}=${value}`),
  ];
  const args = ['-server', `${host}:${port}`, '-waitforconnection', ...(options.options ?? []), ...command];
  const result = await runProgram(zkCliScript, args, { stdin, env: { CLIENT_JVMFLAGS: jvmFlags.join(' ') } });
  // The package comes without a logger, and the library complains about that.
  return { ...result, stderr: result.stderr.replaceAll(/^SLF4J: .*\n/gm, '') };
}
