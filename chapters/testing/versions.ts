/** Compares releases of Apache ZooKeeper as the column "Since" of the facts writes them. */

/** The release whose behaviour we follow. */
export const OUR_VERSION = '3.9.5';

/**
 * @param version three numbers: `3.8.0`
 * @param since one release (`3.9.0`), or the first ones of several lines (`3.8.4/3.9.2`): then a version of one of
 *              these lines has it from its line's release on, and a version of a later line has it
 */
export function isAtLeast(version: string, since: string): boolean {
  const wanted = numbersOf(version);
  const firsts = since.split('/').map(numbersOf).sort(compare);
  const sameLine = firsts.find((first) => first[0] === wanted[0] && first[1] === wanted[1]);
  const last = firsts.at(-1) as Numbers;
  return compare(wanted, sameLine ?? last) >= 0;
}

type Numbers = readonly [number, number, number];

function numbersOf(version: string): Numbers {
  const match = /^(\d+)\.(\d+)(?:\.(\d+))?$/.exec(version);
  if (!match) throw new Error(`"${version}" is no version; one looks like 3.9.0`);
  return [Number(match[1]), Number(match[2]), Number(match[3] ?? 0)];
}

function compare(a: Numbers, b: Numbers): number {
  return a[0] - b[0] || a[1] - b[1] || a[2] - b[2];
}
