import { describe, expect, test } from 'vitest';
import { SERVER_SETTINGS, settings, withDefaults } from '#07-standalone-startup/server-config.js';
import { listSettings } from '#07-standalone-startup/server-config-list.js';
import { decimal, decoded, fraction, kilobytes, limit } from '#07-standalone-startup/server-config-values.js';
import { proves } from '#testing/proves.js';

describe('the settings', () => {
  test.each(settings())('%s: its type allows its default', (_, setting) => {
    if (setting.default === null) expect(setting.key).toMatch(/^(dataDir|clientPort)$/);
    else expect(setting.type.read(setting.default)).toBeDefined();
  });

  test('no key and no property is there twice', () => {
    const names = settings().flatMap(([, { key, property }]) => [key, property].filter((name) => name !== null));
    expect(new Set(names).size).toBe(names.length);
  });

  test('a key that both zoo.cfg and the command line can set has the prefix on the command line', () => {
    for (const [, { key, property }] of settings()) {
      if (key !== null && property !== null) expect(property).toBe(`zookeeper.${key}`);
    }
    expect(SERVER_SETTINGS.juteMaxBufferBytes).toMatchObject({ key: null, property: 'jute.maxbuffer' });
  });
});

describe('withDefaults', () => {
  const config = withDefaults({ dataDir: '/data', clientPort: 2181 });

  test("gives Apache ZooKeeper's defaults", () => {
    expect(config).toEqual({
      dataDir: '/data',
      dataLogDir: '/data',
      autocreateDataDir: true,
      clientPort: 2181,
      clientPortAddress: '',
      clientPortListenBacklog: -1,
      maxClientCnxns: 60,
      maxCnxns: 0,
      sessionlessConnectionTimeoutMs: 10_000,
      tickTimeMs: 3000,
      minSessionTimeoutMs: 6000,
      maxSessionTimeoutMs: 60_000,
      snapCount: 100_000,
      snapSizeLimitBytes: 4 * 1024 ** 3,
      txnLogSizeLimitBytes: 0,
      preAllocSizeBytes: 64 * 1024 ** 2,
      forceSync: true,
      fsyncWarningThresholdMs: 1000,
      trustEmptySnapshot: false,
      digestEnabled: true,
      serializeLastProcessedZxid: true,
      globalOutstandingLimit: 1000,
      requestThrottleMaxRequests: 0,
      requestThrottleStallTimeMs: 100,
      requestThrottleDropStale: true,
      requestStaleConnectionCheck: true,
      requestStaleLatencyCheck: false,
      throttledOpWaitTimeMs: 0,
      connectionThrottleTokens: 0,
      connectionThrottleFillTimeMs: 1,
      connectionThrottleFillCount: 1,
      connectionThrottleFreezeTimeMs: -1,
      connectionThrottleDropIncrease: 0.02,
      connectionThrottleDropDecrease: 0.002,
      connectionThrottleDecreaseRatio: 0,
      connectionThrottleWeightEnabled: false,
      connectionThrottleGlobalSessionWeight: 3,
      connectionThrottleRenewSessionWeight: 2,
      connectionThrottleLocalSessionWeight: 1,
      maxBatchSize: 1000,
      flushDelayMs: 0,
      maxWriteQueuePollTimeMs: 0,
      juteMaxBufferBytes: 1_048_575,
      juteMaxBufferExtraBytes: 1_048_575,
      largeRequestMaxBytes: 100 * 1024 ** 2,
      largeRequestThresholdBytes: -1,
      skipAcl: false,
      superDigest: '',
      enforceQuota: false,
      extendedTypesEnabled: false,
      closeSessionTxnEnabled: true,
      readOnlyModeEnabled: false,
      fourLetterWordsWhitelist: ['srvr'],
      containerCheckIntervalMs: 60_000,
      containerMaxPerMinute: 10_000,
      containerMaxNeverUsedIntervalMs: 0,
    });
  });

  test('derives one value from another', () => {
    const derived = withDefaults({ dataDir: '/data', clientPort: 0, tickTimeMs: 100, juteMaxBufferBytes: 5000 });
    expect(derived).toMatchObject({
      minSessionTimeoutMs: 200,
      maxSessionTimeoutMs: 2000,
      juteMaxBufferExtraBytes: 5000,
    });
    expect(withDefaults({ dataDir: '/data', clientPort: 0, flushDelayMs: 20 }).maxWriteQueuePollTimeMs).toBe(6);
  });

  test('keeps what is given, 0 and false too', () => {
    const given = { dataDir: '/data', dataLogDir: '/log', clientPort: 0, minSessionTimeoutMs: 0, digestEnabled: false };
    expect(withDefaults(given)).toMatchObject(given);
  });
});

describe('numbers as Java reads them', () => {
  test.each([
    ['0', 0],
    ['-0', 0],
    ['+7', 7],
    ['-12', -12],
    ['010', 10],
    ['2147483647', 2147483647],
    ['2147483648', undefined],
    ['-2147483649', undefined],
    ['99999999999999999999', undefined],
    ['0x10', undefined],
    ['1e3', undefined],
    ['1.0', undefined],
    ['1_000', undefined],
    ['', undefined],
    ['-', undefined],
    ['abc', undefined],
  ])('decimal %j is %j', (text, value) => {
    expect(decimal(-(2 ** 31)).read(text)).toBe(value);
  });

  test.each([
    ['0', 0],
    ['10', 10],
    ['0x10', 16],
    ['0XfF', 255],
    ['#ff', 255],
    ['-0x10', -16],
    ['+#10', 16],
    ['010', 8],
    ['-010', -8],
    ['08', undefined],
    ['00', 0],
    ['0x', undefined],
    ['#', undefined],
    ['0x-1', undefined],
    ['--1', undefined],
    ['0xg', undefined],
    ['0x7fffffff', 2147483647],
    ['0x80000000', undefined],
    ['', undefined],
  ])('decoded %j is %j', (text, value) => {
    expect(decoded(-(2 ** 31)).read(text)).toBe(value);
  });

  test('jute.maxbuffer is one of those that may be hexadecimal, and has no prefix', () => {
    const { key, property, type } = SERVER_SETTINGS.juteMaxBufferBytes;
    expect([key, property, type.read('0x10000'), type.read('4194304')]).toEqual([
      null,
      'jute.maxbuffer',
      65_536,
      4_194_304,
    ]);
    proves('JU-06');
  });

  test('kilobytes become bytes, and nothing below 0 remains', () => {
    expect(kilobytes(decimal).read('65536')).toBe(67_108_864);
    expect(kilobytes(decoded).read('0x400')).toBe(1024 ** 2);
    expect(kilobytes(decimal).read('-1')).toBe(0);
    expect(kilobytes(decimal).read('9007199254740991')).toBeUndefined();
    expect(kilobytes(decimal).read('x')).toBeUndefined();
  });

  test.each([
    ['0.02', 0.02],
    ['.5', 0.5],
    ['1.', 1],
    ['+1', 1],
    ['1.01', undefined],
    ['-0.1', undefined],
    ['1e-3', undefined],
    ['x', undefined],
    ['', undefined],
  ])('a fraction %j is %j', (text, value) => {
    expect(fraction(0, 1).read(text)).toBe(value);
  });

  test('a limit that is off is 0', () => {
    expect(['-3', '0', '3'].map((text) => limit(decimal).read(text))).toEqual([0, 0, 3]);
  });
});

describe('the list of settings', () => {
  const list = listSettings();

  test('has every key with its default, what it means and what it may be', () => {
    for (const [, { key, property }] of settings()) expect(list).toMatch(`\n${key ?? `-D${property}`}`);
    expect(list).toContain(
      '\ntickTime=3000\n    Milliseconds of a tick, the unit of time-outs. Sessions expire on its\n    multiples.\n    Allowed: a whole number from 1 to 107374182.\n',
    );
    expect(list).toContain('\n-Djute.maxbuffer=0xfffff\n');
    expect(list).toContain('\ndataDir  (has to be set)\n');
  });

  test('fits 80 columns', () => {
    expect(list.split('\n').filter((line) => line.length > 80)).toEqual([]);
  });
});
