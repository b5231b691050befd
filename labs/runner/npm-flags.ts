/**
 * npm takes flags for itself unless they come after `--`: `npm run lab 11 --json` runs the lab without `--json`, in
 * silence. What npm took is in its environment variables, so it can be told.
 */

/**
 * @param flags those of this program: `json`, `check`
 * @returns what to say; null when npm took nothing
 */
export function swallowedFlags(
  flags: readonly string[],
  args: readonly string[],
  environment: NodeJS.ProcessEnv,
): string | null {
  if (environment.npm_lifecycle_event === undefined) return null;
  const taken = flags.filter((flag) => environment[`npm_config_${flag.replaceAll('-', '_')}`] !== undefined);
  if (taken.length === 0) return null;
  const positionals = args.filter((arg) => !arg.startsWith('-'));
  const values = taken.map((flag) => {
    const value = environment[`npm_config_${flag.replaceAll('-', '_')}`] as string;
    return value === 'true' || value === '' ? `--${flag}` : `--${flag} ${value}`;
  });
  const names = taken.map((flag) => `--${flag}`).join(' and ');
  return (
    `npm kept ${names} for itself. Put -- before the flags:\n\n` +
    `    npm run lab ${[...positionals.slice(0, 1), '--', ...values, ...positionals.slice(1)].join(' ')}\n`
  );
}
