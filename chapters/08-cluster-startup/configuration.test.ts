import { Buffer } from 'node:buffer';
import { describe, expect, test } from 'vitest';
import { Simulation } from '#00-introduction/simulation.js';
import type { Disk } from '#00-introduction/world.js';
import { listSettings } from '#07-standalone-startup/server-config-list.js';
import { ConfigError } from '#07-standalone-startup/zoo-cfg-entry.js';
import { type Configuration, type PeerConfiguration, readConfiguration } from '#08-cluster-startup/configuration.js';
import { PEER_SETTINGS, peerConfig, peerSettings } from '#08-cluster-startup/peer-config.js';
import { QuorumHierarchical } from '#14-leader-election/quorum-hierarchical.js';
import { QuorumOracleMaj } from '#14-leader-election/quorum-oracle-maj.js';
import { serverId } from '#14-leader-election/server-id.js';
import { proves } from '#testing/proves.js';

type Files = Readonly<Record<string, string>>;

const BASE = 'dataDir=/data\nclientPort=2181\n';
const LIMITS = `${BASE}initLimit=10\nsyncLimit=5\n`;
const THREE = 'server.1=zoo1:2888:3888\nserver.2=zoo2:2888:3888\nserver.3=zoo3:2888:3888\n';
/** The lines 1 to 7. */
const ENSEMBLE = LIMITS + THREE;

function diskWith(files: Files): Disk {
  const { disk } = new Simulation({ seed: 1 }).machine('server').world;
  for (const [path, text] of Object.entries(files)) {
    disk.makeDirectories(path.slice(0, path.lastIndexOf('/')) || '/');
    const file = disk.open(path, 'create');
    file.writeNow(Buffer.from(text, 'latin1'), 0);
    file.close();
  }
  return disk;
}

function read(text: string, files: Files = { '/data/myid': '1\n' }, properties: Files = {}): Configuration {
  const absolutePath = (path: string): string => (path.startsWith('/') ? path : `/here/${path}`);
  return readConfiguration({ file: { name: 'zoo.cfg', text }, properties }, { disk: diskWith(files), absolutePath });
}

function peerOf(text: string, files?: Files): PeerConfiguration {
  const configuration = read(text, files);
  if (configuration.kind !== 'peer') throw new Error('it is a server alone');
  return configuration;
}

function aloneOf(lines: string): { clientPort: number; clientPortAddress: string } {
  const { kind, server } = read(lines, {});
  expect(kind).toBe('standalone');
  return server;
}

/** The message of the error, which has to be one line. */
function errorOf(text: string, files?: Files): string {
  try {
    read(text, files);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    expect(error.message).toMatch(/^[^\p{Cc}]+$/u);
    return error.message;
  }
  throw new Error('it was accepted');
}

describe('a server alone', () => {
  test('has no server line, or one', () => {
    expect(aloneOf(BASE)).toMatchObject({ clientPort: 2181 });
    expect(aloneOf(`${BASE}server.1=localhost:2888:3888`)).toMatchObject({ clientPort: 2181, clientPortAddress: '' });
    expect(aloneOf(`${BASE}server.1=[::1]:2888:3888:PARTICIPANT`).clientPort).toBe(2181);
    proves('RC-04');
  });

  test('can say in that line where to listen', () => {
    const at = (line: string) => {
      const { clientPort, clientPortAddress } = aloneOf(`dataDir=/data\n${line}\n`);
      return `${clientPortAddress}|${clientPort}`;
    };
    expect(at('server.1=localhost:2888:3888;2182')).toBe('|2182');
    expect(at('server.1=localhost:2888:3888:participant;0.0.0.0:2182')).toBe('|2182');
    expect(at('server.1=localhost:2888:3888;[::]:2182')).toBe('|2182');
    expect(at('server.1=localhost:2888:3888;127.0.0.1:2182')).toBe('127.0.0.1|2182');
    expect(at('server.1=localhost:2888:3888;[::1]:2182')).toBe('0:0:0:0:0:0:0:1|2182');
    expect(at('clientPort=2182\nserver.1=localhost:2888:3888;2182')).toBe('|2182');
  });

  test('must not say otherwise in clientPort and clientPortAddress', () => {
    expect(errorOf(`${BASE}server.1=h:2888:3888;2182`)).toBe(
      'zoo.cfg, line 2: clientPort is "2181", but must be 2182, as the server line says; or leave one of the two out',
    );
    expect(errorOf(`${BASE}clientPortAddress=127.0.0.1\nserver.1=h:2888:3888;2181`)).toContain('must be 0.0.0.0,');
    proves('CF-03');
  });

  test('does not need what only an ensemble needs, and is told nothing of it', () => {
    const { warnings } = read(`${ENSEMBLE.replace(/server\.[23].*\n/g, '')}peerType=observer\n`, {});
    expect(warnings).toEqual([]);
  });

  test.each([
    ['server.1=h:1:2:observer', 'line 3: server.1 is an observer, but there is no participant to observe'],
    ['server.1=h:1:2\nserver.2=i:1:2:observer', 'line 4: server.2 is an observer, but the only participant would run'],
    ['standaloneEnabled=false', 'line 3: standaloneEnabled is false, but no server.N is a participant'],
  ])('is not what %j means, nor is it an ensemble', (lines, message) => {
    expect(errorOf(BASE + lines)).toContain(`zoo.cfg, ${message}`);
    proves('RC-04');
  });
});

describe('a member of an ensemble', () => {
  test('knows who it is, who the others are, and its limits', () => {
    const { peer, myId, quorum, lastSeenQuorum, server, warnings } = peerOf(ENSEMBLE, { '/data/myid': '2' });
    expect(myId).toBe(2n);
    expect([...quorum.votingMembers.keys()]).toEqual([1n, 2n, 3n]);
    expect(lastSeenQuorum).toBeNull();
    expect(peer).toMatchObject({ initLimitTicks: 10, syncLimitTicks: 5, connectToLearnerMasterLimitTicks: 10 });
    expect(server).toMatchObject({ clientPort: 2181, dataDir: '/data' });
    expect(warnings).toEqual([]);
    proves('CF-05', 'CF-06', 'CF-07', 'CF-08', 'RC-04');
  });

  test('can be the only one', () => {
    const { quorum } = peerOf(`${LIMITS}standaloneEnabled=false\nserver.1=zoo1:2888:3888`);
    expect(quorum.containsQuorum(new Set([serverId(1n)]))).toBe(true);
    proves('CF-18', 'RC-04');
  });

  test('has its address for clients in its own server line', () => {
    const lines = `dataDir=/data\ninitLimit=1\nsyncLimit=1\nserver.1=a:1:2;2181\nserver.2=b:1:2;10.0.0.2:2182\n`;
    expect(peerOf(lines).server).toMatchObject({ clientPort: 2181, clientPortAddress: '' });
    expect(peerOf(lines, { '/data/myid': '2' }).server).toMatchObject({
      clientPort: 2182,
      clientPortAddress: '10.0.0.2',
    });
    expect(errorOf(`${lines}clientPort=2181\n`, { '/data/myid': '2' })).toContain(
      'line 6: clientPort is "2181", but must be 2182',
    );
    proves('CF-03');
  });

  test('has groups and weights, or an oracle', () => {
    const { quorum } = peerOf(`${ENSEMBLE}group.1=1:2\ngroup.2=3\nweight.1=2`);
    expect(quorum).toBeInstanceOf(QuorumHierarchical);
    expect(quorum.weightOf(serverId(1n))).toBe(2);
    const two = `${LIMITS}oraclePath=oracle\nserver.1=a:1:2\nserver.2=b:1:2`;
    const alone = (files: Files): boolean => {
      const { quorum } = peerOf(two, { '/data/myid': '1', ...files });
      expect(quorum).toBeInstanceOf(QuorumOracleMaj);
      return quorum.containsQuorum(new Set([serverId(1n)]));
    };
    expect(alone({ '/here/oracle': '1\n' })).toBe(true);
    expect(alone({ '/here/oracle': '0' })).toBe(false);
    expect(alone({ '/here/oracle': '' })).toBe(false);
    expect(alone({})).toBe(false);
    proves('EL-19', 'EL-20', 'RC-03');
  });

  test('reads all its keys', () => {
    const lines =
      'connectToLearnerMasterLimit=3\nreconfigEnabled=true\nelectionAlg=3\nquorumListenOnAllIPs=true\n' +
      'electionPortBindRetry=0\ncnxTimeout=7000\nquorumCnxnTimeoutMs=900\nmultiAddress.enabled=true\n' +
      'multiAddress.reachabilityCheckEnabled=false\nmultiAddress.reachabilityCheckTimeoutMs=50\n' +
      'fastleader.minNotificationInterval=10\nfastleader.maxNotificationInterval=100\nobserver.election.DelayMs=0\n' +
      'localSessionsEnabled=true\nlocalSessionsUpgradingEnabled=true\n';
    const { peer, warnings } = peerOf(ENSEMBLE + lines);
    expect(peer).toEqual({
      initLimitTicks: 10,
      syncLimitTicks: 5,
      connectToLearnerMasterLimitTicks: 3,
      dynamicConfigFile: '',
      standaloneEnabled: true,
      reconfigEnabled: true,
      peerType: 'participant',
      electionAlg: 3,
      quorumListenOnAllIps: true,
      electionPortBindRetry: 0,
      connectionTimeoutMs: 7000,
      quorumConnectionTimeoutMs: 900,
      multiAddressEnabled: true,
      multiAddressReachabilityCheckEnabled: false,
      multiAddressReachabilityCheckTimeoutMs: 50,
      minNotificationIntervalMs: 10,
      maxNotificationIntervalMs: 100,
      observerElectionDelayMs: 0,
      oraclePath: '',
      localSessionsEnabled: true,
      localSessionsUpgradingEnabled: true,
    });
    expect(warnings).toEqual([]);
    proves('CF-17', 'CF-29', 'CF-38', 'CF-39');
  });

  test("has Apache ZooKeeper's defaults", () => {
    expect(peerConfig({ initLimitTicks: 4 })).toMatchObject({
      connectToLearnerMasterLimitTicks: 4,
      quorumListenOnAllIps: false,
      electionPortBindRetry: 3,
      connectionTimeoutMs: 5000,
      quorumConnectionTimeoutMs: -1,
      multiAddressEnabled: false,
      multiAddressReachabilityCheckEnabled: true,
      multiAddressReachabilityCheckTimeoutMs: 1000,
      minNotificationIntervalMs: 200,
      maxNotificationIntervalMs: 60_000,
      observerElectionDelayMs: 200,
      reconfigEnabled: false,
      standaloneEnabled: true,
      localSessionsEnabled: false,
    });
    proves('CF-38', 'CF-40', 'CF-58', 'CF-60', 'CF-61');
  });
});

describe('the file myid', () => {
  const myId = (files: Files): string => errorOf(ENSEMBLE, files);

  test('has to be there', () => {
    expect(myId({})).toBe('/data/myid is missing: it must say which of the servers this is, such as 1 for server.1');
    expect(errorOf(ENSEMBLE.replace('/data', 'data'), {})).toContain('/here/data/myid is missing');
    proves('CF-08');
  });

  test.each(['', 'one', '-1', '1.0', '0x1', '1 2', '9223372036854775807'])('%j is no number of a server', (text) => {
    expect(myId({ '/data/myid': text })).toBe(
      `/data/myid, line 1 is "${text}", but must be a whole number from 0 to 9223372036854775806`,
    );
    proves('CF-08');
  });

  test('has to name a server of the list', () => {
    expect(myId({ '/data/myid': '4\n' })).toBe(
      '/data/myid, line 1 is "4", but zoo.cfg has no server.4; it has server.1, server.2, server.3',
    );
  });

  test('is its first line only, white space aside', () => {
    expect(peerOf(ENSEMBLE, { '/data/myid': ' 3 \r\nzoo3\n' }).myId).toBe(3n);
  });

  test('may name the server 255 and later ones only without extended types', () => {
    const lines = `${ENSEMBLE}server.255=h:1:2\n`;
    expect(peerOf(lines, { '/data/myid': '255' }).myId).toBe(255n);
    expect(errorOf(`${lines}extendedTypesEnabled=true`, { '/data/myid': '255' })).toBe(
      '/data/myid, line 1 is 255, but must be at most 254 with extendedTypesEnabled=true',
    );
    proves('PE-05');
  });
});

describe('a dynamic configuration file', () => {
  const lines = `${LIMITS}dynamicConfigFile=zoo.cfg.dynamic.1f0000002a\n`;
  const files = { '/data/myid': '1', '/here/zoo.cfg.dynamic.1f0000002a': THREE };

  test('has the servers, and their version at the end of its name', () => {
    const { quorum, warnings } = peerOf(lines, files);
    expect(quorum.allMembers.size).toBe(3);
    expect(quorum.version).toBe(0x1f_0000_002an);
    expect(warnings).toEqual([]);
    const unnumbered = peerOf(lines.replace('.1f0000002a', ''), { '/data/myid': '1', '/here/zoo.cfg.dynamic': THREE });
    expect(unnumbered.quorum.version).toBe(0n);
    proves('CF-16', 'RC-03', 'FI-2');
  });

  test('has beside it what was proposed last', () => {
    const next = `${THREE}server.4=zoo4:2888:3888\nversion=200000001`;
    const { lastSeenQuorum } = peerOf(lines, { ...files, '/here/zoo.cfg.dynamic.next': next });
    expect(lastSeenQuorum?.version).toBe(0x2_0000_0001n);
    expect(lastSeenQuorum?.allMembers.size).toBe(4);
    proves('RC-03', 'FI-2');
  });

  test('has to be there', () => {
    expect(errorOf(lines, { '/data/myid': '1' })).toBe(
      'zoo.cfg, line 5: dynamicConfigFile is "zoo.cfg.dynamic.1f0000002a", but there is no such file',
    );
  });

  test.each(['server.9=h:1:2', 'group.1=1', 'weight.1=1'])('takes %s out of zoo.cfg', (line) => {
    expect(errorOf(`${lines}${line}\n`, files)).toContain(`line 6: ${line.split('=')[0]} must not stand here`);
    proves('CF-16');
  });

  test.each([
    ['version=5', 'line 4: version must not stand here'],
    ['clientPort=2181', 'line 4: clientPort does not belong'],
    ['server.4=h', 'line 4: server.4 is "h", but must be'],
  ])('must not say %s', (line, message) => {
    const dynamic = { ...files, '/here/zoo.cfg.dynamic.1f0000002a': `${THREE}${line}\n` };
    expect(errorOf(lines, dynamic)).toContain(`/here/zoo.cfg.dynamic.1f0000002a, ${message}`);
    proves('RC-03');
  });
});

describe('an ensemble is refused', () => {
  test.each([
    ['initLimit', 'Ticks that followers may take to connect to a new leader and get level with it'],
    ['syncLimit', 'Ticks that a follower may be out of touch with its leader'],
  ])('without %s', (key, doc) => {
    expect(errorOf(ENSEMBLE.replace(new RegExp(`${key}=.*\n`), ''))).toBe(
      `zoo.cfg: ${key} is not set, but must be in an ensemble (${doc})`,
    );
    expect(errorOf(ENSEMBLE.replace(new RegExp(`${key}=.*`), `${key}=0`))).toMatch(
      `${key} is "0", but must be at least 1 in an ensemble`,
    );
    proves(key === 'initLimit' ? 'CF-05' : 'CF-06');
  });

  test.each([
    ['electionAlg=0', 'electionAlg is "0", but must be 3 (fast leader election), the only one there is'],
    ['electionAlg=1', 'but must be 3'],
    ['electionAlg=2', 'but must be 3'],
    ['peerType=witness', 'peerType is "witness", but must be participant or observer'],
    ['standaloneEnabled=maybe', 'standaloneEnabled is "maybe", but must be true or false'],
    ['quorumListenOnAllIPs=yes', 'quorumListenOnAllIPs is "yes", but must be true or false'],
    ['initLimit=10s', 'initLimit is "10s", but must be a whole number from 0 to 2147483647'],
    ['sslQuorum=true', 'sslQuorum is set, but TLS between servers is not there yet'],
    ['quorum.auth.enableSasl=true', 'quorum.auth.enableSasl is set, but SASL between servers is not there yet'],
    ['server.3=zoo3:2888', 'server.3 is "zoo3:2888", but must be host:port:port'],
    ['server.3=zoo3:2888:3888|zoo3b:2888:3888', 'has several addresses, but multiAddress.enabled is not set to true'],
  ])('with %s', (line, message) => {
    expect(errorOf(`${ENSEMBLE}${line}\n`)).toContain(`zoo.cfg, line 8: ${line.split('=')[0]}`);
    expect(errorOf(`${ENSEMBLE}${line}\n`)).toContain(message);
    if (line.startsWith('electionAlg')) proves('EL-15');
    if (line.startsWith('peerType')) proves('CF-15');
  });
});

describe('an ensemble is warned', () => {
  const warningsOf = (text: string, files?: Files) => peerOf(text, files).warnings;

  test('when it is too small, or larger than it has to be', () => {
    expect(warningsOf(`${LIMITS}server.1=a:1:2\nserver.2=b:1:2`)).toEqual([
      'zoo.cfg: with these 2 voting servers no failure is tolerated; for one it takes 3',
    ]);
    expect(warningsOf(`${ENSEMBLE}server.4=d:1:2`)).toEqual([
      'zoo.cfg: 4 voting servers tolerate no more failures than 3',
    ]);
    expect(warningsOf(`${ENSEMBLE}server.4=d:1:2:observer`)).toEqual([]);
    expect(warningsOf(`${ENSEMBLE}group.1=1:2\ngroup.2=3`)).toEqual([
      'zoo.cfg: with these 3 voting servers no failure is tolerated',
    ]);
    proves('PE-04');
  });

  test('when peerType and the server line differ', () => {
    const lines = `${ENSEMBLE}server.4=d:1:2:observer\n`;
    expect(warningsOf(`${lines}peerType=observer`)).toEqual([
      'zoo.cfg, line 9: peerType is observer, but server.1 is a line of a participant, which counts',
    ]);
    expect(warningsOf(lines, { '/data/myid': '4' })).toEqual([
      'zoo.cfg: peerType is not set, but server.4 is a line of an observer, which counts',
    ]);
    expect(warningsOf(`${lines}peerType=OBSERVER`, { '/data/myid': '4' })).toEqual([]);
    proves('CF-15', 'PE-03');
  });

  test('when two servers have one address', () => {
    expect(warningsOf(`${LIMITS}${THREE.replace('zoo3', 'zoo2')}`)).toEqual([
      'zoo.cfg: server.2 and server.3 both have the address zoo2:2888',
      'zoo.cfg: server.2 and server.3 both have the address zoo2:3888',
    ]);
  });

  test('when it has nothing for a key of ensembles', () => {
    expect(warningsOf(`${ENSEMBLE}leaderServes=no\n`)).toEqual([
      'zoo.cfg, line 8: leaderServes has no effect: this server has nothing that it sets',
    ]);
  });
});

describe('the settings of a peer', () => {
  test.each(Object.entries(PEER_SETTINGS))('%s: its type allows its default', (_, setting) => {
    expect(setting.type.read(setting.default ?? '')).toBeDefined();
  });

  test('are in the list of keys, which fits 80 columns', () => {
    const list = listSettings(peerSettings());
    expect(list).toContain('\ninitLimit=0\n    Ticks that followers may take');
    expect(list.split('\n').filter((line) => line.length > 80)).toEqual([]);
  });
});
