/**
 * Makes a failing sequence short: leaves out parts of it, large ones first, and keeps what still fails. What is left is
 * a sequence of which no single part can be left out.
 */

/**
 * @param items what fails, whole
 * @param stillFails asks whether a part of it fails too, in the same way
 * @param simpler items that may take an item's place, simplest first
 */
export async function shrink<T>(
  items: readonly T[],
  stillFails: (part: readonly T[]) => Promise<boolean>,
  simpler: (item: T) => readonly T[] = () => [],
): Promise<readonly T[]> {
  let smallest = items;
  for (;;) {
    const before = smallest;
    smallest = await leaveOut(smallest, stillFails);
    smallest = await simplify(smallest, stillFails, simpler);
    if (smallest === before) return smallest;
  }
}

async function leaveOut<T>(
  items: readonly T[],
  stillFails: (part: readonly T[]) => Promise<boolean>,
): Promise<readonly T[]> {
  let smallest = items;
  for (let size = Math.ceil(items.length / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2)) {
    // from the end: what comes late seldom is the reason
    for (let end = smallest.length; end > 0; end -= size) {
      const part = [...smallest.slice(0, Math.max(0, end - size)), ...smallest.slice(end)];
      if (part.length < smallest.length && (await stillFails(part))) smallest = part;
    }
  }
  return smallest;
}

async function simplify<T>(
  items: readonly T[],
  stillFails: (part: readonly T[]) => Promise<boolean>,
  simpler: (item: T) => readonly T[],
): Promise<readonly T[]> {
  let smallest = items;
  for (let i = 0; i < smallest.length; i++) {
    for (const item of simpler(smallest[i] as T)) {
      const part = smallest.with(i, item);
      if (!(await stillFails(part))) continue;
      smallest = part;
      break;
    }
  }
  return smallest;
}
