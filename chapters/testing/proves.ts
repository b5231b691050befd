/**
 * `proves('FR-05')` inside a test says which rows of the facts the test shows to be true. It counts only when the test
 * passes, and for the server that the test ran against: Apache's, ours, or none (a unit test of ours).
 *
 * The calls that were really made in tests that really passed are the coverage table; nothing is written down twice.
 */
import { TestRunner } from 'vitest';
import { type Fact, readFacts } from '#testing/facts.node.js';

declare module 'vitest' {
  interface TaskMeta {
    /** IDs of facts that the test proves if it passes. */
    proves?: string[];
    /** The server that the test ran against, when there was one: see `describeServers`. */
    server?: string;
  }
}

/**
 * To be called in the body of a test, where the fact is checked. In a branch that only one version of a server takes,
 * call it in that branch.
 *
 * @throws {Error} an ID that no `facts.md` has, or a call outside a test
 */
export function proves(...ids: string[]): void {
  const test = TestRunner.getCurrentTest();
  if (!test) throw new Error(`proves(${ids.join(', ')}) was called outside a test`);
  const known = factsById();
  for (const id of ids) {
    if (!known.has(id)) throw new Error(`there is no fact ${id}; the nearest ID is ${nearestId(id, known.keys())}`);
  }
  test.meta.proves = [...(test.meta.proves ?? []), ...ids];
}

let facts: ReadonlyMap<string, Fact> | null = null;

function factsById(): ReadonlyMap<string, Fact> {
  facts ??= readFacts();
  return facts;
}

/** The ID with the fewest letters to change. */
export function nearestId(id: string, ids: Iterable<string>): string {
  let nearest = '(none)';
  let fewest = Number.POSITIVE_INFINITY;
  for (const candidate of ids) {
    const changes = editDistance(id, candidate);
    if (changes < fewest) {
      fewest = changes;
      nearest = candidate;
    }
  }
  return nearest;
}

function editDistance(from: string, to: string): number {
  let previous = Array.from({ length: to.length + 1 }, (_, i) => i);
  for (let i = 1; i <= from.length; i++) {
    const row = [i];
    for (let j = 1; j <= to.length; j++) {
      const changed = (previous[j - 1] as number) + (from[i - 1] === to[j - 1] ? 0 : 1);
      row.push(Math.min(changed, (previous[j] as number) + 1, (row[j - 1] as number) + 1));
    }
    previous = row;
  }
  return previous[to.length] as number;
}
