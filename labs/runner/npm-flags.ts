/**
 * npm takes flags for itself unless they come after `--`: `npm run lab 11 --json` runs the lab without `--json`, in
 * silence. What npm took is in its environment variables, so it can be told.
 */

export interface Known {
  readonly isLab: (word: string) => boolean;
  /** The number of the lab that is most likely meant when none is named; null when nobody can tell. */
  readonly lab: string | null;
}

/** What the value of a flag looks like; npm has kept the flag, and left its value among the other words. */
const VALUES: Readonly<Record<string, { readonly pattern: RegExp; readonly example: string }>> = {
  check: { pattern: /^[usb]\d+(?:,[usb]\d+)*$/, example: 's1' },
  seed: { pattern: /^\d+$/, example: '1001' },
  with: { pattern: /^\d+(?:,\d+)*$/, example: '04,09' },
  lab: { pattern: /^\d+$/, example: '11' },
  seeds: { pattern: /[./]/, example: 'FILE' },
  out: { pattern: /[./]/, example: 'FOLDER' },
};

/** Verbs that stand before a number, or have none. */
const OWN_VERBS = new Set(['class', 'autograder', 'list', 'doctor', 'help']);
/** Without a number these have no meaning. */
const OF_A_LAB = new Set(['check', 'seed', 'with', 'whole', 'all', 'spoil']);

/**
 * @param flags those of this program: `json`, `check`
 * @returns what to say; null when npm took nothing
 */
export function swallowedFlags(
  flags: readonly string[],
  args: readonly string[],
  environment: NodeJS.ProcessEnv,
  { isLab, lab }: Known,
): string | null {
  if (environment.npm_lifecycle_event === undefined) return null;
  const taken = flags.filter((flag) => variable(flag, environment) !== undefined);
  if (taken.length === 0) return null;
  const words = args.filter((arg) => !arg.startsWith('-'));
  const [first] = words;
  const isFirstOwn = first !== undefined && (isLab(first) || OWN_VERBS.has(first));
  // Its own word comes first: a seed is a number, too. After `class` comes the folder.
  const before = words.splice(0, first === 'class' ? 2 : isFirstOwn ? 1 : 0);
  const typed = taken.map((flag) => flagText(flag, variable(flag, environment) as string, words));
  const needsLab = !isFirstOwn && taken.some((flag) => OF_A_LAB.has(flag));
  if (needsLab) before.unshift(lab ?? PLACEHOLDER);
  const isOwnVerb = first !== undefined && OWN_VERBS.has(first);
  const command = isOwnVerb ? ['--', ...before, ...words, ...typed] : [...before, ...words, '--', ...typed];
  const names = taken.map((flag) => `--${flag}`).join(' and ');
  return (
    `npm kept ${names} for itself. Put -- before the flags:\n\n    npm run lab ${command.join(' ')}\n` +
    `${needsLab && lab === null ? `\n${PLACEHOLDER} is the number of the lab.\n` : ''}`
  );
}

const PLACEHOLDER = 'NN';

const variable = (flag: string, environment: NodeJS.ProcessEnv): string | undefined =>
  environment[`npm_config_${flag.replaceAll('-', '_')}`];

/** @param words loses the one that is the flag's value */
function flagText(flag: string, kept: string, words: string[]): string {
  if (kept !== 'true' && kept !== '') return `--${flag} ${kept}`;
  const value = VALUES[flag];
  if (value === undefined) return `--${flag}`;
  const at = words.findIndex((word) => value.pattern.test(word));
  return `--${flag} ${at < 0 ? value.example : words.splice(at, 1)[0]}`;
}
