/** Which of the servers of its ensemble a server is: the one line of the file `myid` in its data folder. */
import { type Disk, DiskError } from '#00-introduction/world.js';
import { ConfigError, quoted } from '#07-standalone-startup/zoo-cfg-entry.js';
import { ID_FORM, readId } from '#14-leader-election/quorum-config.js';
import type { QuorumVerifier } from '#14-leader-election/quorum-verifier.js';
import type { ServerId } from '#14-leader-election/server-id.js';

/**
 * @param servers what errors call the list of servers: `zoo.cfg`
 * @throws {ConfigError} the file is missing, says no number, or the number of no server
 */
export function readMyId(disk: Disk, dataDir: string, quorum: QuorumVerifier, servers: string): ServerId {
  const path = `${dataDir}/myid`;
  const [line = ''] = readText(disk, path).split(/\r\n|\r|\n/);
  const id = readId(line.trim());
  if (id === null) throw new ConfigError(`${path}, line 1 is ${quoted(line)}, but must be ${ID_FORM}`);
  if (quorum.allMembers.has(id)) return id;
  const known = [...quorum.allMembers.keys()].map((other) => `server.${other}`).join(', ');
  throw new ConfigError(`${path}, line 1 is ${quoted(line)}, but ${servers} has no server.${id}; it has ${known}`);
}

function readText(disk: Disk, path: string): string {
  try {
    return disk.readFile(path).toString('latin1');
  } catch (error) {
    if (!(error instanceof DiskError) || error.code !== 'ENOENT') throw error;
    throw new ConfigError(`${path} is missing: it must say which of the servers this is, such as 1 for server.1`);
  }
}
