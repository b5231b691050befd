/**
 * Two servers that do the same still show different numbers: their clocks, their sessions, the order of a set. Each of
 * these is taken away by a rule with a name, and each rule keeps what can be compared: a session is still the second
 * one, a time still that of its transaction. What no rule knows is compared as it is.
 *
 * One `Normalizer` per server and sequence: it learns which session is which, and when a transaction took place.
 */
import { Buffer } from 'node:buffer';
import type { SessionId } from '#06-network-protocol/ids.js';
import { sessionPassword } from '#09-session-creation/session-handshake.js';
import type { Fields, Observation, Value } from '#testing/differential/observation.js';
import { type Step, slotName } from '#testing/differential/step.js';

/** What each rule does, and why it must. */
export const normalisations = {
  zxid: 'counted from the begin of the sequence: a server may have done something for itself before it',
  'event-zxid':
    'as "of its transaction" when it is that: 3.8.0 sends -1 with every notification, since 3.9.0 it is the zxid (DV-01)',
  'session-id': 'as the name of the session: a server makes ids of the time at which it was started (SE-01)',
  password: 'as "of its session" when it is the one that follows from the session id (SE-06)',
  time: 'as "of its transaction": clocks differ, but all nodes that a transaction touches have one time (ST-11)',
  'order of children': 'sorted: they are a set, and the protocol promises no order (OP-09)',
  'order of ephemerals': 'sorted: they are a set (OP-26, DT-09)',
  'order of identities':
    'sorted, also where `auth` in a list stands for them: what a connection has proved is a set (AU-2, OP-30, SC-2)',
  'order of ends':
    'a session that ends takes its ephemerals along in the order of a set, so the events of that are sorted (PR-06, WM-3)',
} as const;

export type Normalisation = keyof typeof normalisations;
export type NormalisationCounts = Map<Normalisation, number>;

/** Apart from the second at which the runner looked at the clock, times lie within the run. */
const CLOCK_SLACK_MS = 1000;

export interface NormalizerOptions {
  readonly counts: NormalisationCounts;
  readonly baseZxid: bigint;
  /** What is known of the server's transactions. One of these serves all sequences on it. */
  readonly times: TxnTimes;
  /** Whether notifications carry the zxid of their transaction (3.9.0). */
  readonly eventsHaveZxid: boolean;
}

/** When each transaction took place, as the server says. */
export class TxnTimes {
  private readonly byZxid = new Map<bigint, number>();
  private readonly startMs: number;
  private readonly nowMs: () => number;

  /** @param nowMs the wall clock of the server's machine, ms */
  constructor(nowMs: () => number) {
    this.startMs = nowMs();
    this.nowMs = nowMs;
  }

  /** Whether it says the same each time, and the run has lasted that long. */
  fits(zxid: bigint, timeMs: number): boolean {
    const known = this.byZxid.get(zxid) ?? timeMs;
    this.byZxid.set(zxid, known);
    return known === timeMs && timeMs >= this.startMs - CLOCK_SLACK_MS && timeMs <= this.nowMs() + CLOCK_SLACK_MS;
  }
}

export class Normalizer {
  private readonly options: NormalizerOptions;
  private readonly sessionNames = new Map<bigint, string>();
  private lastZxid: bigint;
  /** The transactions of the step at hand lie above this one. */
  private stepBaseZxid: bigint;
  /** What a client missed while it was away is told without a zxid. */
  private mayLackZxid = false;

  constructor(options: NormalizerOptions) {
    this.options = options;
    this.lastZxid = options.baseZxid;
    this.stepBaseZxid = options.baseZxid;
  }

  /** @param observations all that was seen of the step, in its order for each session */
  step(step: Step | null, observations: readonly Observation[]): Observation[] {
    this.stepBaseZxid = this.lastZxid;
    this.mayLackZxid = asksForWatches(step);
    for (const { kind, fields } of observations) {
      if (kind === 'reply' && typeof fields.zxid === 'bigint' && fields.zxid > this.lastZxid)
        this.lastZxid = fields.zxid;
    }
    const normal = observations.map((observation) => this.observation(observation));
    return endsSessions(step) ? this.sortEvents(normal) : normal;
  }

  private observation(observation: Observation): Observation {
    const { kind, slot, fields } = observation;
    if (kind === 'connected') return { ...observation, fields: this.connected(slot, fields) };
    if (kind === 'event') return { ...observation, fields: { ...fields, zxid: this.eventZxid(fields.zxid) } };
    return { ...observation, fields: this.value('', fields) as Fields };
  }

  private connected(slot: number, fields: Fields): Fields {
    const { sessionId, passwd } = fields;
    if (typeof sessionId !== 'bigint' || sessionId === 0n) return fields;
    this.sessionNames.set(sessionId, this.sessionNames.get(sessionId) ?? this.newName(slot));
    const own = `0x${Buffer.from(sessionPassword(sessionId as SessionId)).toString('hex')}`;
    this.count('password');
    return {
      ...fields,
      sessionId: this.sessionName(sessionId),
      passwd: passwd === own ? 'of its session' : (passwd as Value),
    };
  }

  /** A, and A', A'' when the slot had others before. */
  private newName(slot: number): string {
    const earlier = [...this.sessionNames.values()].filter((name) => name.startsWith(slotName(slot))).length;
    return slotName(slot) + "'".repeat(earlier);
  }

  private value(name: string, value: Value): Value {
    if (Array.isArray(value)) return this.list(name, value);
    if (typeof value === 'object' && value !== null) return this.fields(value as Fields);
    if (typeof value !== 'bigint') return value;
    if (name === 'zxid' || name === 'czxid' || name === 'mzxid' || name === 'pzxid') return this.zxid(value);
    if (name === 'ephemeralOwner') return value === 0n ? value : this.sessionName(value);
    return value;
  }

  private fields(fields: Fields): Fields {
    const normal: Record<string, Value> = {};
    for (const [name, value] of Object.entries(fields)) {
      if (name === 'ctime') normal[name] = this.time(value, fields.czxid);
      else if (name === 'mtime') normal[name] = this.time(value, fields.mzxid);
      else normal[name] = this.value(name, value);
    }
    return normal;
  }

  private list(name: string, values: readonly Value[]): Value {
    const normal = values.map((value) => this.value('', value));
    if (name === 'acl') return this.sortProved(normal);
    const rule = sets[name];
    if (rule === undefined) return normal;
    this.count(rule);
    return normal.sort(byText);
  }

  /** An entry `auth` became one for each identity of the session: such neighbours are sorted, all others stay. */
  private sortProved(entries: readonly Value[]): Value[] {
    const sorted: Value[] = [];
    let run: Value[] = [];
    for (const entry of [...entries, null]) {
      if (
        entry !== null &&
        provedWith(entry) !== null &&
        (run.length === 0 || provedWith(run[0]) === provedWith(entry))
      ) {
        run.push(entry);
        continue;
      }
      if (run.length > 1) this.count('order of identities');
      sorted.push(...run.sort(byText));
      run = entry !== null && provedWith(entry) !== null ? [entry] : [];
      if (entry !== null && run.length === 0) sorted.push(entry);
    }
    return sorted;
  }

  private zxid(value: bigint): Value {
    // what was there before any transaction, and what has none
    if (value <= 0n) return value;
    this.count('zxid');
    return `base ${value >= this.options.baseZxid ? '+' : ''}${value - this.options.baseZxid}`;
  }

  private eventZxid(value: Value | undefined): Value {
    this.count('event-zxid');
    if (!this.options.eventsHaveZxid) return value === -1n ? 'of its transaction' : (value as Value);
    const isOfStep = typeof value === 'bigint' && value > this.stepBaseZxid && value <= this.lastZxid;
    return isOfStep || (value === -1n && this.mayLackZxid) ? 'of its transaction' : (value as Value);
  }

  private sessionName(id: bigint): Value {
    this.count('session-id');
    return this.sessionNames.get(id) ?? `unknown session 0x${id.toString(16)}`;
  }

  private time(value: Value | undefined, txn: Value | undefined): Value {
    if (value === undefined || typeof value === 'string' || typeof txn !== 'bigint') return value as Value;
    // the nodes that every tree has were made by no transaction
    if (Number(value) === 0) return value as Value;
    this.count('time');
    return this.options.times.fits(txn, Number(value)) ? 'of its transaction' : (value as Value);
  }

  private sortEvents(observations: readonly Observation[]): Observation[] {
    const sorted: Observation[] = [];
    let events: Observation[] = [];
    const flush = (): void => {
      if (events.length > 1) this.count('order of ends');
      sorted.push(...events.sort((a, b) => byText(a.fields, b.fields)));
      events = [];
    };
    for (const observation of observations) {
      if (observation.kind === 'event' && (events[0]?.slot ?? observation.slot) === observation.slot) {
        events.push(observation);
        continue;
      }
      flush();
      if (observation.kind === 'event') events.push(observation);
      else sorted.push(observation);
    }
    flush();
    return sorted;
  }

  private count(rule: Normalisation): void {
    const { counts } = this.options;
    counts.set(rule, (counts.get(rule) ?? 0) + 1);
  }
}

const sets: Readonly<Record<string, Normalisation>> = {
  children: 'order of children',
  ephemerals: 'order of ephemerals',
  clientInfo: 'order of identities',
};

function endsSessions(step: Step | null): boolean {
  if (step === null || step.kind === 'expire') return true;
  return step.kind === 'requests' && step.requests.some(({ operation }) => operation === 'closeSession');
}

function asksForWatches(step: Step | null): boolean {
  if (step?.kind !== 'requests') return false;
  return step.requests.some(({ operation }) => operation === 'setWatches' || operation === 'setWatches2');
}

/** The permissions of an entry that may have come from `auth`, of a getACL or of a tree image; null for others. */
function provedWith(entry: Value | undefined): Value {
  if (typeof entry === 'string') return entry.startsWith('digest:') ? (entry.split('=').at(-1) ?? null) : null;
  const { id, perms } = entry as Fields;
  return (id as Fields).scheme === 'digest' ? (perms ?? null) : null;
}

const byText = (a: Value, b: Value): number => (textOf(a) < textOf(b) ? -1 : 1);

const textOf = (value: Value): string =>
  JSON.stringify(value, (_name, inner) => (typeof inner === 'bigint' ? String(inner) : inner));
