/** The clock of this machine. */
import type { Clock, Timer } from '#00-introduction/world.js';

/** The longest delay that `setTimeout` takes; it would run anything longer at once. */
const LONGEST_TIMEOUT_MS = 2 ** 31 - 1;

export class RealClock implements Clock {
  monotonicMs(): number {
    return performance.now();
  }

  wallMs(): number {
    return Date.now();
  }

  schedule(delayMs: number, run: () => void): Timer {
    return new RealTimer(performance.now() + delayMs, run);
  }

  atEndOfTurn(run: () => void): void {
    // Node calls it in the check phase, which follows the phase that reads every ready socket.
    setImmediate(run);
  }
}

/**
 * A timer that is never early. Node counts whole milliseconds from when the turn began, and so may call a little too
 * soon; and it can't wait longer than 24.8 days. Both are mended by looking again when it calls.
 */
class RealTimer implements Timer {
  private readonly dueMs: number;
  private readonly run: () => void;
  private timeout: NodeJS.Timeout;

  constructor(dueMs: number, run: () => void) {
    this.dueMs = dueMs;
    this.run = run;
    this.timeout = this.wait();
  }

  cancel(): void {
    clearTimeout(this.timeout);
  }

  private wait(): NodeJS.Timeout {
    const remainingMs = Math.ceil(this.dueMs - performance.now());
    return setTimeout(this.wake, Math.min(remainingMs, LONGEST_TIMEOUT_MS));
  }

  private readonly wake = (): void => {
    if (performance.now() < this.dueMs) this.timeout = this.wait();
    else this.run();
  };
}
