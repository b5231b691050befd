/**
 * Other programs as children of a test: they end when the test's process ends, however it ends, and none outlives its
 * guard. A guard is no deadline that a test could miss on a slow machine: it is there so that a hang is reported.
 */
import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';

/** Long enough for a slow machine, short enough that somebody still waits. */
export const GUARD_MS = 60_000;

/** For a whole test: its own guards must speak first, since they know what was waited for. */
export const TEST_GUARD_MS = 3 * GUARD_MS;

const setpriv = '/usr/bin/setpriv';

/** Starts a program that does not outlive this process, not even when this one is killed (where Linux's setpriv is there). */
export function spawnTied(command: string, args: readonly string[], options: SpawnOptions): ChildProcess {
  const child = existsSync(setpriv)
    ? spawn(setpriv, ['--pdeathsig', 'KILL', command, ...args], options)
    : spawn(command, [...args], options);
  const kill = () => child.kill('SIGKILL');
  process.once('exit', kill);
  child.once('exit', () => process.removeListener('exit', kill));
  return child;
}

export interface RunOptions {
  /** What the program reads; then its input ends. */
  readonly stdin?: string;
  /** Added to this process's environment. */
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  readonly guardMs?: number;
}

export interface RunResult {
  /** Null when a signal ended it. */
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * Runs a program to its end.
 * @throws {Error} (as a rejection) it can't be started, or it was still running when the guard ended it; what it
 *                 had printed is in the message
 */
export function runProgram(command: string, args: readonly string[], options: RunOptions = {}): Promise<RunResult> {
  const { guardMs = GUARD_MS } = options;
  return new Promise((resolve, reject) => {
    const child = spawnTied(command, args, {
      stdio: ['pipe', 'pipe', 'pipe'],
      env: { ...process.env, ...options.env },
      ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    });
    let stdout = '';
    let stderr = '';
    child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      stdout += text;
    });
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      stderr += text;
    });
    let guarded = false;
    const guard = setTimeout(() => {
      guarded = true;
      child.kill('SIGKILL');
    }, guardMs);
    child.once('error', (error) => {
      clearTimeout(guard);
      reject(error);
    });
    child.once('close', (exitCode) => {
      clearTimeout(guard);
      if (guarded) reject(new Error(`${command} was still running after ${guardMs} ms:\n${stdout}\n${stderr}`));
      else resolve({ exitCode, stdout, stderr });
    });
    // A program that ends without reading its input is not our failure.
    child.stdin?.on('error', () => {});
    child.stdin?.end(options.stdin ?? '');
  });
}
