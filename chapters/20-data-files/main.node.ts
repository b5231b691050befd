/**
 * The command `zoowalk-files`: shows what is in the data files of a server, Apache's or ours. It only reads.
 *
 *     zoowalk-files log /data/version-2/log.1
 *     zoowalk-files snapshot /data/version-2/snapshot.1b.gz
 */
import { basename, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { Command, CommanderError } from 'commander';
import { RealDisk } from '#00-introduction/real-disk.node.js';
import { DiskError } from '#00-introduction/world.js';
import { type ByteSource, bufferSource } from '#20-data-files/byte-source.js';
import { dumpLog } from '#20-data-files/dump-log.js';
import { dumpSnapshot } from '#20-data-files/dump-snapshot.js';
import { parseSnapshotName } from '#20-data-files/file-names.js';
import { SnapshotError } from '#20-data-files/snapshot-reader.js';
import { TxnLogError } from '#20-data-files/txn-log-reader.js';

export interface Terminal {
  out(line: string): void;
  error(line: string): void;
}

/**
 * @param args what follows the name of the command
 * @returns the exit status: 0 when all is well
 */
export function runFiles(args: readonly string[], terminal: Terminal): number {
  try {
    filesCommand(terminal).parse(args, { from: 'user' });
    return 0;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode;
    const expected =
      error instanceof DiskError ||
      error instanceof TxnLogError ||
      error instanceof SnapshotError ||
      error instanceof PackedFileError;
    if (!expected) throw error;
    terminal.error(error.message);
    return 1;
  }
}

class PackedFileError extends Error {
  override readonly name = 'PackedFileError';
}

function filesCommand(terminal: Terminal): Command {
  const command = new Command('zoowalk-files').description('shows what is in the data files of a ZooKeeper server');
  command.exitOverride().configureOutput({
    writeOut: (text) => terminal.out(text.trimEnd()),
    writeErr: (text) => terminal.error(text.trimEnd()),
  });
  command
    .command('log')
    .description('one line for each transaction of a log: offset, zxid, time, session, cxid, what it does')
    .argument('<file>', 'such as version-2/log.1')
    .action((file: string) => {
      withSource(file, (source) => {
        for (const line of dumpLog(source, (ms) => new Date(ms).toISOString())) terminal.out(line);
      });
    });
  command
    .command('snapshot')
    .description('one line for each session, access control list and node of a snapshot')
    .argument('<file>', 'such as version-2/snapshot.1b or version-2/snapshot.1b.gz')
    .action((file: string) => withSource(file, (source) => dumpSnapshot(source, terminal.out)));
  return command;
}

function withSource(file: string, use: (source: ByteSource) => void): void {
  const disk = new RealDisk();
  const path = resolve(file);
  const compression = parseSnapshotName(basename(path))?.compression ?? 'none';
  if (compression === 'snappy') {
    throw new PackedFileError(`${path} is packed with snappy, which this tool can't unpack`);
  }
  if (compression === 'gz') {
    use(bufferSource(path, unpack(path, disk)));
    return;
  }
  const opened = disk.open(path, 'read');
  try {
    use(opened);
  } finally {
    opened.close();
  }
}

function unpack(path: string, disk: RealDisk): Buffer {
  const packed = disk.readFile(path);
  try {
    return gunzipSync(packed);
  } catch (error) {
    throw new PackedFileError(`${path} is no whole gzip file (${(error as Error).message}); use another snapshot`);
  }
}

const startedAs = process.argv[1];
if (startedAs !== undefined && import.meta.url === pathToFileURL(resolve(startedAs)).href) {
  process.exitCode = runFiles(process.argv.slice(2), { out: console.log, error: console.error });
}
