/**
 * A program that a test talks with while it runs: it types lines, and waits until the program has said something.
 */
import { GUARD_MS, spawnTied } from '#testing/child-process.node.js';

export interface Conversation extends AsyncDisposable {
  /** Types a line. */
  type(line: string): void;
  /**
   * Waits until something that it printed since the last such wait matches.
   * @returns what it printed up to the end of the match
   * @throws {Error} (as a rejection) when it ends, or says nothing of the kind for very long
   */
  waitFor(pattern: RegExp): Promise<string>;
}

/** Starts it. What it prints to its standard output and to its standard error is one text. */
export function converse(command: string, args: readonly string[]): Conversation {
  const child = spawnTied(command, args, { stdio: ['pipe', 'pipe', 'pipe'] });
  let unread = '';
  let hasEnded = false;
  let wake = (): void => {};
  const ended = new Promise<void>((resolve) => {
    child.once('error', (error) => {
      unread += error.message;
    });
    child.once('close', () => {
      hasEnded = true;
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
  // That it ended is told by the next `waitFor`.
  child.stdin?.on('error', () => {});

  return {
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
          } else if (hasEnded) {
            reject(new Error(`${command} ended without ${pattern}:\n${unread}`));
          } else return;
          clearTimeout(guard);
          wake = () => {};
        };
        wake();
      }),
    [Symbol.asyncDispose]: async () => {
      child.kill('SIGKILL');
      await ended;
    },
  };
}
