import { describe, expect, test } from 'vitest';
import { SeededRandom } from '#00-introduction/seeded-random.js';
import { HostProvider } from '#10-client-cnxn/host-provider.js';
import { proves } from '#testing/proves.js';

const addresses = ['a', 'b', 'c'].map((host) => ({ host, port: 2181 }));

function provider(seed = 1): HostProvider {
  return new HostProvider(addresses, new SeededRandom(seed));
}

const take = (hosts: HostProvider, count: number) => Array.from({ length: count }, () => hosts.next());
const names = (hosts: HostProvider, count: number) => take(hosts, count).map(({ address }) => address.host);
const pauses = (hosts: HostProvider, count: number) => take(hosts, count).map(({ startsNewRound }) => startsNewRound);

describe('a host list', () => {
  test('goes round: each server once in a round, in the same order', () => {
    const [first, second] = [provider(), provider()];
    const round = names(first, 3);
    expect([...round].sort()).toEqual(['a', 'b', 'c']);
    expect(names(first, 6)).toEqual([...round, ...round]);
    expect(names(second, 3)).toEqual(round);
  });

  test('is shuffled: every order comes about equally often', () => {
    const orders = new Map<string, number>();
    for (let seed = 0; seed < 600; seed++) {
      const order = names(provider(seed), 3).join('');
      orders.set(order, (orders.get(order) ?? 0) + 1);
    }
    expect(orders.size).toBe(6);
    for (const count of orders.values()) expect(count).toBeGreaterThan(60);
    proves('CL-17');
  });

  test('asks for a pause after each whole round, not before the first', () => {
    expect(pauses(provider(), 7)).toEqual([false, false, false, true, false, false, true]);
    proves('CL-07');
  });

  test('counts the round from the last server that answered', () => {
    const hosts = provider();
    hosts.next();
    hosts.next();
    hosts.onConnected();
    expect(pauses(hosts, 6)).toEqual([false, false, true, false, false, true]);
  });

  test('of one server asks for a pause before each attempt but the first', () => {
    const hosts = new HostProvider([{ host: 'a', port: 1 }], new SeededRandom(1));
    expect(pauses(hosts, 3)).toEqual([false, true, true]);
    expect(hosts.size).toBe(1);
  });
});
