/** What the benchmark asks of a load generator, and what it gets back: the messages between the two processes. */

export interface Load {
  readonly sessions: number;
  /** Requests that each session has on the way at any moment. */
  readonly outstanding: number;
}

export interface LoadPlan extends Load {
  readonly workload: string;
  readonly port: number;
  /** Whose CPU time and memory to read. */
  readonly serverPid: number;
  /** The same load, before anything is counted. */
  readonly warmUpMs: number;
  readonly measuredMs: number;
}

export interface LoadResult {
  readonly seconds: number;
  readonly operations: number;
  readonly opsPerSecond: number;
  readonly p50Us: number;
  readonly p99Us: number;
  readonly p999Us: number;
  readonly maxUs: number;
  /** Replies with an error, by the name of the code, over the whole run. Any makes the run a failure. */
  readonly errors: Readonly<Record<string, number>>;
  /** CPU seconds per second; 1 is one core busy all the time. */
  readonly generatorCores: number;
  /** null where /proc does not tell. */
  readonly serverCores: number | null;
  readonly serverRssBytes: number | null;
}

export type GeneratorMessage =
  | { readonly type: 'result'; readonly result: LoadResult }
  | { readonly type: 'failed'; readonly message: string };

/** `10:16` is ten sessions with 16 outstanding requests each. */
export const loadName = (load: Load): string => `${load.sessions}:${load.outstanding}`;

/** @throws {RangeError} when the text is not of the form `sessions:outstanding`, both from 1 to 10 000 */
export function parseLoad(text: string): Load {
  const [, sessions, outstanding] = /^(\d{1,5}):(\d{1,5})$/.exec(text) ?? [];
  const load = { sessions: Number(sessions), outstanding: Number(outstanding) };
  for (const value of [load.sessions, load.outstanding]) {
    if (!(value >= 1 && value <= 10_000)) {
      throw new RangeError(`"${text}" is no load: write sessions:outstanding, such as 10:16, each from 1 to 10000`);
    }
  }
  return load;
}
