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

export class Attempt {
  protected readonly sent: string[] = [];
  private readonly tell: Note;

  /** @param tell is told of everything that is done, at once */
  constructor(tell: Note = () => {}) {
    this.tell = tell;
  }

  // ------------------------------------------------------------------------------------- what is done

  /** A new object of the learner's class; everything that is called on it is noted. */
  make<A extends unknown[], T extends object>(name: string, type: new (...args: A) => T, ...args: A): T {
    this.did(`${name} = new ${type.name}(${showArguments(args)})`);
    return recorded(name, new type(...args), (call) => this.did(call));
  }

  /** A function of the learner's; its calls are noted. */
  function<F extends (...args: never[]) => unknown>(name: string, fn: F): F {
    return recordedFunction(name, fn, (call) => this.did(call));
  }

  /** Notes something that happens, for the report. */
  did(what: string): void {
    this.sent.push(what);
    this.tell(what);
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
    throw new Mismatch(what ?? null, this.sent.at(-1), expected, got);
  }

  trace(): Omit<Trace, 'printed'> {
    return { sent: fewOf(this.sent, FIRST_CALLS, LAST_CALLS), seed: null, diagram: [] };
  }
}
