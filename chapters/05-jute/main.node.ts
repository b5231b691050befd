/**
 * The command `jute`: generates TypeScript from .jute files, or checks that what was generated is up to date.
 *
 *     jute -l ts -o DIR files…
 *     jute -l ts -o DIR --check files…
 *
 * A folder stands for the .jute files in it.
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join, normalize, resolve, sep } from 'node:path';
import { pathToFileURL } from 'node:url';
import { Command, CommanderError, Option } from 'commander';
import { compileJute, type GeneratedFile } from '#05-jute/compile-files.js';
import { JuteError } from '#05-jute/jute-error.js';
import type { ResolveInclude, Source } from '#05-jute/parser.js';

export interface Terminal {
  out(text: string): void;
  error(text: string): void;
}

/**
 * @param args what follows the name of the command
 * @returns the exit status: 0 when all is well
 */
export function runJute(args: readonly string[], terminal: Terminal): number {
  const command = juteCommand(terminal);
  try {
    command.parse(args, { from: 'user' });
    const options = command.opts<JuteOptions>();
    const sources = command.args.flatMap(juteFiles).map(readSource);
    const files = compileJute(sources, resolveInclude, options);
    return options.check ? check(files, options, terminal) : generate(files, options, terminal);
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode;
    const expected = error instanceof JuteError || error instanceof NoFilesError || isSystemError(error);
    if (!expected) throw error;
    terminal.error(`${error.message}\n`);
    return 1;
  }
}

interface JuteOptions {
  readonly language: string;
  readonly output: string;
  readonly importPrefix: string;
  readonly command: string;
  readonly check: boolean;
}

function juteCommand(terminal: Terminal): Command {
  return new Command('jute')
    .description('Generates the records that .jute files describe.')
    .argument('<files...>', 'the .jute files, or folders of them')
    .addOption(new Option('-l, --language <language>', 'what to generate').choices(['ts']).default('ts'))
    .requiredOption('-o, --output <folder>', 'where the generated files are')
    .option('--import-prefix <prefix>', 'how one generated file imports another', './')
    .option('--command <text>', 'the command that the generated files name in their first line', 'npm run jute')
    .option('--check', 'write nothing; exit with 1 when a generated file is not what would be generated', false)
    .configureOutput({ writeOut: (text) => terminal.out(text), writeErr: (text) => terminal.error(text) })
    .exitOverride();
}

function generate(files: readonly GeneratedFile[], options: JuteOptions, terminal: Terminal): number {
  mkdirSync(options.output, { recursive: true });
  for (const { name, text } of files) {
    const path = join(options.output, name);
    writeFileSync(path, text);
    terminal.out(`${path}\n`);
  }
  return 0;
}

function check(files: readonly GeneratedFile[], options: JuteOptions, terminal: Terminal): number {
  let status = 0;
  for (const { name, text } of files) {
    const path = join(options.output, name);
    const problem = problemWith(path, text);
    if (problem === null) continue;
    terminal.error(`${path} ${problem}. Generate it again: ${options.command}\n`);
    status = 1;
  }
  return status;
}

function problemWith(path: string, text: string): string | null {
  if (!existsSync(path)) return 'is missing';
  return readFileSync(path, 'utf8') === text ? null : 'is not what its .jute file says now';
}

function juteFiles(path: string): string[] {
  if (!existsSync(path)) throw new NoFilesError(`There is no file ${path}.`);
  if (!statSync(path).isDirectory()) return [path];
  const names = readdirSync(path).filter((name) => name.endsWith('.jute'));
  if (names.length === 0) throw new NoFilesError(`There is no .jute file in ${path}. Name the folder that has them.`);
  return names.sort().map((name) => join(path, name));
}

class NoFilesError extends Error {}

/** One file has one path, with slashes, however it was named. */
function readSource(path: string): Source {
  return { path: normalize(path).split(sep).join('/'), text: readFileSync(path, 'utf8') };
}

const resolveInclude: ResolveInclude = (includedPath, fromPath) => {
  const path = join(dirname(fromPath), includedPath);
  return existsSync(path) ? readSource(path) : null;
};

function isSystemError(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && 'syscall' in error;
}

const startedAs = process.argv[1];
if (startedAs !== undefined && import.meta.url === pathToFileURL(resolve(startedAs)).href) {
  process.exitCode = runJute(process.argv.slice(2), {
    out: (text) => process.stdout.write(text),
    error: (text) => process.stderr.write(text),
  });
}
