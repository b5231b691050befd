import { describe, expect, test } from 'vitest';
import { type LoadResult, loadName, parseLoad } from './load-plan.js';
import { reportText, shortCount } from './report.js';
import type { BenchResults } from './results.js';

describe('reportText', () => {
  test('shows medians, and the ratio round by round', () => {
    expect(reportText(results).split('\n')).toEqual([
      'Some CPU, 2 cores, 8.0 GiB, Linux 6.1',
      '9.50k fdatasync/s; Node v20.20.2, Java 17.0.15, Apache ZooKeeper 3.8.0',
      '',
      'Medians of 3 rounds of 3 s, each after 1 s of the same load.',
      '',
      '                         ops/s  p50 µs  p99 µs p99.9 µs  server    load         ours / apache',
      '                                                          cores   cores',
      'get 10:16      ours      1.20M    91.5     259      800    1.00   !0.90     12.0 (6.00..13.0)',
      '               apache     100k    1425    2621    45000    1.50    0.30',
      '',
      '! The load generator was near its own limit: the server may be faster.',
      '',
      'From the start of the process to the first session, and resident memory then.',
      '',
      '                            ms        min..max    RSS MB                 ours / apache',
      'startup        ours         80          70..95        43             0.25 (0.23..0.29)',
      '               apache      320        300..330        68',
      '',
    ]);
  });

  test('shows calls per second and nanoseconds per call', () => {
    const micro = [{ name: 'write a Stat', callsPerSecond: 12_500_000, marginPercent: 0.84 }];
    expect(
      reportText({ ...results, loads: [], startUp: null, micro })
        .split('\n')
        .slice(2),
    ).toEqual([
      '',
      '                                       calls/s       ±        ns',
      'write a Stat                             12.5M    0.8%      80.0',
      '',
    ]);
  });

  test('is at most 100 columns wide', () => {
    const widest = Math.max(
      ...reportText(results)
        .split('\n')
        .map((line) => line.length),
    );
    expect(widest).toBeLessThanOrEqual(100);
  });

  test('one server alone has no ratio', () => {
    const alone: BenchResults = {
      ...results,
      machine: { ...results.machine, java: null, apacheVersion: null },
      servers: ['ours'],
      loads: results.loads.map(({ name, rounds }) => ({ name, rounds: rounds.map((round) => round.slice(0, 1)) })),
      startUp: null,
    };
    expect(reportText(alone)).not.toContain('(');
    expect(reportText(alone)).not.toMatch(/apache|java/i);
  });
});

test.each([
  [0, '0'],
  [842, '842'],
  [999.6, '1.00k'],
  [8424, '8.42k'],
  [84_240, '84.2k'],
  [842_400, '842k'],
  [999_600, '1.00M'],
  [1_350_000, '1.35M'],
])('%d is written %s', (value, text) => {
  expect(shortCount(value)).toBe(text);
});

describe('parseLoad', () => {
  test('reads what loadName writes', () => {
    expect(parseLoad('10:16')).toEqual({ sessions: 10, outstanding: 16 });
    expect(loadName(parseLoad('50:64'))).toBe('50:64');
  });

  test.each(['', '10', '10:', ':1', '0:1', '1:0', '1:2:3', '10 : 16', '-1:1', '10001:1', '1.5:1'])(
    'refuses "%s"',
    (text) => {
      expect(() => parseLoad(text)).toThrow('write sessions:outstanding');
    },
  );
});

const ours: LoadResult = {
  seconds: 3,
  operations: 3_600_000,
  opsPerSecond: 1_200_000,
  p50Us: 91.5,
  p99Us: 259,
  p999Us: 800,
  maxUs: 4000,
  errors: {},
  generatorCores: 0.9,
  serverCores: 1,
  serverRssBytes: 50e6,
};
const apache: LoadResult = {
  ...ours,
  opsPerSecond: 100_000,
  p50Us: 1425,
  p99Us: 2621,
  p999Us: 45_000,
  generatorCores: 0.3,
  serverCores: 1.5,
};

const results: BenchResults = {
  startedAt: '2026-01-02T03:04:05.000Z',
  commit: null,
  machine: {
    cpu: 'Some CPU',
    cores: 2,
    memoryBytes: 8 * 2 ** 30,
    kernel: 'Linux 6.1',
    fsyncsPerSecond: 9500,
    node: 'v20.20.2',
    java: '17.0.15',
    apacheVersion: '3.8.0',
  },
  settings: { rounds: 3, startUpRounds: 3, warmUpSeconds: 1, measuredSeconds: 3 },
  servers: ['ours', 'apache'],
  loads: [
    {
      name: 'get 10:16',
      rounds: [
        [ours, apache],
        [{ ...ours, opsPerSecond: 1_300_000 }, apache],
        [ours, { ...apache, opsPerSecond: 200_000 }],
      ],
    },
  ],
  startUp: {
    name: 'startup',
    rounds: [
      [
        { startUpMs: 80, rssBytes: 43e6 },
        { startUpMs: 320, rssBytes: 68e6 },
      ],
      [
        { startUpMs: 95, rssBytes: 43e6 },
        { startUpMs: 330, rssBytes: 68e6 },
      ],
      [
        { startUpMs: 70, rssBytes: 43e6 },
        { startUpMs: 300, rssBytes: 68e6 },
      ],
    ],
  },
  memory: [],
  micro: [],
};
