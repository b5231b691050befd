/**
 * The requests that set all watches of a client again, on a new connection. The server fires at once what has changed
 * since `relativeZxid`. There may be many paths and a frame has a limit, so they go in several requests.
 *
 * @apache ClientCnxn.SendThread#primeConnection
 */

import { type BinaryOutputArchive, juteStringByteLength } from '#04-serialization/binary-archive.js';
import { SetWatches, SetWatches2 } from '#05-jute/records/proto.js';
import type { Zxid } from '#06-network-protocol/ids.js';
import { OpCode } from '#06-network-protocol/opcodes.js';
import type { Chroot } from '#10-client-cnxn/chroot.js';
import { type ClientWatchRegistry, type WatchKind, watchKinds } from '#10-client-cnxn/client-watch-registry.js';

/** An eighth of what a server accepts in a frame; only a single longer path makes a longer request. */
const MAX_BATCH_BYTES = 128 * 1024;

/** A string's length, and the bytes around the vectors, counted generously. */
const STRING_OVERHEAD_BYTES = 4;
const BATCH_OVERHEAD_BYTES = 64;

export interface SetWatchesBatch {
  /** SetWatches, unless there are watches that only its successor has: an older server does not know that one. */
  readonly type: typeof OpCode.setWatches | typeof OpCode.setWatches2;
  writeBody(archive: BinaryOutputArchive): void;
}

export function* setWatchesBatches(
  watches: ClientWatchRegistry,
  relativeZxid: Zxid,
  chroot: Chroot,
): Iterable<SetWatchesBatch> {
  let batch = emptyBatch();
  let sizeBytes = BATCH_OVERHEAD_BYTES;
  for (const kind of watchKinds) {
    for (const clientPath of watches.paths(kind)) {
      const path = chroot.toServer(clientPath);
      const pathBytes = juteStringByteLength(path) + STRING_OVERHEAD_BYTES;
      if (sizeBytes > BATCH_OVERHEAD_BYTES && sizeBytes + pathBytes > MAX_BATCH_BYTES) {
        yield toRequest(batch, relativeZxid);
        batch = emptyBatch();
        sizeBytes = BATCH_OVERHEAD_BYTES;
      }
      batch[kind].push(path);
      sizeBytes += pathBytes;
    }
  }
  if (sizeBytes > BATCH_OVERHEAD_BYTES) yield toRequest(batch, relativeZxid);
}

type Batch = Record<WatchKind, string[]>;

function emptyBatch(): Batch {
  return { data: [], exist: [], child: [], persistent: [], persistentRecursive: [] };
}

function toRequest(batch: Batch, relativeZxid: Zxid): SetWatchesBatch {
  const record: SetWatches2 = {
    relativeZxid,
    dataWatches: batch.data,
    existWatches: batch.exist,
    childWatches: batch.child,
    persistentWatches: batch.persistent,
    persistentRecursiveWatches: batch.persistentRecursive,
  };
  const needs2 = batch.persistent.length > 0 || batch.persistentRecursive.length > 0;
  return {
    type: needs2 ? OpCode.setWatches2 : OpCode.setWatches,
    writeBody: (archive) => (needs2 ? SetWatches2 : SetWatches).write(archive, record),
  };
}
