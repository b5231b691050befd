/**
 * When a server comes back, thousands of clients want their sessions at once, and a new session is a transaction. This
 * throttle lets only so many through, and the others are cut off and try again, here or at another server.
 *
 * It is a bucket of tokens: each client takes some, new ones come in at a steady rate, and who finds none is turned away.
 * With `connection_throttle_freeze_time` a part of the clients is turned away at random before the bucket is empty. How
 * many follows from how it went: more each time the bucket is found empty, fewer when there is enough in it ("BLUE").
 *
 * @apache server.BlueThrottle
 */
import type { Clock, Random } from '#00-introduction/world.js';

export interface ConnectionThrottleSettings {
  /** How many tokens the bucket holds; 0: there is no throttle. */
  readonly connectionThrottleTokens: number;
  /** How many come in (`fillCount`) every so many milliseconds (`fillTimeMs`). */
  readonly connectionThrottleFillTimeMs: number;
  readonly connectionThrottleFillCount: number;
  /** How often the chance to be turned away at random changes, in milliseconds; -1: nobody is. */
  readonly connectionThrottleFreezeTimeMs: number;
  readonly connectionThrottleDropIncrease: number;
  readonly connectionThrottleDropDecrease: number;
  /** The part of the tokens that may be missing while the chance becomes smaller: 0 to 1. */
  readonly connectionThrottleDecreaseRatio: number;
  /** Whether a new session costs more than one that is taken up again; both cost one token otherwise. */
  readonly connectionThrottleWeightEnabled: boolean;
  readonly connectionThrottleGlobalSessionWeight: number;
  readonly connectionThrottleRenewSessionWeight: number;
  readonly connectionThrottleLocalSessionWeight: number;
}

const RANDOM_RANGE = 2 ** 32;

export class ConnectionThrottle {
  private readonly clock: Clock;
  private readonly random: Random;
  private readonly settings: ConnectionThrottleSettings;
  private readonly maxTokens: number;
  private readonly fillCount: number;
  private readonly globalWeight: number;
  private readonly renewWeight: number;
  private tokens: number;
  private filledAtMs: number;
  private changedAtMs: number;
  private chance = 0;

  constructor(
    { clock, random }: { readonly clock: Clock; readonly random: Random },
    settings: ConnectionThrottleSettings,
  ) {
    this.clock = clock;
    this.random = random;
    this.settings = settings;
    const isWeighted = settings.connectionThrottleWeightEnabled;
    const localWeight = isWeighted ? settings.connectionThrottleLocalSessionWeight : 1;
    this.globalWeight = isWeighted ? Math.max(settings.connectionThrottleGlobalSessionWeight, localWeight) : 1;
    this.renewWeight = isWeighted ? Math.max(settings.connectionThrottleRenewSessionWeight, localWeight) : 1;
    // What is set is meant for new sessions.
    this.maxTokens = settings.connectionThrottleTokens * this.globalWeight;
    this.fillCount = settings.connectionThrottleFillCount * this.globalWeight;
    this.tokens = this.maxTokens;
    this.filledAtMs = clock.monotonicMs();
    this.changedAtMs = this.filledAtMs;
  }

  /** @param isNew whether the client asks for a new session, or for one that it has had */
  letsIn(isNew: boolean): boolean {
    if (this.maxTokens === 0) return true;
    const nowMs = this.clock.monotonicMs();
    this.fill(nowMs);
    if (this.settings.connectionThrottleFreezeTimeMs !== -1 && this.turnsAwayAtRandom(nowMs)) return false;
    const needed = isNew ? this.globalWeight : this.renewWeight;
    if (this.tokens < needed) return false;
    this.tokens -= needed;
    return true;
  }

  /** How many tokens are missing. */
  get deficit(): number {
    return this.maxTokens - this.tokens;
  }

  /** How likely a client is turned away at random: 0 to 1. */
  get dropChance(): number {
    return this.chance;
  }

  private fill(nowMs: number): void {
    const { connectionThrottleFillTimeMs: fillTimeMs } = this.settings;
    const passedMs = nowMs - this.filledAtMs;
    if (passedMs <= fillTimeMs) return;
    this.tokens = Math.min(this.tokens + Math.floor((passedMs * this.fillCount) / fillTimeMs), this.maxTokens);
    this.filledAtMs = nowMs;
  }

  private turnsAwayAtRandom(nowMs: number): boolean {
    const {
      connectionThrottleFreezeTimeMs: freezeTimeMs,
      connectionThrottleDropIncrease: increase,
      connectionThrottleDropDecrease: decrease,
      connectionThrottleDecreaseRatio: ratio,
    } = this.settings;
    if (nowMs - this.changedAtMs > freezeTimeMs) {
      if (this.tokens === 0) this.chance = Math.min(this.chance + increase, 1);
      else if (this.deficit <= Math.round(this.maxTokens * ratio)) this.chance = Math.max(this.chance - decrease, 0);
      this.changedAtMs = nowMs;
    }
    return this.random.integer(RANDOM_RANGE) / RANDOM_RANGE < this.chance;
  }
}
