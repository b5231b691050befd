/** What a server has in memory and on its disk, to be shown: to a learner beside a transcript, or in a test's message. */
import type { SimulatedDisk } from '#00-introduction/simulated-disk.js';
import type { DataTree } from '#01-data-model/data-tree.js';
import type { Stat } from '#05-jute/records/data.js';
import { bufferSource } from '#20-data-files/byte-source.js';
import { dumpLog } from '#20-data-files/dump-log.js';
import { dumpSnapshot } from '#20-data-files/dump-snapshot.js';
import { parseLogName, parseSnapshotName } from '#20-data-files/file-names.js';

export interface ShownNode {
  readonly path: string;
  readonly data: Uint8Array | null;
  readonly stat: Stat;
}

/** A log or a snapshot. */
export interface ShownFile {
  readonly path: string;
  readonly sizeBytes: number;
  /** One for each transaction, session or node. Of a file that is damaged: what comes before, and what is wrong. */
  readonly lines: readonly string[];
}

/** Every node, parents before children, by name. */
export function shownNodes(tree: DataTree): ShownNode[] {
  const nodes: ShownNode[] = [];
  const visit = (path: string): void => {
    const node = tree.get(path);
    if (node === undefined) return;
    nodes.push({ path, data: node.data, stat: tree.stat(node) });
    for (const name of [...node.children].sort()) visit(path === '/' ? `/${name}` : `${path}/${name}`);
  };
  visit('/');
  return nodes;
}

/** The logs and snapshots in a folder as programs see them, by name; other files are left out. */
export function shownFiles(disk: SimulatedDisk, directory: string): ShownFile[] {
  return disk.names.list(directory).flatMap((name) => {
    const path = `${directory}/${name}`;
    const bytes = disk.currentBytes(path);
    const dump = parseLogName(name) ? dumpLogLines : parseSnapshotName(name) ? dumpSnapshot : null;
    if (bytes === null || dump === null) return [];
    const lines: string[] = [];
    try {
      dump(bufferSource(path, bytes), (line) => lines.push(line));
    } catch (error) {
      lines.push(error instanceof Error ? error.message : String(error));
    }
    return [{ path, sizeBytes: bytes.length, lines }];
  });
}

function dumpLogLines(...[source, print]: Parameters<typeof dumpSnapshot>): void {
  for (const line of dumpLog(source, (timeMs) => `${timeMs} ms`)) print(line);
}
