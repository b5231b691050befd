/**
 * Reads a configuration: the text of a zoo.cfg, `-D` properties, or both.
 *
 * A zoo.cfg is a Java properties file: `#` and `!` begin a comment; `\` begins an escape or, at the end of a line,
 * joins the next one to it; of two lines with the same key the last one counts. Java takes the bytes of the file for
 * ISO 8859-1, so the caller has to decode them so; other characters are written `\uXXXX`.
 *
 * A property is either what Apache ZooKeeper calls a system property (`zookeeper.snapCount`, `jute.maxbuffer`), or a
 * key of zoo.cfg (`snapCount`). The first gives way to a line of zoo.cfg, as it does there; the second takes the place
 * of the line.
 *
 * Keys that nobody here knows are no error, as in Apache ZooKeeper; they come back as warnings.
 *
 * @apache server.quorum.QuorumPeerConfig
 */
import { Properties, type PropertyNode } from 'properties-file/parser';
import { type GivenConfig, type ServerConfig, settings, withDefaults } from '#07-standalone-startup/server-config.js';
import { ConfigError, type Entry, printable, quoted, wrongValue } from '#07-standalone-startup/zoo-cfg-entry.js';
import { refuseWhatWouldOpenTheServer, warningAbout } from '#07-standalone-startup/zoo-cfg-other-keys.js';
import { checkAgainstServerLine, standaloneClientAddress } from '#07-standalone-startup/zoo-cfg-servers.js';

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

export interface ReadConfig {
  readonly config: ServerConfig;
  /** What was ignored, and why; a line each. */
  readonly warnings: readonly string[];
}

type Field = keyof ServerConfig;

/** @throws {ConfigError} says in one line what is wrong, where, and what would be right */
export function readConfig(sources: ConfigSources): ReadConfig {
  const lines = sources.file === undefined ? new Map<string, Entry>() : entriesOfFile(sources.file);
  const options = entriesOfProperties(sources.properties ?? {}, sources.propertyLabel ?? ((name) => `-D${name}`));
  const all = new Map([...lines, ...options]);

  const found = entriesByField(lines, options);
  const given: Partial<Record<Field, unknown>> = {};
  for (const [field, { type }] of settings()) {
    const entry = found.get(field);
    if (entry === undefined) continue;
    given[field] = type.read(entry.value);
    if (given[field] === undefined) throw wrongValue(entry, type.allowed);
  }

  refuseWhatWouldOpenTheServer(all.values());
  const line = standaloneClientAddress(all);
  if (line !== null) {
    checkAgainstServerLine(line, found.get('clientPort'), found.get('clientPortAddress'));
    given.clientPort = line.port;
    given.clientPortAddress = line.host;
  }
  requireAll(given, sources.file?.name ?? 'the configuration');
  const config = withDefaults(given as GivenConfig);
  checkTimeouts(config, found);
  return { config, warnings: warningsAbout(lines, options, found) };
}

/** For each field the entry that sets it: an option that takes the place of the line, the line, a system property. */
function entriesByField(
  lines: ReadonlyMap<string, Entry>,
  options: ReadonlyMap<string, Entry>,
): ReadonlyMap<Field, Entry> {
  const found = new Map<Field, Entry>();
  for (const [field, { key, property }] of settings()) {
    const entry =
      (key === null ? undefined : (options.get(key) ?? lines.get(key))) ??
      (property === null ? undefined : options.get(property));
    if (entry !== undefined) found.set(field, entry);
  }
  return found;
}

function entriesOfFile(file: ConfigFile): Map<string, Entry> {
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

function requireAll(given: Partial<Record<Field, unknown>>, where: string): void {
  for (const [field, setting] of settings()) {
    if (setting.default !== null || given[field] !== undefined) continue;
    throw new ConfigError(`${where}: ${setting.key} is not set, but must be (${setting.doc.replace(/\.$/, '')})`);
  }
}

function checkTimeouts(config: ServerConfig, found: ReadonlyMap<Field, Entry>): void {
  const { minSessionTimeoutMs: min, maxSessionTimeoutMs: max } = config;
  if (min <= max) return;
  // One of the two was set, since the defaults are in order.
  const culprit = found.get('maxSessionTimeoutMs') ?? found.get('minSessionTimeoutMs');
  throw new ConfigError(
    `${culprit?.label} is ${quoted(culprit?.value ?? '')}, but the shortest session (${min} ms) must not be longer ` +
      `than the longest (${max} ms)`,
  );
}

function warningsAbout(
  lines: ReadonlyMap<string, Entry>,
  options: ReadonlyMap<string, Entry>,
  found: ReadonlyMap<Field, Entry>,
): string[] {
  const used = new Set(found.values());
  const unused = [...lines.values(), ...options.values()].filter((entry) => !used.has(entry));
  return unused
    .map((entry) => warningAbout(entry, { found, isLine: lines.get(entry.key) === entry }))
    .filter((text) => text !== null);
}
