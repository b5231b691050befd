import { expect, test } from 'vitest';
import { add, countOfPart, countOfVitest, nothing, sumLine } from './test-counts.js';

const report = { numPassedTests: 5, numFailedTests: 2, numPendingTests: 3, numTodoTests: 1 };

test('a part counts as one', () => {
  expect(countOfPart(0)).toEqual({ passed: 1, failed: 0, skipped: 0 });
  expect(countOfPart(2)).toEqual({ passed: 0, failed: 1, skipped: 0 });
});

test("vitest's tests are counted one by one", () => {
  expect(countOfVitest(report, 1)).toEqual({ passed: 5, failed: 2, skipped: 4 });
});

test('vitest that fails without a failed test, or without a report, is one failure', () => {
  expect(countOfVitest({ ...report, numFailedTests: 0 }, 1)).toEqual({ passed: 5, failed: 1, skipped: 4 });
  expect(countOfVitest(null, 1)).toEqual({ passed: 0, failed: 1, skipped: 0 });
});

test('all parts are added into one line', () => {
  const sum = [countOfPart(0), countOfPart(1), countOfVitest(report, 1)].reduce(add, nothing);
  expect(sumLine(sum)).toBe('6 passed, 3 failed, 4 skipped');
});
