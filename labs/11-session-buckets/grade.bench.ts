/** How the queue does with many sessions. */

import { ExpiryQueue } from '#11-session-buckets/expiry-queue.js';
import { ratio, slope } from '../runner/bench-checks.js';

const INTERVAL_MS = 2000;
const TIMEOUT_MS = 30_000;

/** So many sessions, spread over the buckets as they come in. */
function queueOf(count: number): { queue: ExpiryQueue<object>; sessions: object[] } {
  const queue = new ExpiryQueue<object>(INTERVAL_MS, 0);
  const sessions = Array.from({ length: count }, () => ({}));
  for (const [index, session] of sessions.entries()) queue.update(session, TIMEOUT_MS, (index % 10) * INTERVAL_MS);
  return { queue, sessions };
}

/** Each session gives a sign of life, an interval later. */
function touchAll(queue: ExpiryQueue<object>, sessions: readonly object[], nowMs: number): void {
  for (const session of sessions) queue.update(session, TIMEOUT_MS, nowMs);
}

export default [
  slope({
    gap: '11.2',
    name: 'a sign of life costs the same, however many sessions there are',
    invariant: 'What is done for each request does not depend on how many clients there are.',
    points: 2,
    of: 'sessions',
    sizes: [500, 2000, 8000],
    limit: 1.5,
    prepare: (size) => {
      const { queue, sessions } = queueOf(size);
      return () => {
        for (let round = 0; round < 3; round++) touchAll(queue, sessions, 20_000 + round * INTERVAL_MS);
      };
    },
  }),
  ratio({
    gap: '11.5',
    name: 'signs of life, and an expiry of all, take about as long as with our answer',
    invariant: 'What is done for each request does not depend on how many clients there are.',
    prepare: () => {
      const { queue, sessions } = queueOf(5000);
      return () => {
        for (let round = 0; round < 20; round++) touchAll(queue, sessions, 20_000 + round * 500);
        queue.expireDue(1_000_000, () => {});
      };
    },
  }),
];
