/** What the learner's compiler makes of .jute files: as text, and as code that runs. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { RecordType } from '#04-serialization/record-type.js';
import { compileJute, type GeneratedFile } from '#05-jute/compile-files.js';
import * as elements from '#05-jute/elements.js';
import type { Source } from '#05-jute/parser.js';

export const CHAPTER = join(import.meta.dirname, '../../chapters/05-jute');

const OPTIONS = { importPrefix: '#05-jute/records/', command: 'npm run jute' };

/** The .jute files of a folder of the chapter. */
export function sourcesIn(folder: string): Source[] {
  const names = readdirSync(join(CHAPTER, folder)).filter((name) => name.endsWith('.jute'));
  return names.sort().map((name) => ({ path: name, text: readFileSync(join(CHAPTER, folder, name), 'utf8') }));
}

/** @throws {JuteError} */
export function compiled(sources: readonly Source[]): GeneratedFile[] {
  return compileJute(sources, (path) => sources.find((source) => source.path === path) ?? null, OPTIONS);
}

/** Record types by the name of their class. */
export type Records = Readonly<Record<string, RecordType<never>>>;

/**
 * Runs generated code, without its types.
 * @returns the record types of each file, by its name: `data`
 */
export async function evaluated(files: readonly GeneratedFile[]): Promise<ReadonlyMap<string, Records>> {
  // Only now: it takes longer to load than all unit checks to run.
  const { default: ts } = await import('typescript');
  const options = { module: ts.ModuleKind.CommonJS, target: ts.ScriptTarget.ES2022 };
  const modules = new Map<string, Records>();
  const load = (name: string): unknown => {
    if (name === '#05-jute/elements.js') return elements;
    const own = name.replace(OPTIONS.importPrefix, '').replace(/\.js$/, '');
    const known = modules.get(own);
    if (known !== undefined) return known;
    const file = files.find((file) => file.name === `${own}.ts`);
    if (file === undefined) throw new Error(`the generated code imports ${name}, which does not exist`);
    const exports: Record<string, RecordType<never>> = {};
    modules.set(own, exports);
    const { outputText } = ts.transpileModule(file.text, { compilerOptions: options, fileName: file.name });
    new Function('exports', 'require', outputText)(exports, load);
    return exports;
  };
  for (const file of files) load(file.name.replace(/\.ts$/, '.js'));
  return modules;
}

/** What the generated code of a class says in its `write` or `read`, for messages: the lines, in one. */
export function linesOf(verb: 'write' | 'read', name: string, text: string): string {
  const code = text.slice(text.indexOf(`export const ${name}:`));
  const start = verb === 'write' ? '  write(archive, record) {\n' : '    return {\n';
  const body = code.slice(code.indexOf(start) + start.length);
  return body
    .slice(0, body.search(/^ {2,4}\};?,?$/m))
    .replace(/\s+/g, ' ')
    .trim()
    .replace(/[;,]$/, '');
}

/** The line, and as many of those that follow as it takes to say something. */
function from(lines: readonly string[], index: number): string {
  const shown: string[] = [];
  for (let i = index; i < lines.length && shown.join('').length < 20; i++) shown.push((lines[i] as string).trim());
  return shown.length === 0 ? 'the end of the file' : shown.join(' ⏎ ');
}

/** The first line that is not the same; null when there is none. */
export function firstDifference(
  got: string,
  expected: string,
): { readonly line: number; readonly got: string; readonly expected: string } | null {
  const [gotLines, expectedLines] = [got.split('\n'), expected.split('\n')];
  for (let i = 0; i < Math.max(gotLines.length, expectedLines.length); i++) {
    if (gotLines[i] !== expectedLines[i])
      return { line: i + 1, got: from(gotLines, i), expected: from(expectedLines, i) };
  }
  return null;
}
