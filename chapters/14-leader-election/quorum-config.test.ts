import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ConfigError } from '#07-standalone-startup/zoo-cfg-entry.js';
import { connect } from '#10-client-cnxn/connect.node.js';
import { parseQuorum, type QuorumOptions } from '#14-leader-election/quorum-config.js';
import { QuorumHierarchical } from '#14-leader-election/quorum-hierarchical.js';
import { QuorumMaj } from '#14-leader-election/quorum-maj.js';
import { QuorumOracleMaj } from '#14-leader-election/quorum-oracle-maj.js';
import type { QuorumVerifier } from '#14-leader-election/quorum-verifier.js';
import { type ServerId, serverId } from '#14-leader-election/server-id.js';
import { freePort, startApacheServer } from '#testing/apache-server.node.js';
import { peers } from '#testing/peers.node.js';
import { proves } from '#testing/proves.js';
import { describeWithPeers } from '#testing/servers.js';

const ids = (...numbers: number[]): Set<ServerId> => new Set(numbers.map((number) => serverId(BigInt(number))));
const parse = (text: string, options?: QuorumOptions): QuorumVerifier => parseQuorum(text, 'servers', options);

function errorOf(text: string, options?: QuorumOptions): string {
  try {
    parse(text, options);
  } catch (error) {
    if (error instanceof ConfigError) return error.message;
    throw error;
  }
  throw new Error('it was accepted');
}

const THREE = 'server.1=a:1:2\nserver.2=b:1:2\nserver.3=c:1:2\n';
const GROUPS = `${THREE}server.4=d:1:2:observer\ngroup.1=1:2\ngroup.2=3\nweight.1=2\n`;

describe('servers without groups', () => {
  test('decide by majority, observers aside', () => {
    const quorum = parse(`${THREE}server.4=d:1:2:observer\nserver.5=e:1:2:observer\n`);
    expect(quorum).toBeInstanceOf(QuorumMaj);
    expect([...quorum.votingMembers.keys()]).toEqual([1n, 2n, 3n]);
    expect([...quorum.observingMembers.keys()]).toEqual([4n, 5n]);
    expect(quorum.allMembers.size).toBe(5);
    expect(quorum.failuresTolerated).toBe(1);
    expect(quorum.containsQuorum(ids(1, 3))).toBe(true);
    expect(quorum.containsQuorum(ids(1, 4, 5))).toBe(false);
    expect([1, 4, 9].map((id) => quorum.weightOf(serverId(BigInt(id))))).toEqual([1, 0, 0]);
    proves('EL-18');
  });

  test('are printed as the servers, then the version', () => {
    expect(parse(`version=1f0000002a\n${THREE}`).toText()).toBe(
      'server.1=a:1:2:participant\nserver.2=b:1:2:participant\nserver.3=c:1:2:participant\nversion=1f0000002a',
    );
    expect(parse('server.1=a:1:2').toText()).toMatch(/\nversion=0$/);
    proves('EL-21');
  });

  test('are the same as others with the same version, or with the same servers', () => {
    const one = parse(`${THREE}version=5`);
    expect(one.equals(parse(`${THREE}version=6`))).toBe(true);
    expect(one.equals(parse('server.9=x:1:2\nversion=5'))).toBe(true);
    expect(one.equals(parse(`${THREE}server.4=d:1:2\nversion=6`))).toBe(false);
    expect(one.equals(parse(`${THREE.replace('c:1:2', 'c:1:3')}version=6`))).toBe(false);
    expect(one.equals(parse(`${THREE.replace('c:1:2', 'c:1:2;3')}version=6`))).toBe(false);
    expect(one.equals(parse(`${GROUPS}version=5`))).toBe(false);
    proves('EL-18');
  });
});

describe('servers in groups', () => {
  test('decide by weight and by groups', () => {
    const quorum = parse(GROUPS);
    expect(quorum).toBeInstanceOf(QuorumHierarchical);
    expect(quorum.containsQuorum(ids(1, 3))).toBe(true);
    expect(quorum.containsQuorum(ids(2, 3))).toBe(false);
    expect(quorum.containsQuorum(ids(1, 2, 4))).toBe(false);
    expect(quorum.failuresTolerated).toBe(0);
    expect([1, 2, 4, 9].map((id) => quorum.weightOf(serverId(BigInt(id))))).toEqual([2, 1, 0, 0]);
    proves('EL-19', 'RC-03');
  });

  test('a weight alone, without a group, is a mistake', () => {
    expect(errorOf(`${THREE}weight.2=3`)).toBe('servers, line 1: server.1 is in no group');
  });

  test('are printed with their groups and weights', () => {
    const printed =
      'server.1=a:1:2:participant\nserver.2=b:1:2:participant\nserver.3=c:1:2:participant\nserver.4=d:1:2:observer\n' +
      'group.1=1:2\ngroup.2=3\nweight.1=2\nweight.2=1\nweight.3=1\nversion=0';
    expect(parse(GROUPS).toText()).toBe(printed);
    expect(parse(printed).toText()).toBe(printed);
    proves('EL-21');
  });

  test('are the same as others with the same version, or the same servers, groups and weights', () => {
    const one = parse(`${GROUPS}version=5`);
    expect(one.equals(parse(`${GROUPS}weight.2=1\nversion=6`))).toBe(true);
    expect(one.equals(parse(`${GROUPS}weight.2=2\nversion=5`))).toBe(true);
    expect(one.equals(parse(`${GROUPS}weight.2=2\nversion=6`))).toBe(false);
    expect(one.equals(parse(GROUPS.replace('group.2', 'group.3')))).toBe(false);
    expect(one.equals(parse(`${THREE}version=5`))).toBe(false);
    proves('EL-19');
  });
});

describe('two servers with an oracle', () => {
  const two = (text: string, says: boolean): { quorum: QuorumOracleMaj; asked: () => number } => {
    let asked = 0;
    const askOracle = (): boolean => {
      asked++;
      return says;
    };
    const quorum = parse(text, { askOracle });
    if (!(quorum instanceof QuorumOracleMaj)) throw new Error('it has no oracle');
    return { quorum, asked: () => asked };
  };
  const TWO = 'server.1=a:1:2\nserver.2=b:1:2\n';

  test('one of them may go on when the oracle says so', () => {
    expect(two(TWO, true).quorum.containsQuorum(ids(1))).toBe(true);
    expect(two(TWO, false).quorum.containsQuorum(ids(1))).toBe(false);
    proves('EL-20');
  });

  test('it is not asked when both agree, when the other one follows, or when there are three', () => {
    const { quorum, asked } = two(TWO, true);
    expect(quorum.containsQuorum(ids(1, 2))).toBe(true);
    quorum.followersChanged(1);
    expect(quorum.containsQuorum(ids(1))).toBe(false);
    expect(asked()).toBe(0);
    quorum.followersChanged(0);
    expect(quorum.containsQuorum(ids(1))).toBe(true);
    expect(asked()).toBe(1);
    const three = two(THREE, true);
    expect(three.quorum.containsQuorum(ids(1))).toBe(false);
    expect(three.asked()).toBe(0);
    proves('EL-20');
  });
});

describe('a mistake', () => {
  test.each([
    ['server.1=a:1', 'servers, line 1: server.1 is "a:1", but must be host:port:port,'],
    ['server.=a:1:2', 'what follows "server." must be a whole number from 0 to 9223372036854775806'],
    ['server.one=a:1:2', 'what follows "server." must be a whole number'],
    ['server.9223372036854775807=a:1:2', 'what follows "server." must be a whole number'],
    ['server.-1=a:1:2', 'what follows "server." must be a whole number'],
    [`${THREE}server.01=d:1:2`, 'servers, line 4: server.01 is the same as servers, line 1: server.1'],
    [`${THREE}group=1`, 'what follows "group." must be a whole number'],
    [`${THREE}group.1=1,2`, 'line 4: group.1 is "1,2", but must be the numbers of servers with colons between them'],
    [`${THREE}group.1=`, 'line 4: group.1 is "", but must be'],
    [`${THREE}group.1=1:2:3\nweight.1=heavy`, 'weight.1 is "heavy", but must be a whole number from 0 to 2147483647'],
    [`${THREE}group.1=1:2:3\nweight.1=-1`, 'line 5: weight.1 is -1, but a weight must not be negative'],
    [`${THREE}group.1=1:2:3:4`, 'line 4: group.1 has the server 4, but there is no server.4'],
    [`${THREE}group.1=1:2\ngroup.2=2:3`, 'line 5: group.2 has the server 2, which is in group.1 already'],
    [`${THREE}version=xyz`, 'line 4: version is "xyz", but must be a hexadecimal number'],
    [`${THREE}version=8000000000000000`, 'but must be a hexadecimal number'],
    [`${THREE}clientPort=2181`, 'line 4: clientPort does not belong to the servers, groups and weights'],
    ['server.1=a:1:2|b:1:2', 'has several addresses, but multiAddress.enabled is not set to true'],
  ])('%j', (text, message) => {
    expect(errorOf(text)).toContain(message);
  });

  test('several addresses are none where they are enabled', () => {
    expect(parse('server.1=b:1:2|a:1:2', { multiAddressEnabled: true }).toText()).toContain('=a:1:2|b:1:2:participant');
  });
});

/** Configurations of every kind, as people write them. */
const anyText: fc.Arbitrary<string> = fc
  .uniqueArray(fc.bigInt({ min: 0n, max: 2n ** 63n - 2n }), { minLength: 1, maxLength: 30 })
  .chain((numbers) =>
    fc.record({
      numbers: fc.constant(numbers),
      observers: fc.subarray(numbers.slice(1)),
      host: fc.constantFrom('zoo', '[::1]', '10.0.0.1'),
      client: fc.constantFrom('', ';2181', ';zoo:1', ';[::2]:1'),
      isGrouped: fc.boolean(),
      weight: fc.integer({ min: 1, max: 5 }),
      version: fc.bigInt({ min: 0n, max: 2n ** 63n - 1n }),
    }),
  )
  .map(({ numbers, observers, host, client, isGrouped, weight, version }) => {
    const lines = numbers.map((id) => `server.${id}=${host}:1:2${observers.includes(id) ? ':observer' : ''}${client}`);
    const groups = numbers.map((id, index) => `group.${index}=${id}`);
    return [
      ...lines,
      ...(isGrouped ? [...groups, `weight.${numbers[0]}=${weight}`] : []),
      `version=${version.toString(16)}`,
    ].join('\n');
  });

test('what is printed and read again is the same', () => {
  fc.assert(
    fc.property(anyText, (text) => {
      const quorum = parse(text);
      const again = parse(quorum.toText());
      expect(again.toText()).toBe(quorum.toText());
      expect(again.version).toBe(quorum.version);
      expect([...again.allMembers.values()]).toEqual([...quorum.allMembers.values()]);
      expect(again.equals(quorum)).toBe(true);
    }),
  );
});

test('whatever another server sends is read, or is a mistake of one line', () => {
  const bytes = fc.string({ unit: 'binary', maxLength: 200 });
  const nearly = anyText.chain((text) =>
    fc
      .tuple(fc.nat(text.length), fc.nat(10), bytes)
      .map(([at, cut, put]) => text.slice(0, at) + put + text.slice(at + cut)),
  );
  fc.assert(
    fc.property(fc.oneof(bytes, nearly), (text) => {
      try {
        parse(text);
      } catch (error) {
        if (!(error instanceof ConfigError)) throw error;
        expect(error.message).toMatch(/^[^\p{Cc}]+$/u);
      }
    }),
    { numRuns: 500 },
  );
});

describeWithPeers([peers.apacheServer], "Apache's text of a configuration", () => {
  /** What one server of an ensemble prints that needs no other. */
  async function printedByApache(servers: string): Promise<string> {
    const config = Object.fromEntries(servers.split('\n').map((line) => line.split('=') as [string, string]));
    await using server = await startApacheServer({
      myId: 1,
      config: { initLimit: '5', syncLimit: '5', standaloneEnabled: 'false', ...config },
    });
    const client = await connect(`${server.host}:${server.port}`);
    try {
      return (await client.getData('/zookeeper/config')).data?.toString() ?? '';
    } finally {
      await client.close();
    }
  }

  test.each([
    ['of a majority', ''],
    ['of groups', '\ngroup.7=1:16\ngroup.20=5000000000:2\nweight.1=3\nweight.16=0\nweight.2=0\nweight.5000000000=0'],
  ])('%s is ours, byte for byte', async (_, groups) => {
    const servers =
      `server.1=127.0.0.1:${await freePort()}:${await freePort()}\nserver.16=10.0.0.16:1:2:observer;2181\n` +
      'server.19=[2001:db8::1]:1:2:Observer;[::1]:3\nserver.200=127.0.0.1:1:2:observer;10.0.0.1:3\n' +
      `server.5000000000=localhost:1:2:observer\nserver.2=localhost:1:2:observer;localhost:3${groups}`;
    const printed = await printedByApache(servers);
    expect(printed.split('\n').map((line) => line.split('=')[0])).toContain('server.5000000000');
    const version = /version=.*/.exec(printed)?.[0];
    expect(parse(`${servers}\n${version}`).toText()).toBe(printed);
    proves('EL-21', 'RC-02');
  });
});
