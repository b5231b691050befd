/** kazoo, the Python client, run against any server: a program's text on the standard input of the system's Python. */
import { type RunResult, runProgram } from '#testing/child-process.node.js';
import { assertInstalled, peers, systemPython } from '#testing/peers.node.js';

export const kazooIsInstalled = (): boolean => peers.kazoo.isInstalled();

/**
 * Runs a program that finds `client`, a started KazooClient, and `port`; what it prints is the result. The client is
 * stopped at its end.
 * @throws {Error} (as a rejection) when kazoo is not installed, or the program fails or does not end: the message has
 *                 what it printed
 */
export async function runKazoo(port: number, program: string, host = '127.0.0.1'): Promise<RunResult> {
  assertInstalled(peers.kazoo);
  const result = await runProgram(systemPython, ['-'], { stdin: prelude(host, port) + program + epilogue });
  if (result.exitCode !== 0) throw new Error(`the program with kazoo failed:\n${result.stdout}\n${result.stderr}`);
  return result;
}

const prelude = (host: string, port: number): string => `
import logging
from kazoo.client import KazooClient
logging.basicConfig(level=logging.ERROR)
port = ${port}
client = KazooClient(hosts='${host}:${port}', timeout=10)
client.start(timeout=60)
`;

const epilogue = `
client.stop()
client.close()
`;
