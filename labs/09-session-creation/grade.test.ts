/** The checks of lab 9, in the order of the text. Each unit check needs only gaps up to its own. */
import { Buffer } from 'node:buffer';
import type { ConnectRequest } from '#05-jute/records/proto.js';
import { NO_SESSION, type SessionId, sessionId, zxid } from '#06-network-protocol/ids.js';
import {
  connectResponse,
  decideHandshake,
  firstSessionId,
  firstSessionIdAfter,
  type HandshakeServer,
  isSessionPassword,
  negotiatedTimeoutMs,
  nextSessionId,
  type SessionHistory,
  serverIdOf,
  sessionPassword,
} from '#09-session-creation/session-handshake.js';
import type { Attempt } from '../runner/attempt.js';
import { bytesOf, hexOf } from '../runner/bytes.js';
import { simulated, unit } from '../runner/checks.node.js';
import { dataOf, putData, sessionsInData } from './grade-data.js';
import { closeSession, join, startServer, Visitor } from './grade-visitors.js';

const NEVER_TWICE = 'No two sessions have the same number, whichever servers made them.';
const SAME_EVERYWHERE = 'Every server computes the same password, and Apache ZooKeeper does, too.';
const ITS_OWN = 'Only who knows the number and the password of a session gets it back.';
const NEVER_WRONG = 'Who is told that a session is over will never find it alive.';
const NO_PAST = 'A client never sees the past of what it has seen already.';
const WITHIN_BOUNDS = 'The server has the last word about the time-out, each time.';
const TOLD_ALL = 'The answer has all that the client needs to come back.';

/** The number in hex: server, time and count. */
function partsOf(id: bigint): string {
  const digits = BigInt.asUintN(64, id).toString(16).padStart(16, '0');
  if (BigInt.asIntN(64, id) !== id) return `${id}, which is no signed number of 64 bits`;
  return `${digits.slice(0, 2)} ${digits.slice(2, 12)} ${digits.slice(12)}`;
}

const idOf = (parts: string): SessionId => sessionId(BigInt.asIntN(64, BigInt(`0x${parts.replaceAll(' ', '')}`)));

// ----------------------------------------------------------------------------- 09.1 the number of a session

function expectFirst(attempt: Attempt, startMs: number, serverId: number, parts: string): void {
  const first = attempt.function('firstSessionId', firstSessionId);
  attempt.equal(partsOf(first(startMs, serverId)), parts);
}

function expectNext(attempt: Attempt, parts: string, nextParts: string): void {
  attempt.did(`nextSessionId of ${parts}`);
  attempt.equal(partsOf(nextSessionId(idOf(parts))), nextParts);
}

unit({ gap: '09.1', name: 'server, time and a count of zero', invariant: NEVER_TWICE }, (attempt) => {
  expectFirst(attempt, 5, 1, '01 0000000005 0000');
  expectFirst(attempt, 0x9b76daa800, 3, '03 9b76daa800 0000');
  expectFirst(attempt, 1000.75, 1, '01 00000003e8 0000');
});

unit({ gap: '09.1', name: 'a time has 40 bits, and no more', invariant: NEVER_TWICE }, (attempt) => {
  expectFirst(attempt, 0x1ff_ffff_ffff, 2, '02 ffffffffff 0000');
  expectFirst(attempt, 1_767_225_600_000, 2, '02 9b76daa800 0000');
});

unit({ gap: '09.1', name: 'a number is signed, and has 64 bits', invariant: NEVER_TWICE }, (attempt) => {
  expectFirst(attempt, 5, 255, 'ff 0000000005 0000');
  attempt.did('firstSessionId(5, 255)');
  attempt.equal<bigint>(firstSessionId(5, 255), -72_057_594_037_600_256n);
});

unit({ gap: '09.1', name: 'the next number is one more', invariant: NEVER_TWICE }, (attempt) => {
  expectNext(attempt, '01 0000000005 0000', '01 0000000005 0001');
  expectNext(attempt, '01 0000000005 ffff', '01 0000000006 0000');
  expectNext(attempt, 'ff 0000000005 0000', 'ff 0000000005 0001');
});

unit({ gap: '09.1', name: 'after the last number of a server comes its first', invariant: NEVER_TWICE }, (attempt) => {
  expectNext(attempt, '01 ffffffffff ffff', '01 0000000000 0000');
  expectNext(attempt, 'ff ffffffffff ffff', 'ff 0000000000 0000');
});

unit({ gap: '09.1', name: 'two numbers are never given', invariant: NEVER_TWICE }, (attempt) => {
  expectFirst(attempt, 0, 0, '00 0000000000 0001');
  expectFirst(attempt, 0, 128, '80 0000000000 0001');
  expectNext(attempt, '00 ffffffffff ffff', '00 0000000000 0001');
  expectNext(attempt, '80 ffffffffff ffff', '80 0000000000 0001');
});

unit({ gap: '09.1', name: 'the server stands in the top byte', invariant: NEVER_TWICE }, (attempt) => {
  for (const server of [0, 1, 127, 128, 255]) {
    const parts = `${server.toString(16).padStart(2, '0')} 0000000005 0003`;
    attempt.did(`serverIdOf ${parts}`);
    attempt.equal(serverIdOf(idOf(parts)), server);
  }
});

// ------------------------------------------------------------------------ 09.2 the first number after a start

const NOTHING: SessionHistory = { sessionTimeoutsMs: new Map(), lastSessions: new Map(), lastTimeMs: 0 };

function expectAfter(attempt: Attempt, what: string, history: Partial<SessionHistory>, parts: string): void {
  attempt.did(`server 1 starts at 0x1000 ms; ${what}`);
  const got = firstSessionIdAfter({ ...NOTHING, ...history }, 0x1000, 1);
  attempt.equal(partsOf(got), parts, 'the first number');
}

unit(
  { gap: '09.2', name: 'when nothing speaks against it, the time of the start', invariant: NEVER_TWICE },
  (attempt) => {
    expectAfter(attempt, 'its data are empty', {}, '01 0000001000 0000');
    expectAfter(attempt, 'the youngest transaction is older', { lastTimeMs: 0xfff }, '01 0000001000 0000');
    const lastSessions = new Map([[1, idOf('01 0000000fff 0003')]]);
    expectAfter(attempt, 'its last number was 01 0000000fff 0003', { lastSessions }, '01 0000001000 0000');
  },
);

unit({ gap: '09.2', name: 'a clock that was set back', invariant: NEVER_TWICE }, (attempt) => {
  const what = 'the youngest transaction is of';
  expectAfter(attempt, `${what} 0x1000 ms`, { lastTimeMs: 0x1000 }, '01 0000001001 0000');
  expectAfter(attempt, `${what} 0x5000 ms`, { lastTimeMs: 0x5000 }, '01 0000005001 0000');
});

unit({ gap: '09.2', name: 'after all sessions that are open', invariant: NEVER_TWICE }, (attempt) => {
  const open = (...numbers: string[]): Partial<SessionHistory> => ({
    sessionTimeoutsMs: new Map(numbers.map((parts) => [idOf(parts), 6000])),
  });
  expectAfter(attempt, '01 0000001000 0000 is open', open('01 0000001000 0000'), '01 0000001000 0001');
  const several = ['01 0000001000 0001', '01 0000001000 0007', '01 0000000fff 0009'];
  expectAfter(attempt, `${several.join(', ')} are open`, open(...several), '01 0000001000 0008');
});

// ------------------------------------------------------------------------------ 09.3 the password of a session

/** What OpenJDK 17 gives for new Random(id ^ 0xB3415C00L).nextBytes(new byte[16]). */
const JAVAS: readonly (readonly [string, string])[] = [
  ['00 0000000000 0001', '05 4c c7 4a 37 32 7d b2 15 e7 02 e2 0c 73 f0 05'],
  ['10 0001234567 0000', '4b e4 94 d2 7c c7 39 ba a1 23 24 4a 25 1a 74 15'],
  ['01 0000000000 0000', 'f2 2a cd 4a 97 e6 9d 6d 20 a4 9b b6 38 ea db 38'],
  ['ff ffffffffff ffff', '20 f6 2c b5 64 8d c2 d7 71 47 1c 8a 24 86 a9 ee'],
];

/** As OpenJDK 17 computes them, too, for the sessions of two servers. */
const APACHES: readonly (readonly [string, string])[] = [
  ['01 9b76daa801 0003', '72 9b ed 51 8e a8 5c bb 76 d4 e9 71 54 da c2 ff'],
  ['02 9b76daa801 ffff', '72 af de a3 4e 21 86 19 13 7e fe 88 1e 55 68 8b'],
];

unit({ gap: '09.3', name: 'what Java computes', invariant: SAME_EVERYWHERE }, (attempt) => {
  for (const [parts, password] of JAVAS) {
    attempt.did(`sessionPassword of ${parts}`);
    attempt.equal(hexOf(sessionPassword(idOf(parts))), password);
  }
});

unit({ gap: '09.3', name: 'the right password, and others', invariant: ITS_OWN }, (attempt) => {
  const [parts, right] = JAVAS[1] as (typeof JAVAS)[number];
  const isRight = (password: Buffer | null, what: string): boolean => {
    attempt.did(`isSessionPassword of ${parts}: ${what}`);
    return isSessionPassword(idOf(parts), password);
  };
  attempt.equal(isRight(bytesOf(right), 'its own'), true);
  attempt.equal(isRight(sessionPassword(idOf('10 0001234568 0000')), 'that of another session'), false);
  attempt.equal(isRight(Buffer.alloc(16), 'zeros'), false);
  attempt.equal(isRight(null, 'none'), false);
});

unit({ gap: '09.3', name: 'session 0 has no password', invariant: ITS_OWN }, (attempt) => {
  attempt.did('isSessionPassword of session 0: what is computed for it');
  attempt.equal(isSessionPassword(NO_SESSION, sessionPassword(NO_SESSION)), false);
});

// ------------------------------------------------------------------------------------------ 09.4 the decision

const known = { id: idOf('01 0000001000 0000'), isClosing: false };

const server: HandshakeServer<typeof known> = {
  lastZxid: zxid(0x10n),
  minSessionTimeoutMs: 4000,
  maxSessionTimeoutMs: 40_000,
  isReadOnly: false,
  session: (id) => (id === known.id ? known : undefined),
};
const readOnlyServer = { ...server, isReadOnly: true };

const newcomer: ConnectRequest = {
  protocolVersion: 0,
  lastZxidSeen: zxid(0n),
  timeOut: 6000,
  sessionId: NO_SESSION,
  passwd: Buffer.alloc(16),
  readOnly: false,
};
/** Only when a check asks for it: the gap before this one may be open. */
const returning = (): ConnectRequest => ({ ...newcomer, sessionId: known.id, passwd: sessionPassword(known.id) });

const DECISION = 'the decision';
const NEW = { kind: 'new', timeoutMs: 6000 } as const;
const ELSEWHERE_BEHIND = { kind: 'ask elsewhere', because: 'server is behind' } as const;
const ELSEWHERE_READ_ONLY = { kind: 'ask elsewhere', because: 'server is read-only' } as const;

unit({ gap: '09.4', name: 'a time-out is put within bounds', invariant: WITHIN_BOUNDS }, (attempt) => {
  const pairs = [
    [-5, 4000],
    [0, 4000],
    [3999, 4000],
    [4000, 4000],
    [6000, 6000],
    [40_000, 40_000],
    [40_001, 40_000],
  ] as const;
  for (const [askedMs, gotMs] of pairs) {
    attempt.did(`${askedMs} ms are asked for; 4000 to 40000 are allowed`);
    attempt.equal(negotiatedTimeoutMs(askedMs, server), gotMs, 'the time-out');
  }
});

unit({ gap: '09.4', name: 'who comes without a session gets a new one', invariant: WITHIN_BOUNDS }, (attempt) => {
  attempt.did('a client without a session asks for 6000 ms');
  attempt.equal(decideHandshake(newcomer, server), NEW, DECISION);
  attempt.did('another one, without a password, asks for 50 000 ms');
  const greedy = { ...newcomer, passwd: null, timeOut: 50_000 };
  attempt.equal(decideHandshake(greedy, server), { ...NEW, timeoutMs: 40_000 }, DECISION);
});

unit({ gap: '09.4', name: 'who has number and password gets the session back', invariant: ITS_OWN }, (attempt) => {
  attempt.did('a client comes with number and password of a session, and asks for 6000 ms');
  const resumed = { kind: 'resumed', session: known, timeoutMs: 6000 } as const;
  attempt.equal(decideHandshake(returning(), server), resumed, DECISION);
});

unit({ gap: '09.4', name: 'to all others it is over', invariant: ITS_OWN }, (attempt) => {
  attempt.did('a client comes with the number of a session, and the password of another one');
  const otherId = idOf('01 0000002000 0000');
  const other = sessionPassword(otherId);
  attempt.equal(decideHandshake({ ...returning(), passwd: other }, server), { kind: 'expired' }, DECISION);
  attempt.did('a client comes with number and password of a session that the server does not know');
  const unknown = { ...returning(), sessionId: otherId, passwd: other };
  attempt.equal(decideHandshake(unknown, server), { kind: 'expired' }, DECISION);
});

unit({ gap: '09.4', name: 'who has seen more is sent elsewhere', invariant: NO_PAST }, (attempt) => {
  attempt.did('the server has applied zxid 0x10; a new client has seen 0x11');
  const ahead = { lastZxidSeen: zxid(0x11n) };
  attempt.equal(decideHandshake({ ...newcomer, ...ahead }, server), ELSEWHERE_BEHIND, DECISION);
  attempt.did('so has a client that comes back to its session');
  attempt.equal(decideHandshake({ ...returning(), ...ahead }, server), ELSEWHERE_BEHIND, DECISION);
});

unit({ gap: '09.4', name: 'a server that can only be read from', invariant: NEVER_WRONG }, (attempt) => {
  attempt.did('the server is read-only, and a new client wants more');
  attempt.equal(decideHandshake(newcomer, readOnlyServer), ELSEWHERE_READ_ONLY, DECISION);
  attempt.did('another one is content with that');
  attempt.equal(decideHandshake({ ...newcomer, readOnly: true }, readOnlyServer), NEW, DECISION);
  attempt.did('and one wants its session back, and is content with that');
  attempt.equal(decideHandshake({ ...returning(), readOnly: true }, readOnlyServer), ELSEWHERE_READ_ONLY, DECISION);
  attempt.did('the server is not read-only; a new client would be content with that');
  attempt.equal(decideHandshake({ ...newcomer, readOnly: true }, server), NEW, DECISION);
});

// -------------------------------------------------------------------------------------------- 09.5 the answer

function expectAnswer(attempt: Attempt, ...[session, isReadOnly]: Parameters<typeof connectResponse>): void {
  const { passwd, ...answer } = connectResponse(session, isReadOnly);
  const [timeOut, id] = session ? [session.timeoutMs, session.id] : [0, NO_SESSION];
  attempt.equal(answer, { protocolVersion: 0, timeOut, sessionId: id, readOnly: isReadOnly }, 'the answer');
  const password = session ? sessionPassword(id) : Buffer.alloc(16);
  attempt.equal(passwd && hexOf(passwd), hexOf(password), 'the password in the answer');
}

unit({ gap: '09.5', name: 'a session, with its password', invariant: TOLD_ALL }, (attempt) => {
  attempt.did('the session has the number 01 0000001000 0000, and 6000 ms');
  expectAnswer(attempt, { id: known.id, timeoutMs: 6000 }, false);
});

unit({ gap: '09.5', name: 'a session that is over', invariant: NEVER_WRONG }, (attempt) => {
  attempt.did('the session is over');
  expectAnswer(attempt, null, false);
});

unit({ gap: '09.5', name: 'a server that can only be read from says so', invariant: TOLD_ALL }, (attempt) => {
  attempt.did('the server is read-only');
  expectAnswer(attempt, { id: known.id, timeoutMs: 6000 }, true);
  expectAnswer(attempt, null, true);
});

// --------------------------------------------------------------------------------------- a server, simulated

simulated(
  { gap: '09.4', name: 'connections break, sessions do not', invariant: ITS_OWN, points: 2, seeds: 8 },
  async (attempt) => {
    await startServer(attempt);
    const { zoo } = attempt;
    const alice = await join(attempt, 'alice');
    const { sessionId: id } = alice;
    for (let i = 0; i < 3; i++) {
      await zoo.settle(alice.setData('/alice', `${i}`));
      attempt.did('the connection of alice breaks');
      zoo.simulation.network.breakConnections('alice', 'server');
      await zoo.simulation.runFor(1000 + attempt.random.integer(2000));
      attempt.equal(alice.state, 'SyncConnected', 'the state of alice, some time later');
    }
    attempt.equal(partsOf(alice.sessionId), partsOf(id), "the number of alice's session");
    attempt.holds(zoo.server?.tree.get('/alice') !== undefined, 'her ephemeral node is still there', 'it is gone');
  },
);

simulated(
  { gap: '09.4', name: 'who comes back asks anew for a time-out', invariant: WITHIN_BOUNDS, points: 2, seeds: 4 },
  async (attempt) => {
    await startServer(attempt);
    const { id, password } = await new Visitor(attempt, 'alice').expectSession();
    const asked = [1, 3000 + attempt.random.integer(1000), 1_000_000, -5] as const;
    for (const timeoutMs of asked) {
      attempt.did(`alice comes back, and asks for ${timeoutMs} ms; 2000 to 20000 are allowed`);
      const granted = await new Visitor(attempt, 'alice', { id, password, timeoutMs }).expectSession();
      attempt.equal(granted.timeoutMs, Math.min(Math.max(timeoutMs, 2000), 20_000), 'the time-out in the answer');
    }
  },
);

simulated(
  {
    gap: '09.4',
    name: 'a session whose end is decided is not given back',
    invariant: NEVER_WRONG,
    points: 2,
    seeds: 6,
  },
  async (attempt) => {
    await startServer(attempt);
    const { zoo } = attempt;
    const alice = new Visitor(attempt, 'alice');
    const { id, password } = await alice.expectSession();
    // A server that has reads to answer does not stand still while its disk works.
    const carol = await zoo.settle(zoo.connect('carol'));
    zoo.machine.disk.faults.syncMs = [200, 300];
    await zoo.settle(carol.exists('/'));
    attempt.did('the disk of the server is slow; alice closes her session');
    alice.peer.send(closeSession(1));
    await zoo.simulation.runFor(10 + attempt.random.integer(100));
    attempt.did('before that is durable, somebody comes with its number and password');
    await new Visitor(attempt, 'bob', { id, password }).expectExpired();
  },
);

simulated(
  { gap: '09.4', name: 'an old copy of the data ends no session', invariant: NEVER_WRONG, points: 2, seeds: 5 },
  async (attempt) => {
    await startServer(attempt);
    const { zoo } = attempt;
    await join(attempt, 'bob');
    const old = dataOf(attempt);
    const alice = await join(attempt, 'alice');
    const { sessionId: id } = alice;
    const current = await putData(attempt, old, 'the server is started on a copy of its data from before alice came');
    await zoo.simulation.runFor(2000 + attempt.random.integer(1000));
    attempt.holds(alice.state !== 'Expired', 'alice is sent elsewhere', 'she was told that her session is over');
    await putData(attempt, current, 'the server is started on the right data');
    await zoo.simulation.runFor(3000);
    attempt.equal(alice.state, 'SyncConnected', 'the state of alice');
    attempt.equal(partsOf(alice.sessionId), partsOf(id), "the number of alice's session");
  },
);

simulated(
  { gap: '09.4', name: 'who is level with the server is let in', invariant: NO_PAST, points: 2, seeds: 3 },
  async (attempt) => {
    await startServer(attempt);
    const alice = new Visitor(attempt, 'alice');
    const { id, password } = await alice.expectSession();
    const lastZxid = attempt.zoo.server?.tree.lastProcessedZxid ?? 0n;
    attempt.did('bob has seen one transaction more than there is');
    const ahead = { id, password, lastZxidSeen: lastZxid + 1n };
    await new Visitor(attempt, 'bob', ahead).expectSentElsewhere();
    await alice.expectServed('alice');
    attempt.did('carol has seen exactly what there is');
    const carol = new Visitor(attempt, 'carol', { id, password, lastZxidSeen: lastZxid });
    await carol.expectSession();
    await carol.expectServed('carol');
    await alice.peer.expectClosed();
  },
);

simulated(
  {
    gap: '09.3',
    name: 'sessions that Apache ZooKeeper has made go on',
    invariant: SAME_EVERYWHERE,
    points: 2,
    seeds: 2,
  },
  async (attempt) => {
    await startServer(attempt);
    await sessionsInData(
      attempt,
      APACHES.map(([parts]) => idOf(parts)),
    );
    for (const [parts, password] of APACHES) {
      attempt.did(`the client of session ${parts} comes`);
      const visitor = new Visitor(attempt, 'alice', { id: idOf(parts), password: bytesOf(password) });
      attempt.equal(partsOf((await visitor.expectSession()).id), parts, 'the session in the answer');
    }
  },
);

simulated(
  { gap: '09.3', name: 'who knows only the number gets nothing', invariant: ITS_OWN, points: 2, seeds: 2 },
  async (attempt) => {
    await startServer(attempt);
    const alice = new Visitor(attempt, 'alice');
    const { id, password } = await alice.expectSession();
    const guesses: readonly [string, Uint8Array | null][] = [
      ['16 zeros', Buffer.alloc(16)],
      ['no password', null],
      ['a password of no bytes', Buffer.alloc(0)],
      ['the first 3 bytes of it', password.subarray(0, 3)],
      ['all 16 bytes and one more', Buffer.concat([password, Buffer.alloc(1)])],
    ];
    for (const [what, guess] of guesses) {
      attempt.did(`mallory comes with the number of alice's session, and ${what}`);
      await new Visitor(attempt, 'mallory', { id, password: guess }).expectExpired();
    }
    await alice.expectServed('alice, who has seen nothing of all this');
  },
);

simulated(
  {
    gap: '09.2',
    name: 'numbers are given once, whatever the clock says',
    invariant: NEVER_TWICE,
    points: 2,
    seeds: 10,
  },
  async (attempt) => {
    await startServer(attempt);
    const { zoo } = attempt;
    const given = new Set<bigint>();
    let last = 0n;
    for (let run = 0; run < 4; run++) {
      // The first number of one start may be the last one of the start before.
      for (let i = 1 + (run % 2); i > 0; i--) {
        const visitor = new Visitor(attempt, 'alice');
        const { id } = await visitor.expectSession();
        attempt.holds(!given.has(id), 'a number that no session has had', `${partsOf(id)} once more`);
        given.add(id);
        last = id;
        if (i === 1 || attempt.random.integer(3) > 0) visitor.peer.send(closeSession(1));
        await zoo.simulation.runFor(20);
      }
      attempt.did('the server is started again; its clock was set back to about the time in the last number');
      zoo.kill();
      zoo.machine.restart();
      const nowMs = zoo.machine.world.clock.wallMs();
      const numberMs = nowMs - (nowMs % 2 ** 40) + Number(BigInt.asUintN(40, last >> 16n));
      zoo.machine.jumpWallClock(numberMs - attempt.random.integer(4) - nowMs);
      await zoo.settle(zoo.start());
      // Its time was that of the last number, and that of its transactions will be earlier.
      zoo.machine.jumpWallClock(-HOUR_MS);
    }
  },
);

simulated(
  { gap: '09.2', name: 'the numbers of other servers do not matter', invariant: NEVER_TWICE, points: 2, seeds: 2 },
  async (attempt) => {
    await startServer(attempt);
    await sessionsInData(attempt, [idOf('07 0000000000 0005'), idOf('02 ffffffffff fff0'), idOf('05 0000000001 0000')]);
    const { id } = await new Visitor(attempt, 'alice').expectSession();
    attempt.equal(partsOf(id).slice(0, 2), '01', 'the server in the number of the new session');
  },
);

const HOUR_MS = 3_600_000;
