/** Where Apache ZooKeeper's shell is on this machine: people try a server with it. */
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';

const NAME = 'zkCli.sh';
/** Debian's package `zookeeper` has it here, and not in PATH. */
const DEBIAN_PATH = '/usr/share/zookeeper/bin/zkCli.sh';

/** @returns what can be typed: its name when it is in PATH, otherwise its whole path; null when there is none */
export function findZkCli(searchPath = process.env.PATH ?? '', debianPath = DEBIAN_PATH): string | null {
  const isInPath = searchPath.split(delimiter).some((folder) => folder !== '' && existsSync(join(folder, NAME)));
  if (isInPath) return NAME;
  return existsSync(debianPath) ? debianPath : null;
}
