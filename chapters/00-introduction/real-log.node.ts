/**
 * Log lines for people and for `grep`: time, level, message. A cause follows in lines of its own, indented.
 *
 *     2026-01-31T12:00:00.000Z WARN  cannot read the configuration
 *         DiskError: cannot open /etc/zoo.cfg: no such file or directory (ENOENT)
 */
import { DiskError, type Log, NetworkError } from '#00-introduction/world.js';

export type LogLevel = 'info' | 'warn' | 'error';

const LEVELS: readonly LogLevel[] = ['info', 'warn', 'error'];

export interface RealLogOptions {
  /** The least level that is written. Default: `info`. */
  readonly level?: LogLevel;
  /** Takes one entry, with the line break at its end. Default: standard error. */
  readonly write?: (entry: string) => void;
}

export class RealLog implements Log {
  private readonly leastLevel: number;
  private readonly write: (entry: string) => void;

  constructor(options: RealLogOptions = {}) {
    this.leastLevel = LEVELS.indexOf(options.level ?? 'info');
    this.write = options.write ?? ((entry) => void process.stderr.write(entry));
  }

  info(message: string): void {
    this.entry('info', message);
  }

  warn(message: string, cause?: unknown): void {
    this.entry('warn', message, cause);
  }

  error(message: string, cause?: unknown): void {
    this.entry('error', message, cause);
  }

  private entry(level: LogLevel, message: string, cause?: unknown): void {
    if (LEVELS.indexOf(level) < this.leastLevel) return;
    const line = `${new Date().toISOString()} ${level.toUpperCase().padEnd(5)} ${onOneLine(message)}\n`;
    this.write(cause === undefined ? line : `${line}${indented(causeText(cause))}\n`);
  }
}

/** A message may quote what a peer sent: it must not be able to forge a line, or to steer a terminal. */
function onOneLine(text: string): string {
  return text.replace(CONTROL_CHARACTERS, (character) => `\\x${character.charCodeAt(0).toString(16).padStart(2, '0')}`);
}

function indented(text: string): string {
  return text
    .split('\n')
    .map((line) => `    ${onOneLine(line)}`)
    .join('\n');
}

/** The stack, which begins with the message, and the causes behind it. What the World could not do has none. */
function causeText(cause: unknown): string {
  if (!(cause instanceof Error)) return String(cause);
  const text = isOfTheWorld(cause) ? `${cause.name}: ${cause.message}` : (cause.stack ?? String(cause));
  return cause.cause === undefined ? text : `${text}\ncaused by ${causeText(cause.cause)}`;
}

/** Its message says what failed and where: behind it there is no mistake of the program to look for. */
function isOfTheWorld(cause: Error): boolean {
  return cause instanceof NetworkError || cause instanceof DiskError;
}

const CONTROL_CHARACTERS = /\p{Cc}/gu;
