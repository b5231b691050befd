/**
 * What is to happen in a simulated election: which servers there are, what they have in their logs, and what goes wrong
 * when. A plan comes from a seed, and can be made smaller when a run of it has failed.
 */
import { SeededRandom } from '#00-introduction/seeded-random.js';

export interface ElectionPlan {
  readonly seed: number;
  /** Those that vote come first. */
  readonly servers: readonly PlannedServer[];
  readonly network: 'calm' | 'ordinary' | 'rough';
  readonly faults: readonly PlannedFault[];
  /** Servers that are switched off at the end of it all, and stay so. The others have a quorum without them. */
  readonly lost: readonly number[];
}

export interface PlannedServer {
  readonly id: number;
  readonly role: 'participant' | 'observer';
  readonly epoch: number;
  /** How many transactions its log has in that epoch. */
  readonly transactions: number;
  readonly startMs: number;
  /** In how many rounds it has been before the run begins. */
  readonly pastRounds: number;
}

export type PlannedFault = { readonly atMs: number; readonly forMs: number } & (
  | { readonly kind: 'crash' | 'freeze' | 'isolate' | 'start over'; readonly server: number }
  /** Whoever leads at the time; nobody, if nobody does. */
  | { readonly kind: 'crash the leader' | 'isolate the leader' }
  /** Nothing passes between those named and all others. */
  | { readonly kind: 'partition'; readonly side: readonly number[] }
  /** The same, off and on again. */
  | { readonly kind: 'flapping partition'; readonly side: readonly number[]; readonly everyMs: number }
  | { readonly kind: 'one-way partition'; readonly from: number; readonly to: number }
  | { readonly kind: 'break connections'; readonly one: number; readonly other: number }
  /** Everything to and from a server takes its time. */
  | { readonly kind: 'slow server'; readonly server: number; readonly latencyMs: number }
  | { readonly kind: 'slow link'; readonly from: number; readonly to: number; readonly latencyMs: number }
  | { readonly kind: 'clock jump'; readonly server: number; readonly byMs: number }
);

export interface PlanOptions {
  /** Default: 3, 5 or 7, by chance. */
  readonly voters?: number;
  /** Default: 0 to 2, by chance. */
  readonly observers?: number;
  /** Default: up to 7. */
  readonly faults?: number;
}

/** Faults begin before this time, and are over soon after. */
export const FAULTS_UNTIL_MS = 40_000;
const LONGEST_FAULT_MS = 15_000;

export function makePlan(seed: number, options: PlanOptions = {}): ElectionPlan {
  const random = new SeededRandom(seed).fork('plan');
  const pick = <T>(from: readonly T[]): T => from[random.integer(from.length)] as T;
  const voters = options.voters ?? pick([3, 3, 5, 5, 7]);
  const observers = options.observers ?? pick([0, 0, 1, 2]);
  const ids = Array.from({ length: voters + observers }, (_, index) => index + 1);
  // Ties are what elections are about: only few different logs.
  const servers = ids.map((id, index) => ({
    id,
    role: index < voters ? ('participant' as const) : ('observer' as const),
    epoch: pick([1, 1, 1, 2]),
    transactions: pick([0, 5, 5, 9]),
    startMs: pick([0, 0, random.integer(300), random.integer(20_000)]),
    pastRounds: pick([0, 0, 0, 1, 5]),
  }));
  const faultCount = options.faults ?? random.integer(8);
  const faults = Array.from({ length: faultCount }, () => makeFault(random, ids)).sort((a, b) => a.atMs - b.atMs);
  const lost = random.chance(1 / 3) ? shuffled(ids.slice(0, voters), random).slice(0, (voters - 1) >> 1) : [];
  return { seed, servers, network: pick(['calm', 'ordinary', 'ordinary', 'rough']), faults, lost };
}

/**
 * A plan in which nothing goes wrong, and the greatest has to win: all start at about the same time, or one after the
 * other, each before those that came earlier have waited to the end.
 */
export function makeQuietPlan(seed: number, options: Omit<PlanOptions, 'faults'> = {}): ElectionPlan {
  const random = new SeededRandom(seed).fork('quiet plan');
  const plan = makePlan(seed, { ...options, faults: 0 });
  const isRising = random.chance(1 / 2);
  let startMs = 0;
  const servers = [...plan.servers].sort(byWorth).map((server) => {
    startMs = (isRising ? startMs : 0) + random.integer(QUIET_PAUSE_MS);
    return { ...server, startMs };
  });
  return { ...plan, servers: servers.sort(byId), network: random.chance(1 / 2) ? 'calm' : 'ordinary', lost: [] };
}

/** Who has started is heard of in less time than that, and then a wait of 200 ms is not over. */
const QUIET_PAUSE_MS = 150;

/** Whether the greatest has to win: nothing goes wrong, and whoever is better than all before comes in time. */
export function isQuiet({ faults, lost, network, servers }: ElectionPlan): boolean {
  const voters = servers.filter(({ role }) => role === 'participant').sort((a, b) => a.startMs - b.startMs);
  let best = voters[0] as PlannedServer;
  for (const voter of voters) {
    if (byWorth(voter, best) <= 0) continue;
    if (voter.startMs - best.startMs >= QUIET_PAUSE_MS) return false;
    best = voter;
  }
  return faults.length === 0 && lost.length === 0 && network !== 'rough';
}

/** The last of those that vote is the one that should win. */
export function byWorth(one: PlannedServer, other: PlannedServer): number {
  return (
    Number(one.role === 'participant') - Number(other.role === 'participant') ||
    one.epoch - other.epoch ||
    one.transactions - other.transactions ||
    one.id - other.id
  );
}

const byId = (one: PlannedServer, other: PlannedServer): number => one.id - other.id;

const KINDS: readonly PlannedFault['kind'][] = [
  'crash',
  'freeze',
  'isolate',
  'start over',
  'crash the leader',
  'isolate the leader',
  'partition',
  'flapping partition',
  'one-way partition',
  'break connections',
  'slow server',
  'slow link',
  'clock jump',
];

function makeFault(random: SeededRandom, ids: readonly number[]): PlannedFault {
  const when = { atMs: random.integer(FAULTS_UNTIL_MS), forMs: random.integer(random.integer(LONGEST_FAULT_MS) + 1) };
  const kind = KINDS[random.integer(KINDS.length)] as PlannedFault['kind'];
  const [server, other, ...rest] = shuffled(ids, random) as [number, number, ...number[]];
  switch (kind) {
    case 'crash':
    case 'freeze':
    case 'isolate':
    case 'start over':
      return { ...when, kind, server };
    case 'crash the leader':
    case 'isolate the leader':
      return { ...when, kind };
    case 'partition':
      return { ...when, kind, side: [server, ...rest.slice(0, random.integer(rest.length + 1))] };
    case 'flapping partition':
      return { ...when, kind, side: [server, ...rest.slice(0, 1)], everyMs: 100 + random.integer(3000) };
    case 'one-way partition':
      return { ...when, kind, from: server, to: other };
    case 'break connections':
      return { ...when, kind, one: server, other };
    case 'slow server':
      return { ...when, kind, server, latencyMs: 50 + random.integer(500) };
    case 'slow link':
      return { ...when, kind, from: server, to: other, latencyMs: 50 + random.integer(500) };
    case 'clock jump':
      return { ...when, kind, server, byMs: random.integer(7_200_000) - 3_600_000 };
  }
}

function shuffled<T>(items: readonly T[], random: SeededRandom): T[] {
  const left = [...items];
  return items.map(() => left.splice(random.integer(left.length), 1)[0] as T);
}

// -------------------------------------------------------------------------------------------- smaller plans

/** Plans that have a little less in them, those that leave out most first. */
export function* smallerPlans(plan: ElectionPlan): Generator<ElectionPlan> {
  const { faults, servers, lost } = plan;
  for (let size = faults.length; size >= 1; size >>= 1) {
    for (let from = 0; from + size <= faults.length; from += size) {
      yield { ...plan, faults: [...faults.slice(0, from), ...faults.slice(from + size)] };
    }
  }
  if (lost.length > 0) yield { ...plan, lost: [] };
  for (const { id, role } of servers) {
    if (role === 'observer') yield withoutServers(plan, [id]);
  }
  const voters = servers.filter(({ role }) => role === 'participant').map(({ id }) => id);
  if (voters.length > 3) {
    for (const one of voters) {
      for (const other of voters) if (one < other) yield withoutServers(plan, [one, other]);
    }
  }
  if (servers.some(({ startMs }) => startMs > 0)) {
    yield { ...plan, servers: servers.map((server) => ({ ...server, startMs: 0 })) };
  }
  if (servers.some(({ pastRounds }) => pastRounds > 0)) {
    yield { ...plan, servers: servers.map((server) => ({ ...server, pastRounds: 0 })) };
  }
  if (plan.network !== 'calm') yield { ...plan, network: 'calm' };
}

function withoutServers(plan: ElectionPlan, gone: readonly number[]): ElectionPlan {
  const stays = (id: number): boolean => !gone.includes(id);
  const faults = plan.faults.flatMap((fault): PlannedFault[] => {
    if ('side' in fault) {
      const side = fault.side.filter(stays);
      return side.length > 0 ? [{ ...fault, side }] : [];
    }
    const named = [
      'server' in fault ? fault.server : null,
      'from' in fault ? fault.from : null,
      'to' in fault ? fault.to : null,
      'one' in fault ? fault.one : null,
      'other' in fault ? fault.other : null,
    ];
    return named.every((id) => id === null || stays(id)) ? [fault] : [];
  });
  const servers = plan.servers.filter(({ id }) => stays(id));
  const voters = servers.filter(({ role }) => role === 'participant').length;
  return { ...plan, faults, servers, lost: plan.lost.filter(stays).slice(0, (voters - 1) >> 1) };
}

/** A plan as people read it. */
export function planText(plan: ElectionPlan): string {
  const servers = plan.servers.map(({ id, role, epoch, transactions, startMs, pastRounds }) => {
    const what = `${role === 'observer' ? 'observer' : 'server'} ${id}`;
    const rounds = pastRounds > 0 ? `, after round ${pastRounds}` : '';
    return `  ${what}: epoch ${epoch}, ${transactions} transactions, starts at ${startMs} ms${rounds}\n`;
  });
  const faults = plan.faults.map(({ kind, atMs, forMs, ...details }) => {
    return `  ${atMs} ms: ${kind} ${JSON.stringify(details)} for ${forMs} ms\n`;
  });
  const lost = plan.lost.length > 0 ? `  at the end switched off: ${plan.lost.join(', ')}\n` : '';
  return `seed ${plan.seed}, ${plan.network} network\n${servers.join('')}${faults.join('')}${lost}`;
}
