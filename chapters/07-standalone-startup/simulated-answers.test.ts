/** Several clients do all kinds of things to the same few nodes, and each answer has to be the one right answer. */

import { describe, expect, test } from 'vitest';
import { type NetworkConditions, ROUGH_NETWORK } from '#00-introduction/network-conditions.js';
import type { Random } from '#00-introduction/world.js';
import { CreateMode } from '#06-network-protocol/create-mode.js';
import { ErrorCode, KeeperException } from '#06-network-protocol/error-codes.js';
import { zxid } from '#06-network-protocol/ids.js';
import { OpCode } from '#06-network-protocol/opcodes.js';
import { checkAnswers } from '#07-standalone-startup/answer-check.js';
import { checkOrder, type Exchange, exchangesOf, WrongAnswer } from '#07-standalone-startup/exchanges.js';
import { SimulatedServer, type ZooKeeper } from '#07-standalone-startup/simulated-server.js';

const CLIENTS = ['alice', 'bob', 'carol', 'dave'];
const REQUESTS_EACH = 120;
const MODES = Object.values(CreateMode).filter((mode) => mode <= CreateMode.ephemeralSequential);

/** Sends requests of all kinds, right and wrong ones, most of them without waiting for the one before. */
async function doAnything(client: ZooKeeper, random: Random, name: string): Promise<void> {
  const answers: Promise<unknown>[] = [];
  for (let i = 0; i < REQUESTS_EACH; i++) {
    const answer = request(client, random, `${name}.${i}`).catch((error: unknown) => {
      if (!(error instanceof KeeperException)) throw error;
      expect(error.code).not.toBe(ErrorCode.ConnectionLoss);
    });
    answers.push(answer);
    if (random.integer(4) === 0) await answer;
  }
  await Promise.all(answers);
  if (random.integer(2) === 0) await client.close();
}

function request(client: ZooKeeper, random: Random, data: string): Promise<unknown> {
  const path = drawPath(random);
  const version = random.integer(3) - 1;
  const mode = MODES[random.integer(MODES.length)] ?? CreateMode.persistent;
  switch (random.integer(9)) {
    case 0:
      return client.create(path, data, { mode });
    case 1:
      return client.createWithStat(path, data, { mode });
    case 2:
      return client.delete(path, version);
    case 3:
      return client.setData(path, data, version);
    case 4:
      return client.multi([
        { op: 'create', path, data },
        { op: 'check', path: '/a', version },
        { op: 'setData', path: drawPath(random), data },
        { op: 'delete', path: drawPath(random) },
      ]);
    case 5:
      return client.multi([
        { op: 'setData', path, data },
        { op: 'create', path: `${path}/m-`, mode: CreateMode.persistentSequential },
      ]);
    case 6:
      return client.exists(path);
    case 7:
      return client.getData(path);
    default:
      return client.getChildren(path);
  }
}

/** `/a` to `/c`, or a node below one of them. */
function drawPath(random: Random): string {
  const name = () => 'abc'[random.integer(3)] as string;
  return random.integer(2) === 0 ? `/${name()}` : `/${name()}/${name()}`;
}

async function anythingRun(seed: number, network: Partial<NetworkConditions>, isDiskSlow = false): Promise<Exchange[]> {
  const zoo = new SimulatedServer({ seed, network, config: { snapCount: 30 } });
  if (isDiskSlow) Object.assign(zoo.machine.disk.faults, { syncMs: [1, 200], writeMs: [1, 200] });
  await zoo.settle(zoo.start());
  const work: Promise<void>[] = [];
  for (const name of CLIENTS) {
    const client = await zoo.settle(zoo.connect(name));
    work.push(doAnything(client, zoo.simulation.random.fork(name), name));
  }
  await zoo.settle(Promise.all(work));
  return exchangesOf(zoo.transcript.entries);
}

/** All answers of some runs are right, and together they had some of each kind. */
async function expectRightAnswers(
  seeds: number,
  network: Partial<NetworkConditions>,
  isDiskSlow = false,
): Promise<void> {
  const errors = new Set<number>();
  for (let seed = 1; seed <= seeds; seed++) {
    const exchanges = await anythingRun(seed, network, isDiskSlow);
    checkOrder(exchanges);
    expect(checkAnswers(exchanges)).toBe(exchanges.length);
    expect(exchanges.length).toBeGreaterThanOrEqual(CLIENTS.length * REQUESTS_EACH);
    for (const { error } of exchanges) errors.add(error);
  }
  for (const code of [ErrorCode.OK, ErrorCode.NoNode, ErrorCode.NodeExists, ErrorCode.BadVersion, ErrorCode.NotEmpty])
    expect(errors).toContain(code);
}

describe('each answer is the one right answer', () => {
  test('on an ordinary network', () => expectRightAnswers(10, {}));

  test('when everything comes late and in pieces', () =>
    expectRightAnswers(10, {
      ...ROUGH_NETWORK,
      breakChance: 0,
      refuseChance: 0,
      splitChance: 0.7,
      singleByteChance: 0.1,
    }));

  test('when writes are held, and little fits on the way', () =>
    expectRightAnswers(10, { holdWriteChance: 0.5, windowBytes: 100 }));

  test('when the disk is slow', () => expectRightAnswers(6, {}, true));
});

describe('a wrong answer is found', () => {
  /** A run, and one of its exchanges told wrong. */
  async function withOneChanged(
    isIt: (exchange: Exchange) => boolean,
    change: (exchange: Exchange) => Partial<Exchange>,
  ): Promise<Exchange[]> {
    const exchanges = await anythingRun(1, {});
    const index = exchanges.findLastIndex(isIt);
    const exchange = exchanges[index] as Exchange;
    expect(exchange).toBeDefined();
    exchanges[index] = { ...exchange, ...change(exchange) };
    return exchanges;
  }

  const isOk = (opcode: OpCode) => (exchange: Exchange) => exchange.opcode === opcode && exchange.error === 0;

  test.each([
    ['other data', isOk(OpCode.getData), ({ reply }: Exchange) => ({ reply: { ...reply, data: null } })],
    [
      'a child too many',
      isOk(OpCode.getChildren2),
      ({ reply }: Exchange) => ({ reply: { ...reply, children: ['x'] } }),
    ],
    ['an error that is none', isOk(OpCode.delete), () => ({ error: ErrorCode.NoNode })],
    [
      'another version',
      isOk(OpCode.setData),
      ({ reply }: Exchange) => ({ reply: { stat: { ...(reply as { stat: object }).stat, version: 77 } } }),
    ],
    ['an earlier state', isOk(OpCode.exists), () => ({ zxid: zxid(0n) })],
    ['a node that was made twice', (e: Exchange) => e.error === ErrorCode.NodeExists, () => ({ error: 0 })],
  ])('%s', async (_what, isIt, change) => {
    const exchanges = await withOneChanged(isIt, change);
    expect(() => checkAnswers(exchanges)).toThrow(WrongAnswer);
  });

  test('reading an earlier state than someone else was told of before', async () => {
    const isRead = ({ isWrite, zxid }: Exchange) => !isWrite && zxid > 100n;
    const exchanges = await withOneChanged(isRead, (exchange) => ({ zxid: zxid(exchange.zxid - 90n) }));
    expect(() => checkOrder(exchanges)).toThrow('asked later, but of an earlier state');
  });

  test('one number for two writes', async () => {
    const exchanges = await withOneChanged(isOk(OpCode.setData), () => ({}));
    const [first, second] = exchanges.filter(({ isWrite }) => isWrite).slice(-2);
    expect(() => checkOrder([first as Exchange, { ...(second as Exchange), zxid: (first as Exchange).zxid }])).toThrow(
      'one zxid for two writes',
    );
  });
});
