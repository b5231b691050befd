/**
 * ZooKeeper's C client, as the program cli_mt, run against any server: one command, or line after line as a person
 * would type, each when the answer to the last has come (the program itself does not wait).
 */
import { GUARD_MS, type RunResult, runProgram, spawnTied } from '#testing/child-process.node.js';
import { assertInstalled, cClientBinary, peers } from '#testing/peers.node.js';

export const cClientIsInstalled = (): boolean => peers.cClient.isInstalled();

/**
 * Runs one command, such as `get /a`. All that it prints is in `stderr`; it ends with 0 whatever the server answered:
 * look for `rc = `.
 * @throws {Error} (as a rejection) when it is not installed or does not end
 */
export function runCClient(port: number, command: string, host = '127.0.0.1'): Promise<RunResult> {
  assertInstalled(peers.cClient);
  return runProgram(cClientBinary, ['-h', `${host}:${port}`, '-c', command]);
}

export interface CClient extends AsyncDisposable {
  /** Types a line. */
  type(line: string): void;
  /**
   * Waits until something that it printed since the last such wait matches.
   * @returns what it printed up to the end of the match
   * @throws {Error} (as a rejection) when it ends, or says nothing of the kind for very long
   */
  waitFor(pattern: RegExp): Promise<string>;
}

/** Starts it, and waits until it has a session. */
export async function openCClient(port: number, host = '127.0.0.1'): Promise<CClient> {
  assertInstalled(peers.cClient);
  const child = spawnTied(cClientBinary, ['-h', `${host}:${port}`], { stdio: ['pipe', 'pipe', 'pipe'] });
  let unread = '';
  let ended = false;
  let wake = () => {};
  const exited = new Promise<void>((resolve) => {
    child.once('close', () => {
      ended = true;
      wake();
      resolve();
    });
  });
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (text: string) => {
      unread += text;
      wake();
    });
  }

  const client: CClient = {
    type: (line) => void child.stdin?.write(`${line}\n`),
    waitFor: (pattern) =>
      new Promise((resolve, reject) => {
        const guard = setTimeout(() => reject(new Error(`no ${pattern} in ${GUARD_MS} ms:\n${unread}`)), GUARD_MS);
        wake = () => {
          const match = pattern.exec(unread);
          if (match) {
            const end = match.index + match[0].length;
            resolve(unread.slice(0, end));
            unread = unread.slice(end);
          } else if (ended) {
            reject(new Error(`the C client ended without ${pattern}:\n${unread}`));
          } else return;
          clearTimeout(guard);
          wake = () => {};
        };
        wake();
      }),
    [Symbol.asyncDispose]: async () => {
      child.stdin?.end('quit\n');
      child.kill('SIGKILL');
      await exited;
    },
  };
  await client.waitFor(/CONNECTED_STATE\n/);
  return client;
}
