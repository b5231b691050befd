/**
 * The files `currentEpoch` and `acceptedEpoch` of a data folder: a number in decimal, and nothing else.
 *
 * A new number takes the place of the old one as a whole: it is written to `currentEpoch.tmp` and synced before that file
 * gets the name. A power cut leaves the old number, or the new one.
 *
 * @apache common.AtomicFileOutputStream
 */
import { Buffer } from 'node:buffer';
import { type Disk, DiskError } from '#00-introduction/world.js';

/** A file that says something else than an epoch. */
export class EpochFileError extends Error {
  override readonly name = 'EpochFileError';
}

export const CURRENT_EPOCH = 'currentEpoch';
export const ACCEPTED_EPOCH = 'acceptedEpoch';
/** Behind the name, until the file is whole. */
export const TMP_EXTENSION = '.tmp';

/**
 * @returns null when there is no such file
 * @throws {EpochFileError | DiskError}
 */
export function readEpochFile(disk: Disk, path: string): bigint | null {
  let text: string;
  try {
    text = disk.readFile(path).toString('latin1');
  } catch (error) {
    if (error instanceof DiskError && error.code === 'ENOENT') return null;
    throw error;
  }
  const [line = ''] = text.split(/\r\n|\r|\n/);
  if (/^\d{1,19}$/.test(line)) return BigInt(line);
  const found = JSON.stringify(line.slice(0, 40));
  throw new EpochFileError(`${path}: ${found} is no epoch; put the file back from a copy of this server's data`);
}

/**
 * Returns when the number is durable.
 * @throws {DiskError}
 */
export function writeEpochFile(disk: Disk, path: string, epoch: bigint): void {
  const unfinished = `${path}${TMP_EXTENSION}`;
  const file = disk.open(unfinished, 'create');
  try {
    file.writeNow(Buffer.from(String(epoch), 'latin1'), 0);
    file.syncNow();
  } finally {
    file.close();
  }
  disk.rename(unfinished, path);
  disk.syncDirectory(path.slice(0, path.lastIndexOf('/')) || '/');
}
