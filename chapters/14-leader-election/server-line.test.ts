import { describe, expect, test } from 'vitest';
import { ConfigError } from '#07-standalone-startup/zoo-cfg-entry.js';
import { formatQuorumServer, type QuorumServer } from '#14-leader-election/quorum-server.js';
import { serverId } from '#14-leader-election/server-id.js';
import { parseServerLine } from '#14-leader-election/server-line.js';
import { proves } from '#testing/proves.js';

const parse = (value: string, multiAddressEnabled = false): QuorumServer =>
  parseServerLine(serverId(1n), { key: 'server.1', value, label: 'zoo.cfg, line 3: server.1' }, multiAddressEnabled);

function errorOf(value: string, multiAddressEnabled = false): string {
  try {
    parse(value, multiAddressEnabled);
  } catch (error) {
    if (error instanceof ConfigError) return error.message;
    throw error;
  }
  throw new Error('it was accepted');
}

describe('a server line', () => {
  test('has a host, two ports, a role, and an address for clients', () => {
    expect(parse('zoo1:2888:3888:observer;10.0.0.1:2181')).toEqual({
      id: 1n,
      addresses: [{ quorum: { host: 'zoo1', port: 2888 }, election: { host: 'zoo1', port: 3888 } }],
      clientAddress: { host: '10.0.0.1', port: 2181 },
      role: 'observer',
    });
    expect(parse('zoo1:2888:3888')).toMatchObject({ clientAddress: null, role: 'participant' });
    proves('RC-01');
  });

  test.each([
    ['zoo1:2888:3888', 'zoo1:2888:3888:participant'],
    ['zoo1:2888:3888:PARTICIPANT', 'zoo1:2888:3888:participant'],
    ['zoo1:2888:3888:Observer', 'zoo1:2888:3888:observer'],
    ['zoo1:2888:3888;2181', 'zoo1:2888:3888:participant;0.0.0.0:2181'],
    ['zoo1:2888:3888:observer;2181', 'zoo1:2888:3888:observer;0.0.0.0:2181'],
    ['127.0.0.1:1:2;127.0.0.1:3', '127.0.0.1:1:2:participant;127.0.0.1:3'],
    ['[::1]:1:2', '[0:0:0:0:0:0:0:1]:1:2:participant'],
    ['[2001:DB8::a]:1:2:observer;[::1]:3', '[2001:db8:0:0:0:0:0:a]:1:2:observer;[0:0:0:0:0:0:0:1]:3'],
    ['[fe80::1%eth0]:1:2', '[fe80::1%eth0]:1:2:participant'],
    ['zoo1:0:65535', 'zoo1:0:65535:participant'],
    ['zoo1:+1:02', 'zoo1:1:2:participant'],
    // What Java leaves of an empty piece at the end: nothing.
    ['zoo1:1:2;', 'zoo1:1:2:participant'],
    ['zoo1:1:2:', 'zoo1:1:2:participant'],
    ['zoo1:1:2|', 'zoo1:1:2:participant'],
  ])('%s is printed as %s', (line, printed) => {
    expect(formatQuorumServer(parse(line))).toBe(printed);
    expect(formatQuorumServer(parse(printed))).toBe(printed);
    proves('RC-02');
  });

  test('can have several addresses where that is enabled', () => {
    const server = parse('zoo1:1:2|[::1]:3:4|net2:5:6:observer;7', true);
    expect(server.addresses.map(({ election }) => election)).toEqual([
      { host: 'zoo1', port: 2 },
      { host: '0:0:0:0:0:0:0:1', port: 4 },
      { host: 'net2', port: 6 },
    ]);
    expect(formatQuorumServer(server)).toBe('[0:0:0:0:0:0:0:1]:3:4|net2:5:6|zoo1:1:2:observer;0.0.0.0:7');
    expect(errorOf('a:1:2|b:1:2')).toBe(
      'zoo.cfg, line 3: server.1 has several addresses, but multiAddress.enabled is not set to true',
    );
    proves('RC-01', 'RC-02');
  });

  test('has one role, whichever of its addresses it stands behind', () => {
    expect(parse('a:1:2:observer|b:1:2', true).role).toBe('observer');
    expect(parse('a:1:2:observer|b:1:2:OBSERVER', true).role).toBe('observer');
    expect(errorOf('a:1:2:observer|b:1:2:participant', true)).toContain('has several roles');
    proves('RC-01');
  });

  test('needs two ports, which differ', () => {
    expect(errorOf('zoo1:2888:2888')).toBe(
      'zoo.cfg, line 3: server.1 is "zoo1:2888:2888", but its two ports must not be the same',
    );
    proves('RC-01');
  });

  test.each([
    '',
    'zoo1',
    'zoo1:2888',
    ':2888:3888',
    'zoo1:a:3888',
    'zoo1:2888:-1',
    'zoo1:2888:65536',
    'zoo1:28 88:3888',
    'zoo 1:2888:3888',
    'zoo1:2888:3888:witness',
    'zoo1:2888:3888:observer:x',
    'zoo1:2888:3888;x',
    'zoo1:2888:3888;70000',
    'zoo1:2888:3888;:2181',
    'zoo1:2888:3888;h:2181:2182',
    'zoo1:2888:3888;2181;2182',
    ';2181',
    '[::1:2888:3888',
    '::1:2888:3888',
    '[::1]2888:3888',
    '[]:2888:3888',
    'zoo1:2888:3888;[::1:2181',
    'zoo1:2888:3888;[::1]',
  ])('%j is none', (line) => {
    expect(errorOf(line)).toContain(`zoo.cfg, line 3: server.1 is "${line}", but must be host:port:port,`);
  });

  test('no piece of several addresses may be wrong', () => {
    expect(errorOf('a:1:2||b:1:2', true)).toContain('but must be host:port:port');
  });
});
