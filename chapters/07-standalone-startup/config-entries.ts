/**
 * Finds the entries of a configuration: in the text of a zoo.cfg, in `-D` properties, or both. What they mean is for
 * others to say.
 *
 * A zoo.cfg is a Java properties file: `#` and `!` begin a comment; `\` begins an escape or, at the end of a line,
 * joins the next one to it; of two lines with the same key the last one counts. Java takes the bytes of the file for
 * ISO 8859-1, so the caller has to decode them so; other characters are written `\uXXXX`.
 *
 * A property is either what Apache ZooKeeper calls a system property (`zookeeper.snapCount`, `jute.maxbuffer`), or a
 * key of zoo.cfg (`snapCount`). The first gives way to a line of zoo.cfg, as it does there; the second takes the place
 * of the line.
 */
import { Properties, type PropertyNode } from 'properties-file/parser';
import type { Settable } from '#07-standalone-startup/server-config.js';
import { ConfigError, type Entry, printable, wrongValue } from '#07-standalone-startup/zoo-cfg-entry.js';

export interface ConfigSources {
  readonly file?: ConfigFile;
  /** Properties by name, without `-D`. */
  readonly properties?: Readonly<Record<string, string>>;
  /** What errors call a property. Default: `-D` and its name. */
  readonly propertyLabel?: (name: string) => string;
}

export interface ConfigFile {
  /** What errors call it. */
  readonly name: string;
  readonly text: string;
}

/** What somebody has configured, by keys. */
export interface ConfigEntries {
  /** What errors call the whole of it. */
  readonly name: string;
  /** Of the file. */
  readonly lines: ReadonlyMap<string, Entry>;
  /** Properties. */
  readonly options: ReadonlyMap<string, Entry>;
  /** Both; an option takes the place of the line with its key. */
  readonly all: ReadonlyMap<string, Entry>;
}

/** @throws {ConfigError} the text of the file is not what it should be */
export function readEntries(sources: ConfigSources): ConfigEntries {
  const lines = sources.file === undefined ? new Map<string, Entry>() : entriesOfFile(sources.file);
  const options = entriesOfProperties(sources.properties ?? {}, sources.propertyLabel ?? ((name) => `-D${name}`));
  return { name: sources.file?.name ?? 'the configuration', lines, options, all: new Map([...lines, ...options]) };
}

/** What the entries give to a table of settings. */
export interface Found<Config> {
  /** The values that were set. */
  readonly given: { -readonly [Field in keyof Config]?: Config[Field] };
  /** By which entry; those that lost to another one are not here. */
  readonly entries: ReadonlyMap<keyof Config, Entry>;
}

/** @throws {ConfigError} a value is not allowed */
export function readSettings<Config>(
  table: { readonly [Field in keyof Config]: Settable<Config[Field]> },
  { lines, options }: ConfigEntries,
): Found<Config> {
  const given: Found<Config>['given'] = {};
  const entries = new Map<keyof Config, Entry>();
  for (const field of Object.keys(table) as (keyof Config)[]) {
    const { key, property, type } = table[field];
    const entry =
      (key === null ? undefined : (options.get(key) ?? lines.get(key))) ??
      (property === null ? undefined : options.get(property));
    if (entry === undefined) continue;
    const value = type.read(entry.value);
    if (value === undefined) throw wrongValue(entry, type.allowed);
    given[field] = value;
    entries.set(field, entry);
  }
  return { given, entries };
}

/** @throws {ConfigError} for what is no properties file */
export function entriesOfFile(file: ConfigFile): Map<string, Entry> {
  const entries = new Map<string, Entry>();
  for (const { key: text, value, startingLineNumber } of parseProperties(file)) {
    const key = text.trim();
    entries.set(key, {
      key,
      value: value.trim(),
      label: `${file.name}, line ${startingLineNumber}: ${printable(key)}`,
    });
  }
  return entries;
}

function entriesOfProperties(
  properties: Readonly<Record<string, string>>,
  labelOf: (name: string) => string,
): Map<string, Entry> {
  return new Map(
    Object.entries(properties).map(([key, value]) => [
      key,
      { key, value: value.trim(), label: printable(labelOf(key)) },
    ]),
  );
}

function parseProperties(file: ConfigFile): PropertyNode[] {
  try {
    return new Properties(file.text).getProperties();
  } catch {
    // The parser refuses one thing only, and does not say where.
    const lines = file.text.split(/\r\n|\r|\n/);
    const number = lines.findIndex((line) => /^(?!\s*[#!]).*\\u(?![\da-fA-F]{4})/.test(line)) + 1;
    throw new ConfigError(
      `${file.name}, line ${number}: \\u must be followed by four hexadecimal digits (a plain \\ is written \\\\)`,
    );
  }
}
