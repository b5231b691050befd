/**
 * Fuzzes in a thread of its own, so that somebody can tell when it hangs or takes all the memory, and on which input.
 */
import { Buffer } from 'node:buffer';
import { Worker } from 'node:worker_threads';
import type { FuzzReport } from '#testing/fuzz/fuzz.node.js';

export interface GuardedOptions {
  readonly target: string;
  readonly seed: number;
  readonly inputs: number;
  /** Plays this one input only, as `formatInput` writes it. */
  readonly input: string | null;
  /** How long one input may take before it counts as a hang; 20 s by default. */
  readonly hangMs?: number;
}

export type GuardedResult =
  | { readonly kind: 'report'; readonly report: FuzzReport }
  /** In words, with the input. */
  | { readonly kind: 'failure'; readonly message: string };

/** One input takes far below a millisecond. */
const HANG_MS = 20_000;
const POLL_MS = 200;
const MAX_HEAP_MB = 512;
const MAX_RSS_BYTES = 0x6000_0000;
/** What the thread shares: how many inputs it has begun, the length of the present one, and its text. */
const COUNT = 0;
const LENGTH = 1;
const TEXT_BYTES = 8;
const SHARED_BYTES = 0x8_0000;

/** The side of the thread: tells which input comes next. */
export class Progress {
  private readonly numbers: Int32Array;
  private readonly text: Buffer;

  constructor(shared: SharedArrayBuffer) {
    this.numbers = new Int32Array(shared, 0, 2);
    this.text = Buffer.from(shared, TEXT_BYTES);
  }

  begins(text: string): void {
    this.numbers[LENGTH] = this.text.write(text, 'latin1');
    this.numbers[COUNT] = (this.numbers[COUNT] ?? 0) + 1;
  }

  get count(): number {
    return this.numbers[COUNT] ?? 0;
  }

  get input(): string {
    return this.text.toString('latin1', 0, this.numbers[LENGTH]);
  }
}

/** What the thread is given, and what it says at the end. */
export interface ThreadData extends GuardedOptions {
  readonly shared: SharedArrayBuffer;
}

/** A thread does not inherit the loader that reads TypeScript. */
const START = `
  const { loader, thread } = require('node:worker_threads').workerData;
  import(loader).then(({ register }) => { register(); return import(thread); });
`;

/** @param thread the file that fuzzes when it is run as a thread with `ThreadData`, and posts a `GuardedResult` */
export function runGuarded(thread: URL, options: GuardedOptions): Promise<GuardedResult> {
  const shared = new SharedArrayBuffer(SHARED_BYTES);
  const progress = new Progress(shared);
  const data: ThreadData = { ...options, shared };
  return new Promise((resolve) => {
    const worker = new Worker(START, {
      eval: true,
      workerData: { ...data, thread: thread.href, loader: import.meta.resolve('tsx/esm/api') },
      resourceLimits: { maxOldGenerationSizeMb: MAX_HEAP_MB },
    });
    const { hangMs = HANG_MS } = options;
    let seen = 0;
    // Looks without progress, not time: a machine that was put to sleep is no hang.
    let idleLooks = 0;
    const end = (result: GuardedResult): void => {
      clearInterval(guard);
      void worker.terminate();
      resolve(result);
    };
    const fail = (what: string): void => {
      end({ kind: 'failure', message: `${options.target}: ${what} with input ${progress.count}:\n${progress.input}` });
    };
    const guard = setInterval(() => {
      if (process.memoryUsage.rss() > MAX_RSS_BYTES) fail('it takes more than 1.5 GB of memory');
      if (progress.count !== seen) {
        seen = progress.count;
        idleLooks = 0;
      } else if (++idleLooks * POLL_MS > hangMs) {
        fail(`it has been busy for ${hangMs / 1000} s`);
      }
    }, POLL_MS);
    worker.once('message', (result: GuardedResult) => end(result));
    worker.once('error', (error) => fail(`the thread has ended (${error.stack ?? error.message})`));
    worker.once('exit', (code) => fail(`the thread has ended with ${code}`));
  });
}
