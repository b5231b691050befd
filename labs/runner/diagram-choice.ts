/** Which lines of a long run are worth showing: how it began, how it ended, and what has to do with what is wrong. */
import type { DiagramEntry } from './result.js';

export interface DiagramLimits {
  /** So many of the beginning … */
  readonly first: number;
  /** … of the end … */
  readonly last: number;
  /** … and, of those between, so many of the last ones that tell of what is wrong. */
  readonly telling: number;
}

/**
 * @param said what is said about the failure; what it names is looked for in the run. Null when there is none.
 * @returns places in `entries`, in order; all of them when they are not too many
 */
export function chosenPlaces(
  entries: readonly DiagramEntry[],
  said: string | null,
  { first, last, telling }: DiagramLimits,
): number[] {
  const all = [...entries.keys()];
  if (all.length <= first + last + telling) return all;
  const [begin, end] = [all.slice(0, first), all.slice(-last)];
  const between = all.slice(first, -last);
  const isTelling = tellingOf(entries, said ?? '');
  const subject = between.filter((place) => isTelling(entries[place] as DiagramEntry)).slice(-telling);
  // When there are not enough of them, the room is for how it ended.
  const isChosen = new Set(subject);
  const others = between.filter((place) => !isChosen.has(place));
  const filling = others.slice(others.length - (telling - subject.length));
  return withoutSmallHoles([...begin, ...[...subject, ...filling].sort((a, b) => a - b), ...end]);
}

/** Instead of "1 more" there is room for that one. */
function withoutSmallHoles(places: readonly number[]): number[] {
  return places.flatMap((place, index) => {
    const before = places[index - 1];
    return before !== undefined && place === before + 2 ? [place - 1, place] : [place];
  });
}

/** By the paths that are named; without any, by the clients. What the check itself did tells always. */
function tellingOf(entries: readonly DiagramEntry[], said: string): (entry: DiagramEntry) => boolean {
  const paths = [...new Set(said.match(/\/[\w/-]*\w/g) ?? [])];
  if (paths.length > 0) return ({ kind, text }) => kind === 'note' || paths.some((path) => mentions(text, path));
  const machines = new Set(entries.flatMap(({ from, to }) => [from, to]).filter((name) => name !== ''));
  const names = [...machines].filter((name) => name !== SERVER && mentions(said, name));
  if (names.length === 0) return ({ kind }) => kind === 'note';
  return ({ kind, from, to, text }) =>
    kind === 'note' || names.some((name) => name === from || name === to || mentions(text, name));
}

/** What the simulated server calls its machine; all runs are about it. */
const SERVER = 'server';

/** As a whole word: `/n1` is not in `/n10`. */
function mentions(text: string, word: string): boolean {
  for (let at = text.indexOf(word); at >= 0; at = text.indexOf(word, at + 1)) {
    if (!/\w/.test(text[at - 1] ?? ' ') && !/[\w-]/.test(text[at + word.length] ?? ' ')) return true;
  }
  return false;
}
