/**
 * A load that leaves every kind of transaction in a server's log, and enough of them for several snapshots: creates of
 * every kind, deletes, sets, ACLs, multis, requests that fail, sessions that end and one that stays.
 */
import { Buffer } from 'node:buffer';
import type { ACL } from '#05-jute/records/data.js';
import { CreateMode } from '#06-network-protocol/create-mode.js';
import { OpCode } from '#06-network-protocol/opcodes.js';
import type { OperationName, RequestOf } from '#testing/operations.js';
import { openSession, type RawSession } from '#testing/raw-session.node.js';
import { createRequest, deleteRequest, OPEN_ACL, setDataRequest } from '#testing/requests.js';

/** Who gives this to `addauth` may do everything with the nodes of this load. */
export const OWNER = 'owner:secret';
const ownerAcl: ACL = { perms: 31, id: { scheme: 'digest', id: 'owner:Vj++wdU3sMAbt+g9TyKj1BT+usI=' } };

const SESSION_TIMEOUT_MS = 40_000;
const LARGE_BYTES = 3000;

/**
 * Writes below a node of its own. Every request is answered when this returns.
 * @param root a path that is not there yet
 * @param nodeCount how many nodes are made, changed and in part deleted again
 * @returns a session that is still open, with ephemeral nodes below `root`; its connection is the caller's
 * @throws {Error} (as a rejection) when a request is answered otherwise than it must be
 */
export async function writeEveryTxn(port: number, root: string, nodeCount: number): Promise<RawSession> {
  const live = await openSession(port, { timeoutMs: SESSION_TIMEOUT_MS });
  await live.ok('create', createRequest(root, { data: 'root' }));
  await writeQuota(live, root);
  await writeKinds(live, root);
  await writeEphemerals(port, root, live);
  await writeMany(port, `${root}/many`, nodeCount);
  return live;
}

/** The session proves that it is the owner. */
export async function becomeOwner(session: RawSession): Promise<RawSession> {
  const { err } = await session.call('auth', { type: 0, scheme: 'digest', auth: Buffer.from(OWNER) });
  if (err !== 0) throw new Error(`auth failed with ${err}`);
  return session;
}

/** The server keeps count in the second of these nodes, without a transaction. */
async function writeQuota(session: RawSession, root: string): Promise<void> {
  const quota = `/zookeeper/quota${root}`;
  await session.ok('create', createRequest(quota));
  await session.ok('create', createRequest(`${quota}/zookeeper_limits`, { data: 'count=100000,bytes=-1' }));
  await session.ok('create', createRequest(`${quota}/zookeeper_stats`, { data: 'count=0,bytes=0' }));
}

async function writeKinds(session: RawSession, root: string): Promise<void> {
  await session.ok('create', createRequest(`${root}/null`, { data: null }));
  await session.ok('create', createRequest(`${root}/empty`, { data: '' }));
  await session.ok('create', createRequest(`${root}/Żółw-水`, { data: Buffer.from([0, 255, 10, 13]) }));
  await session.ok('create2', createRequest(`${root}/big`, { data: Buffer.alloc(200_000, 'big') }));
  for (let i = 0; i < 3; i++) {
    await session.ok('create', createRequest(`${root}/n-`, { flags: CreateMode.persistentSequential }));
  }
  await session.ok('createContainer', createRequest(`${root}/box`, { flags: CreateMode.container }));
  await session.ok('create', createRequest(`${root}/box/content`, { data: 'keeps the box' }));
  const day = { ttl: 86_400_000 };
  await session.ok('createTTL', {
    ...createRequest(`${root}/day`, { data: 'x', flags: CreateMode.persistentWithTtl }),
    ...day,
  });
  await session.ok('createTTL', {
    ...createRequest(`${root}/day-`, { flags: CreateMode.persistentSequentialWithTtl }),
    ...day,
  });
  await session.ok(
    'create',
    createRequest(`${root}/guarded`, { acl: [ownerAcl, { ...(OPEN_ACL[0] as ACL), perms: 1 }] }),
  );
  await session.ok('setACL', { path: `${root}/empty`, acl: [ownerAcl, ...OPEN_ACL], version: 0 });
  await session.ok('setACL', { path: `${root}/empty`, acl: [...OPEN_ACL], version: -1 });
  await session.ok('setData', setDataRequest(`${root}/null`, 'no longer null', 0));
  await session.ok('setData', { path: `${root}/empty`, data: null, version: -1 });
  await session.ok('setData', { path: `${root}/null`, data: Buffer.alloc(0), version: 1 });
  await session.ok('delete', deleteRequest(`${root}/n-0000000005`, 0));
  await writeFailures(session, root);
  await writeMultis(session, root);
}

/** Each takes a zxid, and goes into the log. */
async function writeFailures(session: RawSession, root: string): Promise<void> {
  await expectError(session, -110, 'create', createRequest(root));
  await expectError(session, -101, 'create', createRequest(`${root}/none/kid`));
  await expectError(session, -103, 'setData', setDataRequest(`${root}/big`, 'x', 7));
  await expectError(session, -111, 'delete', deleteRequest(root));
  await expectError(session, -102, 'setData', setDataRequest(`${root}/guarded`, 'x'));
  await expectError(session, -114, 'setACL', { path: root, acl: [], version: -1 });
}

async function writeMultis(session: RawSession, root: string): Promise<void> {
  const path = `${root}/multi`;
  await session.ok('multi', [
    { type: OpCode.create, record: createRequest(path, { data: 'first' }) },
    { type: OpCode.create, record: createRequest(`${path}/n-`, { flags: CreateMode.persistentSequential }) },
    { type: OpCode.create, record: createRequest(`${path}/mine`, { flags: CreateMode.ephemeral }) },
    { type: OpCode.createContainer, record: createRequest(`${path}/box`, { flags: CreateMode.container }) },
    { type: OpCode.check, record: { path: root, version: 0 } },
    { type: OpCode.setData, record: setDataRequest(path, 'second', 0) },
    { type: OpCode.delete, record: deleteRequest(`${path}/n-0000000000`, 0) },
  ]);
  const failed = await session.ok('multi', [
    { type: OpCode.create, record: createRequest(`${path}/never`) },
    { type: OpCode.check, record: { path: root, version: 99 } },
    { type: OpCode.setData, record: setDataRequest(path, 'never') },
  ]);
  const errors = failed.map((step) => ('error' in step ? step.error : 'done'));
  if (errors.join() !== '0,-103,-2') throw new Error(`the multi that must fail was answered with ${errors}`);
}

/** Of one session that ends, with what it owns, and of the one that stays. */
async function writeEphemerals(port: number, root: string, live: RawSession): Promise<void> {
  using leaving = await openSession(port, { timeoutMs: SESSION_TIMEOUT_MS });
  for (const [session, name] of [
    [leaving, 'leaving'],
    [live, 'staying'],
  ] as const) {
    await session.ok('create', createRequest(`${root}/${name}`, { flags: CreateMode.ephemeral }));
    await session.ok(
      'create',
      createRequest(`${root}/${name}-`, { flags: CreateMode.ephemeralSequential, data: name }),
    );
  }
  await leaving.close();
  // One that never owned anything.
  using idle = await openSession(port, { timeoutMs: SESSION_TIMEOUT_MS });
  await idle.close();
}

/** Two sessions at once, each with all its requests under way: while snapshots are taken, other writes go on. */
async function writeMany(port: number, root: string, nodeCount: number): Promise<void> {
  using one = await openSession(port, { timeoutMs: SESSION_TIMEOUT_MS });
  using two = await openSession(port, { timeoutMs: SESSION_TIMEOUT_MS });
  await one.ok('create', createRequest(root));
  await Promise.all([one, two].map((session, i) => writeHalf(session, `${root}/${i}`, Math.ceil(nodeCount / 2))));
  await one.close();
  await two.close();
}

async function writeHalf(session: RawSession, root: string, nodeCount: number): Promise<void> {
  const sent: { name: 'create' | 'setData' | 'setACL' | 'delete'; path: string }[] = [];
  const send = (name: 'create' | 'setData' | 'setACL' | 'delete', path: string, request: unknown): void => {
    session.send(name, request as never);
    sent.push({ name, path });
  };
  send('create', root, createRequest(root));
  for (let i = 0; i < nodeCount; i++) {
    const path = `${root}/${i}`;
    // A list of its own for each: while a snapshot is written, lists come and go too.
    const acl: ACL[] = [{ perms: 1 + (i % 31), id: { scheme: 'digest', id: `${path}:x` } }, ...OPEN_ACL];
    send('create', path, createRequest(path, { data: Buffer.alloc(LARGE_BYTES, `${i} `), acl }));
    if (i % 2 === 0) send('setData', path, setDataRequest(path, `${i}`.repeat(LARGE_BYTES / 10), 0));
    if (i % 3 === 0) send('setACL', path, { path, acl: [...OPEN_ACL, ...acl], version: 0 });
    if (i % 5 === 4) send('delete', `${root}/${i - 4}`, deleteRequest(`${root}/${i - 4}`));
    if (i % 10 === 9) send('create', `${root}/${i - 9}`, createRequest(`${root}/${i - 9}`, { data: 'again' }));
  }
  for (const { name, path } of sent) {
    const { header } = await session.reply();
    if (header.err !== 0) throw new Error(`${name} ${path} failed with ${header.err}`);
  }
}

async function expectError<N extends OperationName>(
  session: RawSession,
  expected: number,
  name: N,
  request: RequestOf<N>,
): Promise<void> {
  const { err } = await session.call(name, request);
  if (err !== expected) throw new Error(`${name} was answered with ${err}, not ${expected}`);
}
