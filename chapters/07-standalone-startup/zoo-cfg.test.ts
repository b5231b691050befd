import { describe, expect, test } from 'vitest';
import { type ConfigSources, readEntries } from '#07-standalone-startup/config-entries.js';
import type { ServerConfig } from '#07-standalone-startup/server-config.js';
import { readServerConfig } from '#07-standalone-startup/zoo-cfg.js';
import { ConfigError } from '#07-standalone-startup/zoo-cfg-entry.js';
import { proves } from '#testing/proves.js';

type Properties = Readonly<Record<string, string>>;

const readConfig = (sources: ConfigSources) => readServerConfig(readEntries(sources));
const BASE = 'dataDir=/data\nclientPort=2181\n';
const read = (text: string, properties: Properties = {}) => readConfig({ file: { name: 'zoo.cfg', text }, properties });
/** The configuration that lines after `dataDir` and `clientPort` (lines 1 and 2) make. */
const configOf = (lines: string, properties: Properties = {}): ServerConfig => read(BASE + lines, properties).config;
const warningsOf = (lines: string, properties: Properties = {}) => read(BASE + lines, properties).warnings;

/** The message of the error, which has to be one line. */
function errorOf(text: string, properties: Properties = {}): string {
  try {
    read(text, properties);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    expect(error.message).toMatch(/^[^\p{Cc}]+$/u);
    return error.message;
  }
  throw new Error('it was accepted');
}

describe('a zoo.cfg', () => {
  test('as it comes with Apache ZooKeeper', () => {
    const text =
      '# The length of a tick\ntickTime=2000\ninitLimit=10\nsyncLimit=5\ndataDir=/tmp/zookeeper\nclientPort=2181\n';
    const { config, warnings } = read(text);
    expect(config).toMatchObject({ dataDir: '/tmp/zookeeper', clientPort: 2181, tickTimeMs: 2000 });
    expect(config).toMatchObject({ minSessionTimeoutMs: 4000, maxSessionTimeoutMs: 40_000 });
    expect(warnings).toEqual([]);
  });

  test('of every key', () => {
    const lines =
      'dataLogDir=/log\ndatadir.autocreate=false\nclientPortAddress=::1\nclientPortListenBacklog=50\nmaxClientCnxns=-1\n' +
      'maxCnxns=7\nnio.sessionlessCnxnTimeout=500\nminSessionTimeout=1\nmaxSessionTimeout=9\nsnapCount=1\n' +
      'snapSizeLimitInKb=1\ntxnLogSizeLimitInKb=2\npreAllocSize=3\nforceSync=no\nfsync.warningthresholdms=20\n' +
      'snapshot.trust.empty=true\ndigest.enabled=false\nserializeLastProcessedZxid.enabled=false\n' +
      'globalOutstandingLimit=5\nmaxBatchSize=6\nflushDelay=8\njute.maxbuffer.extrasize=1\nlargeRequestMaxBytes=10\n' +
      'largeRequestThreshold=11\nskipACL=yes\nDigestAuthenticationProvider.superDigest=super:x=\nenforceQuota=TRUE\n' +
      'extendedTypesEnabled=true\ncloseSessionTxn.enabled=false\n4lw.commands.whitelist=stat, ruok ,,mntr\n';
    const { config, warnings } = read(BASE + lines);
    expect(config).toMatchObject({
      dataLogDir: '/log',
      autocreateDataDir: false,
      clientPortAddress: '::1',
      clientPortListenBacklog: 50,
      maxClientCnxns: 0,
      maxCnxns: 7,
      sessionlessConnectionTimeoutMs: 500,
      minSessionTimeoutMs: 1,
      maxSessionTimeoutMs: 9,
      snapCount: 2,
      snapSizeLimitBytes: 1024,
      txnLogSizeLimitBytes: 2048,
      preAllocSizeBytes: 3072,
      forceSync: false,
      fsyncWarningThresholdMs: 20,
      trustEmptySnapshot: true,
      digestEnabled: false,
      serializeLastProcessedZxid: false,
      globalOutstandingLimit: 5,
      maxBatchSize: 6,
      flushDelayMs: 8,
      juteMaxBufferExtraBytes: 1024,
      largeRequestMaxBytes: 10,
      largeRequestThresholdBytes: 11,
      skipAcl: true,
      superDigest: 'super:x=',
      enforceQuota: true,
      extendedTypesEnabled: true,
      closeSessionTxnEnabled: false,
      fourLetterWordsWhitelist: ['stat', 'ruok', 'mntr', 'srvr'],
    });
    expect(warnings).toEqual([]);
    proves('CF-12');
  });

  test('with white space, both kinds of comments, escapes, continued lines and every end of line', () => {
    const text =
      '! a comment that ends in \\\r\n  # another\n\tdataDir \t=  /da\\\r\n    ta/\\u00e9\\:\\=\\ x  \rclientPort: 2182\r\n\r\ntickTime 400\n';
    expect(read(text).config).toMatchObject({ dataDir: '/data/é:= x', clientPort: 2182, tickTimeMs: 400 });
  });

  test('in which the last of two lines with one key counts', () => {
    expect(configOf('tickTime=nonsense\ntickTime=100\n').tickTimeMs).toBe(100);
    expect(errorOf(`${BASE}tickTime=100\ntickTime=nonsense\n`)).toContain('line 4');
  });

  test('says on which line a value begins, after comments and continued lines', () => {
    const text = 'dataDir=/a\\\n  /b\\\n  /c\n# x\r\n\r\nclientPort=x\n';
    expect(errorOf(text)).toBe('zoo.cfg, line 6: clientPort is "x", but must be a whole number from 0 to 65535');
  });

  test('whose data and log folders are the same unless it says otherwise', () => {
    expect(configOf('').dataLogDir).toBe('/data');
    expect(configOf('dataLogDir=/log').dataLogDir).toBe('/log');
    proves('CF-02');
  });
});

describe('an error', () => {
  test('when something that has to be set is not', () => {
    expect(errorOf('clientPort=2181')).toMatch(/^zoo\.cfg: dataDir is not set/);
    expect(errorOf('dataDir=\nclientPort=2181')).toBe(
      'zoo.cfg, line 1: dataDir is "", but must be a text that is not empty',
    );
    expect(errorOf('dataDir=/data')).toMatch(/^zoo\.cfg: clientPort is not set/);
    expect(errorOf('dataDir=/data\nclientPortAddress=127.0.0.1')).toMatch(/^zoo\.cfg: clientPort is not set/);
    proves('CF-01');
  });

  test.each([
    ['tickTime=0', 'a whole number from 1 to 107374182'],
    ['tickTime=-5', 'a whole number from 1 to 107374182'],
    ['tickTime=2000ms', 'a whole number from 1 to 107374182'],
    ['tickTime=0x10', 'a whole number from 1 to 107374182'],
    ['tickTime=', 'a whole number from 1 to 107374182'],
    ['clientPort=65536', 'a whole number from 0 to 65535'],
    ['minSessionTimeout=-2', 'a whole number from -1 to 2147483647'],
    ['maxClientCnxns=4294967296', 'a whole number, at most 2147483647; 0 or less for no limit'],
    ['snapCount=many', 'a whole number, at most 2147483647 (0x… is hexadecimal, 0… octal)'],
    ['preAllocSize=64M', 'a whole number, at most 8796093022207, in units of 1024 bytes'],
    ['skipACL=true', 'yes or no'],
    ['skipACL=YES', 'yes or no'],
    ['forceSync=false', 'yes or no'],
    ['digest.enabled=yes', 'true or false'],
    ['digest.enabled=constructor', 'true or false'],
  ])('%s', (line, allowed) => {
    const [key, value] = line.split('=');
    expect(errorOf(BASE + line)).toBe(`zoo.cfg, line 3: ${key} is "${value}", but must be ${allowed}`);
    if (line === 'tickTime=0') proves('CF-04');
  });

  test('when the shortest session would be longer than the longest', () => {
    expect(errorOf(`${BASE}minSessionTimeout=60001`)).toBe(
      'zoo.cfg, line 3: minSessionTimeout is "60001", but the shortest session (60001 ms) must not be longer than the longest (60000 ms)',
    );
    expect(errorOf(`${BASE}minSessionTimeout=2\nmaxSessionTimeout=1`)).toContain('line 4: maxSessionTimeout is "1"');
    expect(configOf('minSessionTimeout=5\nmaxSessionTimeout=5')).toMatchObject({ maxSessionTimeoutMs: 5 });
    expect(configOf('tickTime=7\nminSessionTimeout=-1\nmaxSessionTimeout=-1')).toMatchObject({
      minSessionTimeoutMs: 14,
      maxSessionTimeoutMs: 140,
    });
    proves('CF-09');
  });

  test('quotes nothing that could steer a terminal, or never end', () => {
    expect(errorOf(`${BASE}tickTime=\\u001b[31m\u009b\\n1`)).toContain('is "\\x1b[31m\\x9b\\x0a1", but');
    expect(errorOf(`${BASE}tickTime=${'9'.repeat(10_000)}`).length).toBeLessThan(250);
  });

  test('for an escape that is none, with its line', () => {
    expect(errorOf('# \\u is fine here\ndataDir=c:\\users\n')).toBe(
      'zoo.cfg, line 2: \\u must be followed by four hexadecimal digits (a plain \\ is written \\\\)',
    );
  });

  test.each([
    'secureClientPort=2281',
    'sessionRequireClientSASLAuth=true',
    'enforce.auth.enabled=true',
    'client.portUnification=true',
  ])('%s, since to ignore it would let in whom it keeps out', (line) => {
    expect(errorOf(BASE + line)).toMatch(/^zoo\.cfg, line 3: .* is set, but .*; leave it out to run without$/);
    const [key = '', value = ''] = line.split('=');
    expect(errorOf(BASE, { [`zookeeper.${key}`]: value })).toMatch(/^-Dzookeeper\./);
    expect(configOf(`${key}=false`).dataDir).toBe('/data');
  });
});

describe('a -D property', () => {
  test('with the name of a system property', () => {
    expect(configOf('', { 'zookeeper.snapCount': '0x10' }).snapCount).toBe(16);
    expect(configOf('', { 'jute.maxbuffer': '0x400000' }).juteMaxBufferBytes).toBe(4 * 1024 ** 2);
    expect(configOf('', { 'jute.maxbuffer': '0x400000' }).juteMaxBufferExtraBytes).toBe(4 * 1024 ** 2);
    expect(configOf('', { 'readonlymode.enabled': 'true' }).fourLetterWordsWhitelist).toEqual(['srvr', 'isro']);
    expect(configOf('', { 'znode.container.checkIntervalMs': '9' }).containerCheckIntervalMs).toBe(9);
  });

  test('gives way to a line of zoo.cfg when it is a system property, and says so', () => {
    const { config, warnings } = read(`${BASE}snapCount=7`, { 'zookeeper.snapCount': '9' });
    expect(config.snapCount).toBe(7);
    expect(warnings).toEqual([
      '-Dzookeeper.snapCount has no effect: zoo.cfg, line 3: snapCount is set, and goes before it',
    ]);
  });

  test('takes the place of a line when it has the name of a key', () => {
    const properties = { snapCount: '9', clientPort: '2182', dataDir: '/other' };
    const { config, warnings } = read(`${BASE}snapCount=nonsense`, properties);
    expect(config).toMatchObject({ snapCount: 9, clientPort: 2182, dataDir: '/other' });
    expect(warnings).toEqual([]);
  });

  test('can be all there is', () => {
    const { config } = readConfig({ properties: { dataDir: '/data', clientPort: '0' } });
    expect(config).toMatchObject({ dataDir: '/data', clientPort: 0 });
    expect(() => readConfig({})).toThrow('the configuration: dataDir is not set');
  });

  test('is named in errors as the caller says', () => {
    expect(errorOf(BASE, { tickTime: 'x' })).toMatch(/^-DtickTime is "x", but must be/);
    const propertyLabel = (name: string) => `config.${name}`;
    expect(() => readConfig({ properties: { tickTime: 'x' }, propertyLabel })).toThrow(/^config\.tickTime is "x"/);
  });
});

describe('a warning', () => {
  test('for a key that nobody knows, and for one that this server has nothing for', () => {
    expect(warningsOf('tikTime=1\nautopurge.purgeInterval=1', { 'java.net.x': 'y' })).toEqual([
      'zoo.cfg, line 3: tikTime has no effect: this server has nothing that it sets',
      'zoo.cfg, line 4: autopurge.purgeInterval has no effect: this server has nothing that it sets',
      '-Djava.net.x has no effect: this server has nothing that it sets',
    ]);
  });

  test('not for what is off here anyway', () => {
    expect(warningsOf('admin.enableServer=false\naudit.enable=FALSE')).toEqual([]);
  });

  test('not for what only an ensemble needs', () => {
    expect(warningsOf('initLimit=5\nsyncLimit=2\nweight.1=1\nquorum.auth.enableSasl=true')).toEqual([]);
  });

  test('for what no line of a file can set', () => {
    expect(configOf('jute.maxbuffer=5').juteMaxBufferBytes).toBe(0xfffff);
    expect(warningsOf('jute.maxbuffer=5\nzookeeper.snapCount=3')).toEqual([
      'zoo.cfg, line 3: jute.maxbuffer has no effect in a file; write -Djute.maxbuffer=… on the command line',
      'zoo.cfg, line 4: zookeeper.snapCount has no effect in a file; write snapCount',
    ]);
  });

  test('for a line without a key, which sets nothing', () => {
    expect(read(`${BASE}=5\n`).config.juteMaxBufferBytes).toBe(0xfffff);
  });
});
