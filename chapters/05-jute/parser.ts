/**
 * Reads whole .jute files: what they include, and their modules, one behind the other. What is inside a module is read
 * by jute-compiler.ts.
 */
import { RecordParser } from '#05-jute/jute-compiler.js';
import { KnownRecords } from '#05-jute/known-records.js';
import type { Module, Schema } from '#05-jute/schema.js';
import { TokenReader } from '#05-jute/token-reader.js';

export interface Source {
  /** Names the file in messages, and tells one file from another. */
  readonly path: string;
  readonly text: string;
}

/**
 * Finds the file that an `include` names.
 * @param includedPath what stands between the quotes
 * @param fromPath the file that includes it
 * @returns null when there is no such file
 */
export type ResolveInclude = (includedPath: string, fromPath: string) => Source | null;

/**
 * Parses one file and those that it includes.
 * @param parsed what is known already, by path; files that are read here are added
 * @throws {JuteError} where the file does not keep to the grammar, or names what is not there
 * @apache org.apache.jute.compiler.generated.Rcc
 */
export function parseJute(source: Source, resolveInclude: ResolveInclude, parsed = new Map<string, Schema>()): Schema {
  return new FileParser(source, { resolveInclude, parsed, open: [] }).file();
}

interface Context {
  readonly resolveInclude: ResolveInclude;
  readonly parsed: Map<string, Schema>;
  /** The files that are being read: this one is the last, the one that includes it stands before it. */
  readonly open: readonly string[];
}

class FileParser {
  private readonly context: Context;
  private readonly tokens: TokenReader;
  private readonly known: KnownRecords;
  private readonly records: RecordParser;

  constructor(source: Source, context: Context) {
    this.context = { ...context, open: [...context.open, source.path] };
    this.tokens = new TokenReader(source.path, source.text);
    this.known = new KnownRecords(this.tokens);
    this.records = new RecordParser(this.tokens, this.known);
  }

  file(): Schema {
    const includes: Schema[] = [];
    const modules: Module[] = [];
    do {
      const token = this.tokens.peek();
      if (token.kind === 'include') {
        const included = this.include();
        if (!includes.includes(included)) includes.push(included);
      } else if (token.kind === 'module') {
        modules.push(this.records.module());
      } else {
        const mend = 'Classes stand inside a module: module name { class … }';
        throw this.tokens.unexpected(token, "'include' or 'module'", mend);
      }
    } while (this.tokens.peek().kind !== 'end of file');
    const schema: Schema = { path: this.tokens.path, includes, modules };
    this.context.parsed.set(schema.path, schema);
    return schema;
  }

  private include(): Schema {
    this.tokens.take('include', '');
    const name = this.tokens.take('string', 'An include looks like this: include "data.jute"');
    const source = this.context.resolveInclude(name.text, this.tokens.path);
    if (source === null) {
      throw this.tokens.error(name, `there is no file "${name.text}" to include. The path is relative to this file.`);
    }
    if (this.context.open.includes(source.path)) {
      const circle = [...this.context.open, source.path].join(' -> ');
      const problem = `files include each other in a circle: ${circle}. Move what both need into a third file.`;
      throw this.tokens.error(name, problem);
    }
    const included = this.context.parsed.get(source.path) ?? new FileParser(source, this.context).file();
    this.known.addAll(included, name);
    return included;
  }
}
