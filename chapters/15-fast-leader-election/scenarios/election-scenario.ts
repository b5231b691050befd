/** Short plays of an ensemble that elects: what a page shows, and a reader takes a hand in. */
import type { ElectionPlan, PlannedServer } from '#15-fast-leader-election/election-plan.js';
import type { SimulatedElection } from '#15-fast-leader-election/simulated-election.js';

export interface ElectionScenario {
  readonly title: string;
  /** What there is to see, in a sentence or two. */
  readonly about: string;
  /** What the reader may choose, by name; the first value is the default. */
  readonly choices?: Readonly<Record<string, readonly string[]>>;
  readonly plan: (choice: (name: string) => string) => Pick<ElectionPlan, 'servers' | 'network'>;
  /** What happens whatever the reader does, in the order of time. */
  readonly acts?: readonly { readonly atMs: number; readonly act: (zoo: SimulatedElection) => void }[];
}

const LOGS: Readonly<Record<string, (id: number) => Pick<PlannedServer, 'epoch' | 'transactions'>>> = {
  'all the same': () => ({ epoch: 1, transactions: 5 }),
  'server 1 is ahead': (id) => ({ epoch: 1, transactions: id === 1 ? 9 : 5 }),
  'server 2 has a later epoch': (id) => ({ epoch: id === 2 ? 2 : 1, transactions: id === 2 ? 0 : 9 }),
};

const STARTS: Readonly<Record<string, (id: number) => number>> = {
  together: () => 0,
  'one after the other': (id) => 90 * (id - 1),
  'server 5 too late': (id) => (id === 5 ? 1000 : 0),
};

const NETWORKS = ['calm', 'ordinary', 'rough'] as const;

function voters(count: number, of: (id: number) => Partial<PlannedServer>): PlannedServer[] {
  return Array.from({ length: count }, (_, index) => {
    const id = index + 1;
    return { id, role: 'participant', epoch: 1, transactions: 5, startMs: 0, pastRounds: 0, ...of(id) };
  });
}

export const electionScenarios: Readonly<Record<string, ElectionScenario>> = {
  'five-peers': {
    title: 'Five servers elect a leader',
    about:
      'They start, tell each other whom they want, and change their minds. Then it is your turn: kill servers, cut them off, heal the network, let them vote anew.',
    choices: { logs: Object.keys(LOGS), start: Object.keys(STARTS), network: NETWORKS },
    plan: (choice) => ({
      servers: voters(5, (id) => ({ ...LOGS[choice('logs')]?.(id), startMs: STARTS[choice('start')]?.(id) ?? 0 })),
      network: NETWORKS.find((name) => name === choice('network')) ?? 'calm',
    }),
  },
  'leader-cut-off': {
    title: 'The leader is cut off',
    about:
      'Three servers have a leader. At 3000 ms nobody hears it any more, and it hears nobody. At 14 000 ms the network is healed.',
    plan: () => ({ servers: voters(3, () => ({})), network: 'calm' }),
    acts: [
      {
        atMs: 3000,
        act: ({ leader, simulation }) => {
          if (leader) simulation.network.isolate(leader.name);
        },
      },
      { atMs: 14_000, act: ({ simulation }) => simulation.network.heal() },
    ],
  },
};
