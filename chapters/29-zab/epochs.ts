/**
 * The two epochs of a server, which outlive it. Each leader has an epoch of its own, and its transactions carry that
 * number in the upper half of their zxids.
 *
 * - `accepted`: the latest epoch that this server has promised to take part in. It refuses all earlier ones from then on.
 * - `current`: the latest epoch whose leader's history this server has made its own. It is part of its vote: who was with
 *   a later leader knows everything that was ever acknowledged before.
 *
 * Invariant, also after a crash at any point: epoch of the last zxid ≤ current ≤ accepted. What breaks it is a folder put
 * together from several: such a server must not vote, since its word would count for what it does not have.
 *
 * @apache server.quorum.QuorumPeer#loadDataBase
 */
import { invariant } from '#00-introduction/invariant.js';
import type { Disk, Log } from '#00-introduction/world.js';
import { hex, type Zxid } from '#06-network-protocol/ids.js';
import {
  ACCEPTED_EPOCH,
  CURRENT_EPOCH,
  EpochFileError,
  readEpochFile,
  TMP_EXTENSION,
  writeEpochFile,
} from '#20-data-files/epoch-file.js';

export const epochOf = (zxid: Zxid): bigint => zxid >> 32n;

export class Epochs {
  private readonly disk: Disk;
  private readonly directory: string;
  private currentEpoch: bigint;
  private acceptedEpoch: bigint;

  /**
   * Reads both from the disk. A file that is missing, as in a folder that never belonged to an ensemble, is made from the
   * last zxid.
   * @param directory the version-2 folder of `dataDir`
   * @throws {EpochFileError | DiskError}
   */
  static load({ disk, log }: { disk: Disk; log: Log }, directory: string, lastZxid: Zxid): Epochs {
    const readOrMake = (name: string): bigint => {
      const epoch = readEpochFile(disk, `${directory}/${name}`);
      if (epoch !== null) return epoch;
      log.info(`${directory}/${name} is not there yet; it becomes ${epochOf(lastZxid)}, by the last transaction`);
      writeEpochFile(disk, `${directory}/${name}`, epochOf(lastZxid));
      return epochOf(lastZxid);
    };
    const currentPath = `${directory}/${CURRENT_EPOCH}`;
    let current = readOrMake(CURRENT_EPOCH);
    if (current < epochOf(lastZxid)) {
      // A crash after the history of a new leader was written, and before the file had its name.
      const unfinished = readEpochFile(disk, `${currentPath}${TMP_EXTENSION}`);
      if (unfinished === null || unfinished < epochOf(lastZxid)) {
        throw new EpochFileError(
          `${currentPath} is ${current}, but the last transaction, 0x${hex(lastZxid)}, is of epoch ${epochOf(lastZxid)}: ` +
            'log and epochs are of different servers or days. Let this server begin with an empty data folder.',
        );
      }
      current = unfinished;
      writeEpochFile(disk, currentPath, current);
    }
    const accepted = readOrMake(ACCEPTED_EPOCH);
    if (accepted < current) {
      throw new EpochFileError(
        `${directory}/${ACCEPTED_EPOCH} is ${accepted}, but must not be less than ${CURRENT_EPOCH}, which is ${current}. ` +
          'Let this server begin with an empty data folder.',
      );
    }
    return new Epochs(disk, directory, { current, accepted });
  }

  /** Use `load`. */
  constructor(disk: Disk, directory: string, { current, accepted }: { current: bigint; accepted: bigint }) {
    this.disk = disk;
    this.directory = directory;
    this.currentEpoch = current;
    this.acceptedEpoch = accepted;
  }

  get current(): bigint {
    return this.currentEpoch;
  }

  get accepted(): bigint {
    return this.acceptedEpoch;
  }

  /** To be called when the leader's history is durable, and before the leader is told so. @throws {DiskError} */
  setCurrent(epoch: bigint): void {
    invariant('current-epoch-was-accepted', epoch <= this.acceptedEpoch && epoch >= this.currentEpoch);
    writeEpochFile(this.disk, `${this.directory}/${CURRENT_EPOCH}`, epoch);
    this.currentEpoch = epoch;
  }

  /** To be called before the promise is given. @throws {DiskError} */
  setAccepted(epoch: bigint): void {
    invariant('accepted-epoch-never-goes-back', epoch >= this.acceptedEpoch);
    writeEpochFile(this.disk, `${this.directory}/${ACCEPTED_EPOCH}`, epoch);
    this.acceptedEpoch = epoch;
  }
}
