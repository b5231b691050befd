/** From what was thrown in a check to what the learner is told. */
import { Mismatch } from './attempt.js';
import type { Failure, Place, Trace } from './result.js';
import { showError } from './show.js';
import { unwrittenOf } from './unwritten.js';

/** @param learnerFile to find the place in the stack; null when it is not known */
export function failureOf(thrown: unknown, trace: Trace, learnerFile: string | null): Failure {
  const place = placeIn(thrown, learnerFile);
  const failure = (kind: Failure['kind'], summary: string, expected: string | null, got: string): Failure => {
    return { ...trace, kind, summary, subject: null, expected, got, place };
  };
  if (thrown instanceof Mismatch)
    return {
      ...failure('wrong', thrown.message, thrown.expected, thrown.got),
      subject: thrown.subject,
      place: null,
    };
  const unwritten = thrown instanceof Error ? unwrittenOf(thrown.message) : null;
  if (unwritten) {
    const what = `gap ${unwritten.id} is not written yet: ${unwritten.symbol}`;
    return { ...failure('unwritten', what, null, what), unwritten };
  }
  // By its name: whoever runs unit checks does not load the simulator.
  if (thrown instanceof Error && thrown.name === 'SimulationError') {
    const what = withoutEnd(thrown.message);
    return failure('hang', what, 'the run goes on to its end', what);
  }
  const what = showError(thrown);
  return failure('error', what, null, what);
}

/** The topmost line of the stack that is in the learner's file. */
export function placeIn(thrown: unknown, learnerFile: string | null): Place | null {
  if (learnerFile === null || !(thrown instanceof Error) || thrown.stack === undefined) return null;
  for (const line of thrown.stack.split('\n')) {
    const at = line.lastIndexOf(learnerFile);
    const match = at < 0 ? null : /^:(\d+):(\d+)/.exec(line.slice(at + learnerFile.length));
    if (match) return { line: Number(match[1]), column: Number(match[2]) };
  }
  return null;
}

/**
 * What a run that has no end is busy with.
 * @param message of the simulation: what it waited for, then the last events, a line each
 */
function withoutEnd(message: string): string {
  const [firstLine = '', ...events] = message.split('\n');
  const what = firstLine.replace(/ \(seed \d+, ([\d.]+) ms of simulated time\).*$/, ', at $1 ms');
  const counts = new Map<string, number>();
  for (const event of events) {
    const name = event.replace(/^\s*[\d.]+ ms\s+/, '');
    counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  const last = [...counts].map(([name, count]) => `${count} times "${name}"`).join(', ');
  return last === '' ? what : `${what}; the last ${events.length}: ${last}`;
}
