/**
 * The Jute compiler: .jute files in, TypeScript files out. It reads and writes nothing itself; `main.node.ts` and the
 * tests bring the texts.
 */
import { generatedFileName } from '#05-jute/generated-file-name.js';
import { JuteError } from '#05-jute/jute-error.js';
import { parseJute, type ResolveInclude, type Source } from '#05-jute/parser.js';
import type { Schema } from '#05-jute/schema.js';
import { type GeneratorOptions, generateTypeScript } from '#05-jute/typescript-generator.js';

export interface GeneratedFile {
  /** Without a folder. */
  readonly name: string;
  readonly text: string;
}

/**
 * Generates one file for each source; what is only included is read, not generated.
 * @throws {JuteError} at the first thing that is wrong
 */
export function compileJute(
  sources: readonly Source[],
  resolveInclude: ResolveInclude,
  options: GeneratorOptions,
): GeneratedFile[] {
  const parsed = new Map<string, Schema>();
  const origins = new Map<string, string>();
  return sources.map((source) => {
    const name = generatedFileName(source.path);
    const origin = origins.get(name);
    if (origin !== undefined) {
      const problem = `${origin} would be generated into ${name} too. Rename one of them.`;
      throw new JuteError(source.path, { line: 1, column: 1 }, problem);
    }
    origins.set(name, source.path);
    const schema = parsed.get(source.path) ?? parseJute(source, resolveInclude, parsed);
    return { name, text: generateTypeScript(schema, options) };
  });
}
