/** The checks of lab 08, in the order of the text. Each unit check needs only gaps up to its own. */

import { DiskError, NetworkError } from '#00-introduction/world.js';
import { QUORUM_PORT, SimulatedEnsemble } from '#08-cluster-startup/simulated-ensemble.js';
import type { Attempt } from '../runner/attempt.js';
import { simulated, unit } from '../runner/checks.node.js';
import type { SimulatedAttempt } from '../runner/simulated-attempt.js';
import { Script, TICK_MS, voteFor } from './grade-script.js';

const AT_ONCE = 'The state changes at once when the election is over, and everybody can be told of it.';
const ONE_ROLE = 'A role has ended before the next one begins, and before another leader is looked for.';
const GOES_ON = 'Whatever ends a role, the server looks again; only what no server can go on from ends its life.';
const NO_STORM = 'A server whose roles end too soon does not disturb the others again and again.';
const CLEAN_END = 'When a server is stopped, nothing of it is left.';

// ------------------------------------------------------------------------------------ 08.1 a leader is elected

unit({ gap: '08.1', name: 'the winner leads, the others follow', invariant: AT_ONCE }, (attempt) => {
  const { machine } = new Script(attempt);
  machine.elected(voteFor(1n));
  attempt.equal(machine.state, 'leading', 'the state of server 1 under server 1');
  const other = new Script(attempt);
  other.machine.elected(voteFor(3n));
  attempt.equal(other.machine.state, 'following', 'the state of server 1 under server 3');
});

unit({ gap: '08.1', name: 'the state stands in the vote', invariant: AT_ONCE }, (attempt) => {
  const { machine } = new Script(attempt);
  machine.elected(voteFor(3n));
  attempt.equal(machine.vote, { ...voteFor(3n), state: 'following' }, 'the vote');
});

/** @param error what a promise was rejected with, or its result */
function expectError(attempt: Attempt, error: unknown, type: new (...args: never[]) => Error): void {
  attempt.throws(() => {
    if (error instanceof Error) throw error;
  }, type);
}

// ------------------------------------------------------------------------------------------- 08.2 one search

unit({ gap: '08.2', name: 'whom the election returns is elected', invariant: AT_ONCE }, async (attempt) => {
  const script = new Script(attempt);
  const looking = script.begin(script.machine.look());
  attempt.equal(await script.after(), ['election 1 looks'], 'what happened');
  script.elect(3n);
  await looking;
  attempt.equal(script.machine.state, 'following', 'the state');
});

unit({ gap: '08.2', name: 'who was elected already is not elected again', invariant: AT_ONCE }, async (attempt) => {
  const script = new Script(attempt);
  const looking = script.begin(script.machine.look());
  await script.after();
  script.machine.elected(voteFor(1n));
  script.elect(1n);
  await looking;
  attempt.equal(script.machine.state, 'leading', 'the state');
});

unit({ gap: '08.2', name: 'an election that was shut down is replaced', invariant: GOES_ON }, async (attempt) => {
  const script = new Script(attempt);
  for (const number of [1, 2]) {
    const looking = script.begin(script.machine.look());
    attempt.equal(await script.after(), [`election ${number} looks`], 'what happened');
    script.shutDown();
    await looking;
    attempt.equal(script.machine.state, 'looking', 'the state');
  }
});

unit({ gap: '08.2', name: 'what an election throws is passed on', invariant: GOES_ON }, async (attempt) => {
  const script = new Script(attempt);
  const looking = script.machine.look().catch((error: unknown) => error);
  await script.after();
  script.failSearch(new NetworkError('EADDRINUSE', 'the port for votes is taken'));
  expectError(attempt, await looking, NetworkError);
});

// --------------------------------------------------------------------------------------------- 08.3 one role

unit({ gap: '08.3', name: 'the role of the state runs to its end', invariant: ONE_ROLE }, async (attempt) => {
  const script = new Script(attempt);
  script.machine.elected(voteFor(3n));
  const acting = script.begin(script.machine.act({ ...voteFor(3n), state: 'following' }));
  attempt.equal(await script.after(100 * TICK_MS), ['following under 3 begins'], 'what happened');
  attempt.equal(script.machine.state, 'following', 'the state');
  script.endRole();
  await acting;
  attempt.equal(await script.after(), ['following under 3 is over'], 'what happened');
  attempt.equal(script.machine.state, 'looking', 'the state');
  attempt.equal(script.machine.vote, null, 'the vote');
});

unit({ gap: '08.3', name: 'a disk that fails is the end', invariant: GOES_ON }, async (attempt) => {
  const script = new Script(attempt);
  script.machine.elected(voteFor(1n));
  const acting = script.machine.act({ ...voteFor(1n), state: 'leading' }).catch((error: unknown) => error);
  await script.after();
  script.failRole(new DiskError('EIO', '/data/version-2/log.1'));
  expectError(attempt, await acting, DiskError);
});

// -------------------------------------------------------------------------------------------- 08.4 the pause

unit({ gap: '08.4', name: 'no pause after a role that has lasted', invariant: NO_STORM }, (attempt) => {
  const { machine } = new Script(attempt);
  attempt.equal(machine.pauseMs('following', TICK_MS), 0);
  attempt.equal(machine.pauseMs('leading', 1000 * TICK_MS), 0);
});

unit({ gap: '08.4', name: 'a random time below 100 ms after a short one', invariant: NO_STORM }, (attempt) => {
  const drawn: number[] = [];
  const random = { integer: (below: number): number => drawn.push(below) };
  const { machine } = new Script(attempt, { random });
  attempt.equal(machine.pauseMs('leading', TICK_MS - 1), 1);
  attempt.equal(drawn, [100], 'below what a random number was drawn');
});

// --------------------------------------------------------------------------------------------- 08.5 the life

unit({ gap: '08.5', name: 'looks, acts, and looks again', invariant: ONE_ROLE }, async (attempt) => {
  const script = new Script(attempt);
  void script.begin(script.machine.run());
  attempt.equal(await script.after(), ['election 1 looks'], 'what happened');
  script.elect(3n);
  attempt.equal(await script.after(5 * TICK_MS), ['following under 3 begins'], 'what happened');
  script.endRole();
  attempt.equal(await script.after(), ['following under 3 is over', 'election 1 looks'], 'what happened');
  script.elect(1n);
  attempt.equal(await script.after(), ['leading under 1 begins'], 'what happened');
});

// ---------------------------------------------------------------------------------------------- 08.6 the end

unit({ gap: '08.6', name: 'a search is given up', invariant: CLEAN_END }, async (attempt) => {
  const script = new Script(attempt);
  const life = script.begin(script.machine.run());
  await script.after();
  await script.simulation.settle(script.machine.stop());
  await script.simulation.settle(life);
  attempt.equal(script.machine.state, 'looking', 'the state');
});

unit({ gap: '08.6', name: 'a role is stopped, and none begins after it', invariant: CLEAN_END }, async (attempt) => {
  const script = new Script(attempt);
  void script.begin(script.machine.run());
  await script.after();
  script.elect(1n);
  await script.after();
  await script.simulation.settle(script.machine.stop());
  attempt.equal(script.happened, ['leading under 1 is over'], 'what has happened by the end of stop');
  await script.after(10 * TICK_MS);
  attempt.equal(script.machine.state, 'looking', 'the state');
});

unit({ gap: '08.6', name: 'what has not begun is stopped at once', invariant: CLEAN_END }, async (attempt) => {
  const script = new Script(attempt);
  await script.simulation.settle(script.machine.stop());
  await script.simulation.settle(script.begin(script.machine.run()));
  attempt.equal(await script.after(), [], 'what happened');
});

unit(
  { gap: '08.6', name: 'no role begins when it is stopped as a leader is found', invariant: CLEAN_END },
  async (attempt) => {
    const script = new Script(attempt);
    void script.begin(script.machine.run());
    await script.after();
    script.elect(3n);
    const stopping = script.begin(script.machine.stop());
    attempt.equal(await script.after(), [], 'what happened after stop was called');
    await script.simulation.settle(stopping);
  },
);

unit(
  { gap: '08.6', name: 'a life that has failed is stopped like any other', invariant: CLEAN_END },
  async (attempt) => {
    const script = new Script(attempt);
    const life = script.machine.run().catch((error: unknown) => error);
    await script.after();
    script.elect(1n);
    await script.after();
    script.failRole(new DiskError('EIO', '/data/version-2/log.1'));
    expectError(attempt, await life, DiskError);
    const end = await script.simulation.settle(
      script.machine.stop().then(
        () => 'it settles',
        (error: unknown) => {
          if (!(error instanceof DiskError)) throw error;
          return 'it is rejected with what the life had ended with';
        },
      ),
    );
    attempt.equal(end, 'it settles', 'the promise of stop, after the disk has failed');
  },
);

// ------------------------------------------------------------------------------------ an ensemble, simulated

/** A tick of the simulated ensembles. */
const ENSEMBLE_TICK_MS = 2000;

async function ensemble(
  attempt: SimulatedAttempt,
  options: { participants?: number; observers?: number } = {},
): Promise<SimulatedEnsemble> {
  const zoo = attempt.watch(new SimulatedEnsemble({ ...options, seed: attempt.seed }));
  await zoo.settle(zoo.startAll());
  return zoo;
}

/** All that run have one leader, in time. */
async function expectAgreement(attempt: SimulatedAttempt, zoo: SimulatedEnsemble): Promise<void> {
  await zoo.untilAgreed(undefined, { withinMs: 60 * ENSEMBLE_TICK_MS }).catch(() => {});
  const states = Object.entries(zoo.states()).map(([name, state]) => `${name} ${state}`);
  attempt.holds(zoo.isAgreed(), 'that all servers that run have one leader', states.join(', '));
}

/** How often a machine has logged something, and when. */
function loggedMs(zoo: SimulatedEnsemble, machine: string, pattern: RegExp): number[] {
  return zoo.transcript.entries.flatMap((entry) =>
    entry.kind === 'log' && entry.machine === machine && pattern.test(entry.text) ? [entry.atMs] : [],
  );
}

simulated(
  { gap: '08.1', name: 'servers without a vote observe', invariant: AT_ONCE, points: 2, seeds: 3 },
  async (attempt) => {
    const zoo = await ensemble(attempt, { participants: 3, observers: 2 });
    await expectAgreement(attempt, zoo);
    const observers = [4, 5].map((id) => zoo.member(id).state);
    attempt.equal(observers, ['observing', 'observing'], 'the states of zoo4 and zoo5');
  },
);

simulated(
  { gap: '08.2', name: 'servers that come and go, one after the other', invariant: GOES_ON, points: 2, seeds: 5 },
  async (attempt) => {
    const zoo = await ensemble(attempt, { participants: 3 });
    for (let round = 0; round < 4; round++) {
      await expectAgreement(attempt, zoo);
      const member = round % 2 === 0 ? zoo.leader : zoo.members[attempt.random.integer(3)];
      attempt.did(`${member?.machine.name} crashes`);
      member?.crash();
      await expectAgreement(attempt, zoo);
      await zoo.settle(zoo.startAll());
    }
    await expectAgreement(attempt, zoo);
  },
);

simulated(
  {
    gap: '08.3',
    name: 'a leader whose port is taken does not give up for ever',
    invariant: GOES_ON,
    points: 2,
    seeds: 3,
  },
  async (attempt) => {
    const zoo = attempt.watch(new SimulatedEnsemble({ seed: attempt.seed }));
    const { world } = zoo.member(3).machine;
    attempt.did('another program listens on the port for followers of zoo3');
    const other = await zoo.settle(
      world.network.listen({ host: '', port: QUORUM_PORT }, (connection) => {
        connection.setHandler({ data: () => {}, closed: () => {} });
        connection.destroy();
      }),
    );
    await zoo.settle(zoo.startAll());
    await zoo.simulation.runFor(20 * ENSEMBLE_TICK_MS);
    const failure = zoo.member(3).failure?.message;
    attempt.holds(failure === undefined, 'that zoo3 goes on', `it has stopped itself: ${failure}`);
    attempt.did('the other program is gone');
    await zoo.settle(other.close());
    await expectAgreement(attempt, zoo);
  },
);

simulated(
  { gap: '08.3', name: 'a server that was cut off takes part again', invariant: ONE_ROLE, points: 2, seeds: 5 },
  async (attempt) => {
    const zoo = await ensemble(attempt, { participants: 3 });
    for (let round = 0; round < 3; round++) {
      await expectAgreement(attempt, zoo);
      const member = zoo.members[attempt.random.integer(3)];
      attempt.did(`${member?.machine.name} is cut off for a while`);
      zoo.simulation.network.isolate(member?.machine.name ?? '');
      await zoo.simulation.runFor(30 * ENSEMBLE_TICK_MS);
      const alone = member?.state;
      attempt.holds(alone === 'looking', `that ${member?.machine.name}, which hears nobody, looks`, `it is ${alone}`);
      zoo.simulation.network.heal();
      await zoo.simulation.runFor(5 * ENSEMBLE_TICK_MS);
    }
    await expectAgreement(attempt, zoo);
    for (const { machine } of zoo.members) {
      const failed = loggedMs(zoo, machine.name, /has failed/).length;
      attempt.holds(failed === 0, `that no role of ${machine.name} fails`, `${failed} have, as the log says`);
    }
  },
);

simulated(
  {
    gap: '08.4',
    name: 'a leader whose port stays taken tries more and more rarely',
    invariant: NO_STORM,
    points: 2,
    seeds: 3,
  },
  async (attempt) => {
    const zoo = attempt.watch(
      new SimulatedEnsemble({ seed: attempt.seed, participants: 1, peer: { standaloneEnabled: false } }),
    );
    const { network } = zoo.member(1).machine.world;
    attempt.did('another program listens on the port for followers of zoo1, for 200 s');
    await zoo.settle(
      network.listen({ host: '', port: QUORUM_PORT }, (connection) => {
        connection.setHandler({ data: () => {}, closed: () => {} });
        connection.destroy();
      }),
    );
    await zoo.settle(zoo.startAll());
    await zoo.simulation.runFor(100 * ENSEMBLE_TICK_MS);
    const tries = loggedMs(zoo, 'zoo1', /this server leads/).length;
    // About a second between two of them, on average, and the election itself takes 200 ms.
    attempt.holds(tries > 60 && tries < 260, 'that it tries 60 to 260 times', `${tries} times`);
  },
);

simulated(
  { gap: '08.4', name: 'followers look at once, observers one by one', invariant: NO_STORM, points: 2, seeds: 3 },
  async (attempt) => {
    const zoo = await ensemble(attempt, { participants: 3, observers: 4 });
    await expectAgreement(attempt, zoo);
    await zoo.simulation.runFor(5 * ENSEMBLE_TICK_MS);
    const leader = zoo.leader;
    const others = zoo.members.filter((member) => member !== leader);
    attempt.did(`${leader?.machine.name} crashes`);
    leader?.crash();
    await zoo.simulation.runFor(ENSEMBLE_TICK_MS / 4);
    const waitsMs = (role: string): number[] =>
      others
        .filter(({ peer }) => peer?.role === role)
        .map(
          ({ machine: { name } }) =>
            (loggedMs(zoo, name, /looking for a leader/)[1] ?? 0) - (loggedMs(zoo, name, /no longer/)[0] ?? 0),
        );
    attempt.equal(waitsMs('participant'), [0, 0], 'how long the followers waited');
    const observers = waitsMs('observer');
    attempt.holds(
      observers.every((waitMs) => waitMs < 200),
      'that observers wait less than 200 ms',
      observers.join(', '),
    );
    attempt.holds(new Set(observers).size > 1, 'that observers wait for different times', observers.join(', '));
  },
);

simulated(
  {
    gap: '08.4',
    name: 'bad luck is forgotten after a role that has lasted',
    invariant: NO_STORM,
    points: 2,
    seeds: 3,
  },
  async (attempt) => {
    const zoo = await ensemble(attempt, { participants: 3 });
    await expectAgreement(attempt, zoo);
    const follower = zoo.members.find((member) => member !== zoo.leader);
    const { name } = follower?.machine ?? attempt.wrong('a follower', 'none');
    for (const lastedMs of [0, 0, 3 * ENSEMBLE_TICK_MS]) {
      await zoo.simulation.runFor(lastedMs);
      attempt.did(`${name} loses its connection to the leader`);
      zoo.simulation.network.breakConnections(name, zoo.leader?.machine.name ?? '');
      await zoo.simulation.runFor(ENSEMBLE_TICK_MS / 4);
      await expectAgreement(attempt, zoo);
    }
    const lostMs = loggedMs(zoo, name, /no longer/).at(-1) ?? 0;
    const looksMs = loggedMs(zoo, name, /looking for a leader/).at(-1) ?? 0;
    attempt.equal(looksMs - lostMs, 0, `how long ${name} waited at last`);
  },
);

simulated(
  { gap: '08.6', name: 'stopped at any time, and started again', invariant: CLEAN_END, points: 2, seeds: 6 },
  async (attempt) => {
    const zoo = await ensemble(attempt, { participants: 3, observers: 1 });
    for (let round = 0; round < 5; round++) {
      await zoo.simulation.runFor(attempt.random.integer(round === 0 ? 300 : 20_000));
      const member = zoo.members[attempt.random.integer(4)];
      attempt.did(`${member?.machine.name} is stopped, and started again at once`);
      await zoo.settle(member?.stop() ?? Promise.reject());
      await zoo.settle(member?.start() ?? Promise.reject());
    }
    await expectAgreement(attempt, zoo);
    for (const { machine } of zoo.members) {
      const troubles = loggedMs(zoo, machine.name, /port is in use|trying again/).length;
      attempt.holds(
        troubles === 0,
        `that the ports of ${machine.name} are free when it starts`,
        `${troubles} were not`,
      );
    }
  },
);
