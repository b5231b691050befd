/** CPU time and memory of another process, as Linux tells them in /proc. null on systems that have no /proc. */
import { readFileSync } from 'node:fs';

/** What the kernel counts CPU time in; 100 per second on every Linux that Node runs on. */
const TICKS_PER_SECOND = 100;

/** CPU seconds that a process has used so far, all its threads, in user and kernel mode. */
export function cpuSecondsOf(pid: number): number | null {
  const stat = readProc(`/proc/${pid}/stat`);
  if (stat === null) return null;
  // The second field is the program's name in brackets and may hold spaces: count from behind it.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const [userTicks, systemTicks] = [Number(fields[11]), Number(fields[12])];
  return (userTicks + systemTicks) / TICKS_PER_SECOND;
}

/** Memory of a process that is in RAM (resident set size). */
export function rssBytesOf(pid: number): number | null {
  const status = readProc(`/proc/${pid}/status`);
  const kilobytes = status && /^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1];
  return kilobytes ? Number(kilobytes) * 1024 : null;
}

function readProc(path: string): string | null {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return null;
  }
}
