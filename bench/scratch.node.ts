/**
 * The data of the servers, which must be gone when the benchmark ends, however it ends. (`spawnTied` sees to the
 * processes.)
 *
 * All of it lies in one temporary folder below the repository's `.scratch/`, so that every server writes to the same
 * disk.
 */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { repository } from './repository.node.js';

let root: string | null = null;

/** A new, empty folder. */
export function scratchFolder(name: string): string {
  if (root === null) {
    const parent = join(repository, '.scratch');
    mkdirSync(parent, { recursive: true });
    root = mkdtempSync(join(parent, 'bench-'));
    process.once('exit', cleanUp);
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, exitBySignal);
  }
  return mkdtempSync(join(root, `${name}-`));
}

/** To be called when a server was started: at the end it is killed first, and its data removed then. */
export function cleanUpLast(): void {
  process.removeListener('exit', cleanUp);
  process.once('exit', cleanUp);
}

function cleanUp(): void {
  // A server that was killed a moment ago may still make a file; then this is tried again.
  if (root !== null) rmSync(root, { recursive: true, force: true, maxRetries: 10, retryDelay: 50 });
}

function exitBySignal(_name: string, number: number): void {
  process.exit(128 + number);
}
