/** The list of everything that can be set, as `zoowalk server --list-keys` prints it. */
import { type Settable, settings } from '#07-standalone-startup/server-config.js';

const INTRODUCTION = `Each key with its default. Set it by a line of zoo.cfg (snapCount=1000), or on
the command line, which goes before the file (-DsnapCount=1000). As for Apache
ZooKeeper, -Dzookeeper.snapCount=1000 works too, and the file goes before it.
What begins with -D here can only be set on the command line.
`;

/** @param more those of an ensemble, which come behind those of every server */
export function listSettings(more: readonly Settable<unknown>[] = []): string {
  return [INTRODUCTION, ...[...settings().map(([, setting]) => setting), ...more].map(entryText)].join('\n');
}

function entryText({ key, property, type, default: standard, doc }: Settable<unknown>): string {
  const name = key ?? `-D${property}`;
  const title = standard === null ? `${name}  (has to be set)` : `${name}=${standard}`;
  return `${title}\n${indented(doc)}${indented(`Allowed: ${type.allowed}.`)}`;
}

const WIDTH = 80;
const INDENT = '    ';

/** Lines that fit a narrow terminal, broken between words. */
function indented(text: string): string {
  const lines = [''];
  for (const word of text.split(' ')) {
    const line = lines.at(-1) ?? '';
    if (INDENT.length + line.length + 1 + word.length > WIDTH) lines.push(word);
    else lines[lines.length - 1] = line === '' ? word : `${line} ${word}`;
  }
  return lines.map((line) => `${INDENT}${line}\n`).join('');
}
