/**
 * Those who have connected and have not said who they are. Each has some time to do so, and there may only be so many of
 * them: when another one comes, the one that has waited longest goes. A server says who it is at once.
 */
import type { Clock, Timer } from '#00-introduction/world.js';
import type { ElectionConnection } from '#15-fast-leader-election/election-connection.js';

const MAX_CALLERS = 64;

export class UnknownCallers {
  private readonly clock: Clock;
  private readonly timeoutMs: number;
  private readonly timers = new Map<ElectionConnection, Timer>();

  constructor(clock: Clock, timeoutMs: number) {
    this.clock = clock;
    this.timeoutMs = timeoutMs;
  }

  add(caller: ElectionConnection): void {
    const [longest] = this.timers.keys();
    if (longest !== undefined && this.timers.size === MAX_CALLERS) this.turnAway(longest);
    this.timers.set(
      caller,
      this.clock.schedule(this.timeoutMs, () => this.turnAway(caller)),
    );
  }

  /** It has said who it is, or it is gone. */
  remove(caller: ElectionConnection): void {
    this.timers.get(caller)?.cancel();
    this.timers.delete(caller);
  }

  closeAll(): void {
    for (const caller of [...this.timers.keys()]) this.turnAway(caller);
  }

  private turnAway(caller: ElectionConnection): void {
    this.remove(caller);
    caller.destroy();
  }
}
