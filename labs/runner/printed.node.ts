/**
 * Catches what is written to the console, from now on. What is kept has a limit, so that code that prints without end
 * costs nobody's memory.
 */

const MOST_KEPT_CHARACTERS = 4000;

/** Of the process: a file may be loaded twice. */
const KEY = Symbol.for('zoowalk.lab.printed');

export class Printed {
  private text = '';
  private leftOut = 0;

  /** Catches from now on; when somebody does already, what they have caught is shared. */
  static start(): Printed {
    const known = (globalThis as { [KEY]?: Printed })[KEY];
    if (known) return known;
    const printed = new Printed();
    Object.assign(globalThis, { [KEY]: printed });
    for (const stream of [process.stdout, process.stderr]) {
      stream.write = ((chunk: string | Uint8Array, ...rest: unknown[]): boolean => {
        printed.add(typeof chunk === 'string' ? chunk : Buffer.from(chunk).toString());
        const done = rest.find((value) => typeof value === 'function') as (() => void) | undefined;
        // At once: in a loop without end nothing that is put off would ever be done.
        done?.();
        return true;
      }) as typeof stream.write;
    }
    return printed;
  }

  /** @returns what was printed since the last call */
  take(): string {
    const text = this.leftOut === 0 ? this.text : `${this.text}\n… ${this.leftOut} more characters were printed`;
    this.text = '';
    this.leftOut = 0;
    return text;
  }

  private add(text: string): void {
    const room = MOST_KEPT_CHARACTERS - this.text.length;
    this.text += text.slice(0, room);
    this.leftOut += Math.max(0, text.length - room);
  }
}
