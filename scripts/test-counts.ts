/** Adds up how the parts of `npm test` went. */

export interface Counts {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

export const nothing: Counts = { passed: 0, failed: 0, skipped: 0 };

export function add(a: Counts, b: Counts): Counts {
  return { passed: a.passed + b.passed, failed: a.failed + b.failed, skipped: a.skipped + b.skipped };
}

/** A part that is not counted test by test. */
export const countOfPart = (exitCode: number): Counts =>
  exitCode === 0 ? { ...nothing, passed: 1 } : { ...nothing, failed: 1 };

/** What vitest's JSON report says of its tests, as far as it is read here. */
export interface VitestReport {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly numPendingTests: number;
  readonly numTodoTests: number;
}

/**
 * @param report null when vitest wrote none
 * @param exitCode what vitest ended with: a file that can't be loaded, or an error outside all tests, is a failure
 *                 that no test stands for, and counts as one
 */
export function countOfVitest(report: VitestReport | null, exitCode: number): Counts {
  const failedTests = report?.numFailedTests ?? 0;
  return {
    passed: report?.numPassedTests ?? 0,
    failed: exitCode !== 0 && failedTests === 0 ? 1 : failedTests,
    skipped: (report?.numPendingTests ?? 0) + (report?.numTodoTests ?? 0),
  };
}

/** The last line of `npm test`. */
export const sumLine = ({ passed, failed, skipped }: Counts): string =>
  `${passed} passed, ${failed} failed, ${skipped} skipped`;
