/**
 * Several operations in one request: which steps there may be, and what is said of each in the answer. framing.ts says
 * where one ends and the next begins.
 *
 *     request:  { MultiHeader{type, false, -1} · request record of the type }*  · MultiHeader{-1, true, -1}
 *     reply:    { MultiHeader{type, false, err} · result record }*              · MultiHeader{-1, true, -1}
 *
 * A step that failed is of type `error`; its record repeats the code.
 *
 * @apache MultiOperationRecord, MultiResponse
 */
import type { Buffer } from 'node:buffer';
import type { BinaryInputArchive, BinaryOutputArchive } from '#04-serialization/binary-archive.js';
import type { RecordType } from '#04-serialization/record-type.js';
import type { Stat } from '#05-jute/records/data.js';
import {
  CheckVersionRequest,
  Create2Response,
  CreateRequest,
  CreateResponse,
  CreateTTLRequest,
  DeleteRequest,
  ErrorResponse,
  GetChildrenRequest,
  GetChildrenResponse,
  GetDataRequest,
  GetDataResponse,
  SetDataRequest,
  SetDataResponse,
} from '#05-jute/records/proto.js';
import { readCreateRequest } from '#06-network-protocol/create-request.js';
import { ErrorCode } from '#06-network-protocol/error-codes.js';
import { readSteps, writeSteps } from '#06-network-protocol/framing.js';
import { OpCode, opCodeName } from '#06-network-protocol/opcodes.js';

/** One operation that a client asks for. */
export type MultiStep =
  | {
      readonly type: typeof OpCode.create | typeof OpCode.create2 | typeof OpCode.createContainer;
      readonly record: CreateRequest;
    }
  | { readonly type: typeof OpCode.createTTL; readonly record: CreateTTLRequest }
  | { readonly type: typeof OpCode.delete; readonly record: DeleteRequest }
  | { readonly type: typeof OpCode.setData; readonly record: SetDataRequest }
  | { readonly type: typeof OpCode.check; readonly record: CheckVersionRequest }
  | { readonly type: typeof OpCode.getData; readonly record: GetDataRequest }
  | { readonly type: typeof OpCode.getChildren; readonly record: GetChildrenRequest };

/** How one step went. */
export type MultiResult =
  | { readonly type: typeof OpCode.create; readonly path: string }
  | { readonly type: typeof OpCode.create2; readonly path: string; readonly stat: Stat }
  | { readonly type: typeof OpCode.delete | typeof OpCode.check }
  | { readonly type: typeof OpCode.setData; readonly stat: Stat }
  | { readonly type: typeof OpCode.getData; readonly data: Buffer | null; readonly stat: Stat }
  | { readonly type: typeof OpCode.getChildren; readonly children: string[] }
  | { readonly type: typeof OpCode.error; readonly error: number };

/** A step of a type that can't be part of a multi. */
export class MultiTypeError extends Error {
  override readonly name = 'MultiTypeError';
}

type StepRecord = Pick<RecordType<unknown>, 'read' | 'write'>;

const createRequest: StepRecord = { write: CreateRequest.write as StepRecord['write'], read: readCreateRequest };

const stepRecords: ReadonlyMap<number, StepRecord> = new Map<number, StepRecord>([
  [OpCode.create, createRequest],
  [OpCode.create2, createRequest],
  [OpCode.createContainer, createRequest],
  [OpCode.createTTL, CreateTTLRequest],
  [OpCode.delete, DeleteRequest],
  [OpCode.setData, SetDataRequest],
  [OpCode.check, CheckVersionRequest],
  [OpCode.getData, GetDataRequest],
  [OpCode.getChildren, GetChildrenRequest],
]);

const isRead = (type: number): boolean => type === OpCode.getData || type === OpCode.getChildren;

export function writeMultiRequest(archive: BinaryOutputArchive, steps: readonly MultiStep[]): void {
  writeSteps(
    archive,
    steps,
    () => -1,
    (step) => stepRecord(step.type).write(archive, step.record),
  );
}

/**
 * @throws {MultiTypeError} a step of an unknown type, or reads and writes mixed
 * @throws {ArchiveError} the bytes end before the last header
 */
export function readMultiRequest(archive: BinaryInputArchive): MultiStep[] {
  return readSteps<MultiStep>(archive, (type, before) => {
    const record = stepRecord(type).read(archive);
    const first = before[0];
    if (first && isRead(first.type) !== isRead(type)) {
      throw new MultiTypeError(
        `${opCodeName(type)} can't stand beside ${opCodeName(first.type)}: reads and writes don't mix`,
      );
    }
    return { type, record } as MultiStep;
  });
}

export function writeMultiResponse(archive: BinaryOutputArchive, results: readonly MultiResult[]): void {
  const errOf = (result: MultiResult): number => (result.type === OpCode.error ? result.error : ErrorCode.OK);
  writeSteps(archive, results, errOf, (result) => writeResult(archive, result));
}

/** @throws {MultiTypeError} a result of an unknown type */
export function readMultiResponse(archive: BinaryInputArchive): MultiResult[] {
  return readSteps<MultiResult>(archive, (type) => readResult(archive, type));
}

function stepRecord(type: number): StepRecord {
  const record = stepRecords.get(type);
  if (!record) throw new MultiTypeError(`${opCodeName(type)} can't be part of a multi`);
  return record;
}

function writeResult(archive: BinaryOutputArchive, result: MultiResult): void {
  switch (result.type) {
    case OpCode.create:
      CreateResponse.write(archive, result);
      return;
    case OpCode.create2:
      Create2Response.write(archive, result);
      return;
    case OpCode.setData:
      SetDataResponse.write(archive, result);
      return;
    case OpCode.getData:
      GetDataResponse.write(archive, result);
      return;
    case OpCode.getChildren:
      GetChildrenResponse.write(archive, result);
      return;
    case OpCode.error:
      ErrorResponse.write(archive, { err: result.error });
      return;
    case OpCode.delete:
    case OpCode.check:
      return;
  }
}

function readResult(archive: BinaryInputArchive, type: number): MultiResult {
  switch (type) {
    case OpCode.create:
      return { type, path: CreateResponse.read(archive).path ?? '' };
    case OpCode.create2: {
      const { path, stat } = Create2Response.read(archive);
      return { type, path: path ?? '', stat };
    }
    case OpCode.setData:
      return { type, stat: SetDataResponse.read(archive).stat };
    case OpCode.getData:
      return { type, ...GetDataResponse.read(archive) };
    case OpCode.getChildren:
      return { type, children: (GetChildrenResponse.read(archive).children ?? []) as string[] };
    case OpCode.error:
      return { type, error: ErrorResponse.read(archive).err };
    case OpCode.delete:
    case OpCode.check:
      return { type };
    default:
      throw new MultiTypeError(`no step of a multi has a result of type ${type}`);
  }
}
