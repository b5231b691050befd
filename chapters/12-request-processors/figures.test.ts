/** The figures of this chapter's text, from the runs that it tells of. */
import { expect, test } from 'vitest';
import { CALM_NETWORK } from '#00-introduction/network-conditions.js';
import { CreateMode } from '#06-network-protocol/create-mode.js';
import { errorCodeName, KeeperException } from '#06-network-protocol/error-codes.js';
import { hex, zxid } from '#06-network-protocol/ids.js';
import { notThereYet } from '#07-standalone-startup/scenarios/not-there-yet.js';
import { ScenarioRun } from '#07-standalone-startup/scenarios/scenario-run.js';
import { shownFiles } from '#07-standalone-startup/server-view.js';
import { SimulatedServer, type ZooKeeper } from '#07-standalone-startup/simulated-server.js';
import { MultiException } from '#10-client-cnxn/client-errors.js';
import type { ChangeRecord } from '#12-request-processors/change-record.js';
import { FinalRequestProcessor } from '#12-request-processors/final-request-processor.js';
import { newRequest, newState } from '#12-request-processors/loose-parts.js';
import type { Operation } from '#12-request-processors/operation.js';
import { create } from '#12-request-processors/operations/create.js';
import { deleteNode } from '#12-request-processors/operations/delete.js';
import { setData } from '#12-request-processors/operations/set-data.js';
import { PrepRequestProcessor } from '#12-request-processors/prep-request-processor.js';
import type { Request } from '#12-request-processors/request.js';
import { createRequest, deleteRequest, setDataRequest } from '#testing/requests.js';

async function start(...names: string[]): Promise<{ zoo: SimulatedServer; clients: ZooKeeper[] }> {
  const zoo = new SimulatedServer({ seed: 7, network: CALM_NETWORK });
  await zoo.settle(zoo.start());
  const clients: ZooKeeper[] = [];
  for (const name of names) clients.push(await zoo.settle(zoo.connect(name)));
  return { zoo, clients };
}

/** An answer as the text tells it. */
const told = (answer: Promise<unknown>): Promise<string> =>
  answer.then(
    (result) =>
      result !== null && typeof result === 'object' && 'version' in result ? `ok, version ${result.version}` : 'ok',
    (error: unknown) => {
      if (error instanceof MultiException) return error.results.map(({ code }) => errorCodeName(code)).join('; ');
      if (error instanceof KeeperException) return errorCodeName(error.code);
      throw error;
    },
  );

const BEGIN = /^@\d+ {2}(0x\w+) {2}\d+ ms {2}session (0x\w+) {2}/;

/** The transactions of the log as the text shows them; with the session by its client, when there are names. */
function logged(zoo: SimulatedServer, first: string, names: Record<string, string> = {}): string[] {
  const files = shownFiles(zoo.machine.disk, '/data/version-2').filter(({ path }) => path.includes('/log.'));
  const lines = files.flatMap(({ lines }) => lines).filter((line) => BEGIN.test(line));
  const short = lines.map((line) =>
    line
      .replace(BEGIN, (_, id: string, session: string) => `${id}  ${names[session] ? `${names[session]}  ` : ''}`)
      .replace(/ {2}digest 2:0x\w+/, '')
      .replaceAll(/acl \[.*?\)\]/g, 'acl […]'),
  );
  return short.slice(short.findIndex((line) => line.startsWith(`${first}  `)));
}

test('seven requests in one write', async () => {
  const { zoo, clients } = await start('w1');
  const [w1] = clients as [ZooKeeper];
  const config = '/payout/config';
  await zoo.settle(w1.create('/payout'));
  await zoo.settle(w1.create(config));
  const answers = [
    w1.setData(config, 'a', 0),
    w1.setData(config, 'b', 0),
    w1.setData(config, 'c', 1),
    w1.delete(config, 2),
    w1.setData(config, 'd', 3),
    w1.create(config),
    w1.setData(config, 'e', 0),
  ].map(told);
  expect(await zoo.settle(Promise.all(answers))).toEqual([
    'ok, version 1',
    'BadVersion',
    'ok, version 2',
    'ok',
    'NoNode',
    'ok',
    'ok, version 1',
  ]);
  expect(logged(zoo, '0x4')).toEqual([
    '0x4  cxid 3  setData path "/payout/config", data 1 byte, version 1',
    '0x5  cxid 4  error err -103',
    '0x6  cxid 5  setData path "/payout/config", data 1 byte, version 2',
    '0x7  cxid 6  delete path "/payout/config"',
    '0x8  cxid 7  error err -101',
    '0x9  cxid 8  create path "/payout/config", data 0 bytes, acl […], ephemeral false, parentCVersion 2',
    '0xa  cxid 9  setData path "/payout/config", data 1 byte, version 1',
  ]);
});

test('the records of the seven requests', () => {
  const state = newState();
  const session = state.open[0] as (typeof state.open)[0];
  const config = '/payout/config';
  const done = { process: (request: Request): void => new FinalRequestProcessor(state).process(request) };
  const first = new PrepRequestProcessor(state, zxid(1n), done);
  for (const path of ['/payout', config]) first.process(newRequest(session, create, createRequest(path)));
  const prep = new PrepRequestProcessor(state, zxid(3n), { process() {} });
  const ask = (operation: Operation, record: unknown): void => prep.process(newRequest(session, operation, record));
  for (const version of [0, 0, 1]) ask(setData, setDataRequest(config, 'x', version));
  ask(deleteNode, deleteRequest(config, 2));
  ask(setData, setDataRequest(config, 'x', 3));
  ask(create, createRequest(config));
  ask(setData, setDataRequest(config, 'x', 0));
  // What nobody else has to know is looked at from here, since it is what the figure shows.
  const { records, newest } = state.changes as unknown as {
    records: ChangeRecord[];
    newest: Map<string, ChangeRecord>;
  };
  const row = ({ zxid, path, exists, version, cversion, childCount }: ChangeRecord): string =>
    `0x${hex(zxid)} ${path} ${exists ? `version ${version}, cversion ${cversion}, children ${childCount}` : 'gone'}`;
  expect(records.map(row)).toEqual([
    '0x4 /payout/config version 1, cversion 0, children 0',
    '0x6 /payout/config version 2, cversion 0, children 0',
    '0x7 /payout version 0, cversion 1, children 0',
    '0x7 /payout/config gone',
    '0x9 /payout version 0, cversion 2, children 1',
    '0x9 /payout/config version 0, cversion 0, children 0',
    '0xa /payout/config version 1, cversion 0, children 0',
  ]);
  expect([...newest].map(([path, { zxid }]) => `${path} 0x${hex(zxid)}`)).toEqual([
    '/payout/config 0xa',
    '/payout 0x9',
  ]);
  expect(state.tree.get(config)?.version).toBe(0);
});

test('a multi of which a step fails, and two requests behind it', async () => {
  const { zoo, clients } = await start('w1');
  const [w1] = clients as [ZooKeeper];
  const config = '/payout/config';
  await zoo.settle(w1.create('/payout'));
  await zoo.settle(w1.create(config));
  await zoo.settle(w1.setData(config, 'a'));
  const answers = [
    w1.multi([
      { op: 'create', path: '/payout/leader' },
      { op: 'setData', path: config, data: 'b', version: -1 },
      { op: 'check', path: config, version: 9 },
      { op: 'delete', path: config, version: -1 },
    ]),
    w1.create('/payout/leader'),
    w1.setData(config, 'c', 1),
  ].map(told);
  const told3 = ['OK; OK; BadVersion; RuntimeInconsistency', 'ok', 'ok, version 2'];
  expect(await zoo.settle(Promise.all(answers))).toEqual(told3);
  expect(logged(zoo, '0x5')[0]).toBe(
    '0x5  cxid 4  multi { ' +
      'create path "/payout/leader", data 0 bytes, acl […], ephemeral false, parentCVersion 2 | ' +
      'setData path "/payout/config", data 1 byte, version 2 | error err -103 | error err -2 }',
  );
});

test('which nodes go with a session', async () => {
  const { zoo, clients } = await start('w1', 'w2');
  const [w1, w2] = clients as [ZooKeeper, ZooKeeper];
  const ephemeral = { mode: CreateMode.ephemeral };
  await zoo.settle(w1.create('/payout'));
  await zoo.settle(w1.create('/payout/leader', 'w1', ephemeral));
  zoo.machine.disk.faults.syncMs = [20, 20];
  const names = { [`0x${hex(w1.sessionId)}`]: 'session of w1', [`0x${hex(w2.sessionId)}`]: 'session of w2' };
  const ofW2 = [w2.delete('/payout/leader'), w2.create('/payout/leader', 'w2', ephemeral)].map(told);
  await zoo.simulation.runFor(5);
  const ofW1 = [w1.create('/payout/w1', '', ephemeral), w1.close()].map(told);
  expect(await zoo.settle(Promise.all([...ofW2, ...ofW1]))).toEqual(['ok', 'ok', 'ok', 'ok']);
  expect(logged(zoo, '0x5', names)).toEqual([
    '0x5  session of w2  cxid 1  delete path "/payout/leader"',
    '0x6  session of w2  cxid 2  create path "/payout/leader", data 2 bytes, acl […], ephemeral true, parentCVersion 2',
    '0x7  session of w1  cxid 3  create path "/payout/w1", data 0 bytes, acl […], ephemeral true, parentCVersion 3',
    '0x8  session of w1  cxid 4  closeSession paths2Delete ["/payout/w1"]',
  ]);
  expect(zoo.nodes().flatMap(({ path }) => (path.startsWith('/payout/') ? [path] : []))).toEqual(['/payout/leader']);
});

test('who is told what of a node that is on its way to the disk', async () => {
  const run = await ScenarioRun.of(notThereYet, { seed: 7 });
  expect(run.outcome).toBe('w1: created, w2: NodeExists, w3 saw none, then one');
  const at = (text: string): string => {
    const entry = run.entries.find((each) => each.text.includes(text));
    return entry?.atMs.toFixed(1) ?? 'never';
  };
  expect(at('reply #1 exists NoNode')).toBe('18.3');
  expect(at('create ok /payout/leader')).toBe('48.6');
  expect(at('create NodeExists')).toBe('88.6');
});

test('what is left of it when the power fails', async () => {
  const run = await ScenarioRun.of(notThereYet, { seed: 7, choices: { power: 'fails' } });
  expect(run.outcome).toBe('w1: ConnectionLoss, w2: ConnectionLoss, w3 saw none, then none');
});

test.each([
  [10, 50, 241],
  [100, 500, 26_456],
])('%i clients that add to one node: %i attempts succeed, %i fail', async (count, succeeded, failed) => {
  const { zoo, clients } = await start(...Array.from({ length: count }, (_, index) => `w${index}`));
  const [w0] = clients as [ZooKeeper];
  await zoo.settle(w0.create('/counter', '0'));
  let failures = 0;
  const addFiveTimes = async (client: ZooKeeper): Promise<void> => {
    for (let done = 0; done < 5; ) {
      const { data, stat } = await client.getData('/counter');
      const answer = await told(client.setData('/counter', String(Number(data) + 1), stat.version));
      if (answer === 'BadVersion') failures++;
      else done++;
    }
  };
  await zoo.settle(Promise.all(clients.map(addFiveTimes)));
  expect(String((await zoo.settle(w0.getData('/counter'))).data)).toBe(String(succeeded));
  expect(failures).toBe(failed);
});
