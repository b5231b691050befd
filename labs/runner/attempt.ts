/** One attempt to break the learner's code: what a check is handed. It notes what is done, and says what was expected. */
import { isDeepStrictEqual } from 'node:util';
import { type Note, recorded, recordedFunction, showArguments } from './recorder.js';
import type { Trace } from './result.js';
import { fewOf, show } from './show.js';

/** The learner's code did not do what it should. */
export class Mismatch extends Error {
  override readonly name = 'Mismatch';
  /** What was looked at; null when it is the result of what was done last. */
  readonly subject: string | null;
  readonly expected: string;
  readonly got: string;

  /** @param last what was done last */
  constructor(subject: string | null, last: string | undefined, expected: string, got: string) {
    super(`${subject ?? last ?? 'the result'}: expected ${expected}, got ${got}`);
    this.subject = subject;
    this.expected = expected;
    this.got = got;
  }
}

/** So many of the calls are shown at the start, and at the end. */
const FIRST_CALLS = 6;
const LAST_CALLS = 10;
const INDENT = '  ';

export class Attempt {
  private readonly done: string[] = [];
  /** What was done last within each call that has not come back, the outermost first. */
  private lastAtDepth: string[] = [];
  /** How many calls have not come back: what is done now, a callback of the learner's code does. */
  private depth = 0;
  private readonly tell: (call: string) => void;

  /** @param tell is told of everything that is done, at once */
  constructor(tell: (call: string) => void = () => {}) {
    this.tell = tell;
  }

  // ------------------------------------------------------------------------------------- what is done

  /** A new object of the learner's class; everything that is called on it is noted. */
  make<A extends unknown[], T extends object>(name: string, type: new (...args: A) => T, ...args: A): T {
    this.did(`${name} = new ${type.name}(${showArguments(args)})`);
    return recorded(name, new type(...args), this.called);
  }

  /** A function of the learner's; its calls are noted. */
  function<F extends (...args: never[]) => unknown>(name: string, fn: F): F {
    return recordedFunction(name, fn, this.called);
  }

  /** Notes something that happens, for the report. What happens within a call is indented. */
  did(what: string): void {
    const line = INDENT.repeat(this.depth) + what;
    this.lastAtDepth = [...this.lastAtDepth.slice(0, this.depth), what];
    this.done.push(line);
    this.tell(line);
  }

  private readonly called: Note = (call) => {
    this.did(call);
    this.depth++;
    return () => {
      this.depth--;
    };
  };

  /** What the last value came from: not a call within the last one. */
  protected get last(): string | undefined {
    return this.lastAtDepth[this.depth];
  }

  // ---------------------------------------------------------------------------------- what is expected

  /**
   * @param what what the value is, if the last call does not say it
   * @throws {Mismatch} it is another value
   */
  equal<T>(got: T, expected: T, what?: string): void {
    if (isDeepStrictEqual(got, expected)) return;
    this.wrong(show(expected), show(got), what);
  }

  /** @throws {Mismatch} it is not so */
  holds(isSo: boolean, expected: string, got: string): void {
    if (!isSo) this.wrong(expected, got);
  }

  /** @throws {Mismatch} `run` throws nothing, or something else */
  throws(run: () => unknown, type: new (...args: never[]) => Error, what?: string): void {
    let result: unknown;
    try {
      result = run();
    } catch (error) {
      if (error instanceof type) return;
      // What goes wrong in the learner's file is told with its place.
      throw error;
    }
    this.wrong(`it throws ${type.name}`, `no error, but ${show(result)}`, what);
  }

  /** @throws {Mismatch} always */
  wrong(expected: string, got: string, what?: string): never {
    throw new Mismatch(what ?? null, this.last, expected, got);
  }

  trace(): Omit<Trace, 'printed'> {
    return { sent: fewOf(this.done, FIRST_CALLS, LAST_CALLS), seed: null, diagram: [] };
  }
}
