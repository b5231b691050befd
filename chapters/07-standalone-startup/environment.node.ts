/**
 * What `envi` shows of the machine and the process, under the names that Apache's server gives them; what only a Java
 * process has is not there.
 *
 * @apache Environment
 */
import { arch, freemem, homedir, hostname, platform, release, tmpdir, totalmem, userInfo } from 'node:os';

const MEBIBYTE = 0x10_0000;

export function environmentOfProcess(): ReadonlyMap<string, string> {
  const inMebibytes = (bytes: number): string => `${Math.round(bytes / MEBIBYTE)}MB`;
  return new Map([
    ['host.name', hostname()],
    ['node.version', process.version],
    ['os.name', platform()],
    ['os.arch', arch()],
    ['os.version', release()],
    ['os.tmpdir', tmpdir()],
    ['user.name', userName()],
    ['user.home', homedir()],
    ['user.dir', process.cwd()],
    ['os.memory.free', inMebibytes(freemem())],
    ['os.memory.total', inMebibytes(totalmem())],
  ]);
}

/** In a container the number of the user may have no name. */
function userName(): string {
  try {
    return userInfo().username;
  } catch {
    return String(process.getuid?.() ?? 'unknown');
  }
}
