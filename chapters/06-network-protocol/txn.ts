/**
 * A transaction: what a write request becomes once a server has decided what it does. A request says "one more than
 * the version you have", its transaction says "version 7": it can be replayed, sent and stored, and always does the
 * same. It travels between servers and lies in the log in one form:
 *
 *     TxnHeader · the record of its type (none for a bare closeSession) · TxnDigest (since 3.6, may be missing)
 *
 * @apache server.util.SerializeUtils
 */
import { Buffer } from 'node:buffer';
import { ArchiveError, BinaryInputArchive, type BinaryOutputArchive } from '#04-serialization/binary-archive.js';
import type { RecordType } from '#04-serialization/record-type.js';
import {
  CheckVersionTxn,
  CloseSessionTxn,
  CreateContainerTxn,
  CreateSessionTxn,
  CreateTTLTxn,
  CreateTxn,
  CreateTxnV0,
  DeleteTxn,
  ErrorTxn,
  MultiTxn,
  SetACLTxn,
  SetDataTxn,
  TxnDigest,
  TxnHeader,
} from '#05-jute/records/txn.js';
import { OpCode, opCodeName } from '#06-network-protocol/opcodes.js';

/** What a transaction does. `type` is the opcode of its header; `record` its body. */
export type TxnBody =
  | { readonly type: typeof OpCode.createSession; readonly record: CreateSessionTxn }
  | { readonly type: typeof OpCode.closeSession; readonly record: CloseSessionTxn | null }
  | { readonly type: typeof OpCode.create | typeof OpCode.create2; readonly record: CreateTxn }
  | { readonly type: typeof OpCode.createContainer; readonly record: CreateContainerTxn }
  | { readonly type: typeof OpCode.createTTL; readonly record: CreateTTLTxn }
  | { readonly type: typeof OpCode.delete | typeof OpCode.deleteContainer; readonly record: DeleteTxn }
  | { readonly type: typeof OpCode.setData | typeof OpCode.reconfig; readonly record: SetDataTxn }
  | { readonly type: typeof OpCode.setACL; readonly record: SetACLTxn }
  | { readonly type: typeof OpCode.check; readonly record: CheckVersionTxn }
  | { readonly type: typeof OpCode.error; readonly record: ErrorTxn }
  | { readonly type: typeof OpCode.multi; readonly record: MultiSteps };

/** What a multi does. On the wire it is a MultiTxn: each step with its type, and its record as a buffer. */
export interface MultiSteps {
  /** None of them is a multi. */
  readonly steps: readonly TxnBody[];
}

export interface Transaction {
  readonly header: TxnHeader;
  readonly body: TxnBody;
  readonly digest: TxnDigest | null;
}

/** The bytes hold no transaction that this version knows. */
export class TxnError extends Error {
  override readonly name = 'TxnError';
}

/** Writes a transaction in the form in which servers send and store it. */
export function writeTransaction(archive: BinaryOutputArchive, transaction: Transaction): void {
  TxnHeader.write(archive, transaction.header);
  writeTxnBody(archive, transaction.body);
  if (transaction.digest) TxnDigest.write(archive, transaction.digest);
}

/**
 * Reads a transaction up to the end of the archive's data.
 * @throws {TxnError} unknown type
 * @throws {ArchiveError} the bytes end early
 */
export function readTransaction(archive: BinaryInputArchive): Transaction {
  const header = TxnHeader.read(archive);
  const body = readTxnBody(archive, header.type);
  const digest = archive.remainingBytes > 0 ? TxnDigest.read(archive) : null;
  return { header, body, digest };
}

/** Writes a body without its type: in a multi, and after a header, the type stands elsewhere. */
export function writeTxnBody(archive: BinaryOutputArchive, body: TxnBody): void {
  if (body.type === OpCode.multi) writeSteps(archive, body.record);
  else if (body.record !== null) recordTypeOf(body.type).write(archive, body.record);
}

function writeSteps(archive: BinaryOutputArchive, { steps }: MultiSteps): void {
  archive.writeInt(steps.length);
  for (const step of steps) {
    archive.writeInt(step.type);
    const start = archive.position;
    // The length of the buffer, which is known only when it is written.
    archive.writeInt(0);
    writeTxnBody(archive, step);
    archive.patchInt(start, archive.position - start - 4);
  }
}

function readSteps(archive: BinaryInputArchive): MultiSteps {
  const { txns } = MultiTxn.read(archive);
  return { steps: (txns ?? []).map(({ type, data }) => readStep(type, data ?? Buffer.alloc(0))) };
}

function readStep(type: number, data: Buffer): TxnBody {
  if (type === OpCode.multi) throw new TxnError('a step of a multi is a multi');
  return readTxnBody(new BinaryInputArchive(data), type);
}

function readTxnBody(archive: BinaryInputArchive, type: number): TxnBody {
  if (type === OpCode.closeSession && isBare(archive)) return { type, record: null };
  if (type === OpCode.create) return { type, record: readCreateTxn(archive) };
  if (type === OpCode.multi) return { type, record: readSteps(archive) };
  return { type, record: recordTypeOf(type).read(archive) } as TxnBody;
}

/**
 * Before 3.6, and with `closeSessionTxn.enabled=false`, a closeSession has no record: nothing follows its header, or the
 * digest does. A digest begins with its version, 2, and is too short for a list of two paths.
 */
function isBare(archive: BinaryInputArchive): boolean {
  if (archive.remainingBytes !== TXN_DIGEST_BYTES) return archive.remainingBytes === 0;
  const start = archive.position;
  const first = archive.readInt();
  archive.position = start;
  return first >= 2;
}

const TXN_DIGEST_BYTES = 12;

/** Logs from before 3.4 have creates without the parent's cversion. They are recognised by ending early. */
function readCreateTxn(archive: BinaryInputArchive): CreateTxn {
  const start = archive.position;
  try {
    return CreateTxn.read(archive);
  } catch (error) {
    if (!(error instanceof ArchiveError) || error.reason !== 'end-of-data') throw error;
    archive.position = start;
    return { ...CreateTxnV0.read(archive), parentCVersion: -1 };
  }
}

function recordTypeOf(type: number): RecordType<unknown> {
  const recordType = recordTypes.get(type);
  if (!recordType) throw new TxnError(`no transaction has the type ${type} (${opCodeName(type)})`);
  return recordType;
}

const recordTypes: ReadonlyMap<number, RecordType<unknown>> = new Map<number, RecordType<unknown>>([
  [OpCode.createSession, CreateSessionTxn],
  [OpCode.closeSession, CloseSessionTxn],
  [OpCode.create, CreateTxn],
  [OpCode.create2, CreateTxn],
  [OpCode.createContainer, CreateContainerTxn],
  [OpCode.createTTL, CreateTTLTxn],
  [OpCode.delete, DeleteTxn],
  [OpCode.deleteContainer, DeleteTxn],
  [OpCode.setData, SetDataTxn],
  [OpCode.reconfig, SetDataTxn],
  [OpCode.setACL, SetACLTxn],
  [OpCode.check, CheckVersionTxn],
  [OpCode.error, ErrorTxn],
]);
