/** Describes the machine: a figure means nothing without it. */
import { execFileSync, type StdioOptions, spawnSync } from 'node:child_process';
import { closeSync, fdatasyncSync, openSync, rmSync, writeSync } from 'node:fs';
import { cpus, release, totalmem, type } from 'node:os';
import { join } from 'node:path';
import { apacheVersion, javaBinary } from '#testing/peers.node.js';
import { repository } from './repository.node.js';
import type { Machine } from './results.js';
import { scratchFolder } from './scratch.node.js';

const FSYNC_FILE_BYTES = 4 << 20;
const FSYNC_WRITE_BYTES = 512;
const FSYNC_MEASURED_MS = 500;

/** Takes half a second, since it measures the disk. */
export function describeMachine(withApache: boolean): Machine {
  const processors = cpus();
  return {
    cpu: processors[0]?.model.trim() ?? 'unknown',
    cores: processors.length,
    memoryBytes: totalmem(),
    kernel: `${type()} ${release()}`,
    fsyncsPerSecond: measureFsyncs(),
    node: process.version,
    java: withApache ? javaVersion() : null,
    apacheVersion: withApache ? apacheVersion() : null,
  };
}

/** @returns null when this is no checkout, or git is not there */
export function currentCommit(): string | null {
  try {
    const stdio: StdioOptions = ['ignore', 'pipe', 'ignore'];
    return execFileSync('git', ['rev-parse', 'HEAD'], { cwd: repository, encoding: 'utf8', stdio }).trim();
  } catch {
    return null;
  }
}

function javaVersion(): string | null {
  const { stderr } = spawnSync(javaBinary, ['-version'], { encoding: 'utf8' });
  return /"(.+?)"/.exec(stderr ?? '')?.[1] ?? null;
}

/** On the disk where the servers have their data. */
function measureFsyncs(): number {
  const folder = scratchFolder('fsync');
  const file = openSync(join(folder, 'zeros'), 'w');
  try {
    writeSync(file, Buffer.alloc(FSYNC_FILE_BYTES));
    fdatasyncSync(file);
    const bytes = Buffer.alloc(FSYNC_WRITE_BYTES, 'x');
    const startMs = performance.now();
    let count = 0;
    while (performance.now() - startMs < FSYNC_MEASURED_MS) {
      writeSync(file, bytes, 0, bytes.length, (count++ * FSYNC_WRITE_BYTES) % FSYNC_FILE_BYTES);
      fdatasyncSync(file);
    }
    return Math.round((count / (performance.now() - startMs)) * 1000);
  } finally {
    closeSync(file);
    rmSync(folder, { recursive: true });
  }
}
