/**
 * A multi as a program writes it: an array of steps, each a plain object, and an array of results of the right types.
 *
 *     const [created, , counter] = await zooKeeper.multi([
 *       { op: 'create', path: '/jobs/j-', mode: CreateMode.persistentSequential },
 *       { op: 'check', path: '/config', version: 7 },
 *       { op: 'setData', path: '/counter', data: '8', version: 7 },
 *     ]);
 *     created.path; counter.stat.version;
 *
 * Either all of it is done or nothing. Steps that only read go by themselves; each of them may fail alone.
 *
 * @apache Op, OpResult
 */
import type { Buffer } from 'node:buffer';
import type { Stat } from '#05-jute/records/data.js';
import { isContainer, isTtl } from '#06-network-protocol/create-mode.js';
import { ErrorCode as Code, type ErrorCode } from '#06-network-protocol/error-codes.js';
import type { MultiResult, MultiStep } from '#06-network-protocol/multi.js';
import { OpCode } from '#06-network-protocol/opcodes.js';
import type { Chroot } from '#10-client-cnxn/chroot.js';
import { InvalidArgumentError, MultiException, type StepError } from '#10-client-cnxn/client-errors.js';
import {
  type CreateOptions,
  checkCreate,
  checkPath,
  createRecord,
  createTtlRecord,
  type Data,
  dataBytes,
} from '#10-client-cnxn/request-arguments.js';

export type CreateStep = { readonly op: 'create'; readonly path: string; readonly data?: Data } & CreateOptions;
export type DeleteStep = { readonly op: 'delete'; readonly path: string; readonly version?: number };
export type SetDataStep = {
  readonly op: 'setData';
  readonly path: string;
  readonly data: Data;
  readonly version?: number;
};
export type CheckStep = { readonly op: 'check'; readonly path: string; readonly version: number };
export type GetDataStep = { readonly op: 'getData'; readonly path: string };
export type GetChildrenStep = { readonly op: 'getChildren'; readonly path: string };

export type Step = CreateStep | DeleteStep | SetDataStep | CheckStep | GetDataStep | GetChildrenStep;

interface ResultOfOp {
  /** The server sends a stat with containers and nodes that have a time to live. */
  create: { readonly op: 'create'; readonly path: string; readonly stat?: Stat };
  delete: { readonly op: 'delete' };
  setData: { readonly op: 'setData'; readonly stat: Stat };
  check: { readonly op: 'check' };
  getData: { readonly op: 'getData'; readonly data: Buffer | null; readonly stat: Stat } | StepError;
  getChildren: { readonly op: 'getChildren'; readonly children: string[] } | StepError;
}

export type StepResult = ResultOfOp[Step['op']];
export type StepResults<S extends readonly Step[]> = { -readonly [I in keyof S]: ResultOfOp[S[I]['op']] };

/** Whether the steps only read; these go as a request of their own kind. */
export function isMultiRead(steps: readonly Step[]): boolean {
  return steps.length > 0 && steps.every(isRead);
}

/** @throws {InvalidArgumentError} when a step can't be right; the message says which */
export function toMultiSteps(steps: readonly Step[], chroot: Chroot): MultiStep[] {
  if (steps.some(isRead) && !steps.every(isRead)) {
    throw new InvalidArgumentError('the steps of a multi all read (getData, getChildren) or none does: make two of it');
  }
  return steps.map((step, index) => {
    try {
      return toMultiStep(step, chroot);
    } catch (error) {
      if (!(error instanceof InvalidArgumentError)) throw error;
      throw new InvalidArgumentError(`step ${index} of a multi: ${error.message}`);
    }
  });
}

/**
 * @param results as many as there were steps
 * @throws {MultiException} when a step was wrong and so nothing was done
 */
export function toStepResults(steps: readonly Step[], results: readonly MultiResult[], chroot: Chroot): StepResult[] {
  if (!isMultiRead(steps)) throwFirstError(steps, results);
  return results.map((result) => toStepResult(result, chroot)) as StepResult[];
}

const isRead = (step: Step): boolean => step.op === 'getData' || step.op === 'getChildren';

function toMultiStep(step: Step, chroot: Chroot): MultiStep {
  if (step.op === 'create') return toCreateStep(step, chroot);
  checkPath(step.path);
  const path = chroot.toServer(step.path);
  switch (step.op) {
    case 'delete':
      return { type: OpCode.delete, record: { path, version: step.version ?? -1 } };
    case 'setData':
      return { type: OpCode.setData, record: { path, data: dataBytes(step.data), version: step.version ?? -1 } };
    case 'check':
      return { type: OpCode.check, record: { path, version: step.version } };
    case 'getData':
      return { type: OpCode.getData, record: { path, watch: false } };
    case 'getChildren':
      return { type: OpCode.getChildren, record: { path, watch: false } };
  }
}

function toCreateStep(step: CreateStep, chroot: Chroot): MultiStep {
  const mode = checkCreate(step.path, step);
  const path = chroot.toServer(step.path);
  if (isTtl(mode)) return { type: OpCode.createTTL, record: createTtlRecord(path, step.data, step) };
  const type = isContainer(mode) ? OpCode.createContainer : OpCode.create;
  return { type, record: createRecord(path, step.data, step) };
}

function throwFirstError(steps: readonly Step[], results: readonly MultiResult[]): void {
  const failedStep = results.findIndex((result) => errorOf(result) !== Code.OK);
  const failed = results[failedStep];
  if (!failed) return;
  const errors = results.map((result): StepError => ({ op: 'error', code: errorOf(result) }));
  throw new MultiException(errorOf(failed), steps[failedStep]?.path, failedStep, errors);
}

function errorOf(result: MultiResult): ErrorCode {
  return result.type === OpCode.error ? (result.error as ErrorCode) : Code.OK;
}

function toStepResult(result: MultiResult, chroot: Chroot): StepResult | StepError {
  switch (result.type) {
    case OpCode.create:
      return { op: 'create', path: chroot.toClient(result.path) };
    case OpCode.create2:
      return { op: 'create', path: chroot.toClient(result.path), stat: result.stat };
    case OpCode.delete:
      return { op: 'delete' };
    case OpCode.check:
      return { op: 'check' };
    case OpCode.setData:
      return { op: 'setData', stat: result.stat };
    case OpCode.getData:
      return { op: 'getData', data: result.data, stat: result.stat };
    case OpCode.getChildren:
      return { op: 'getChildren', children: result.children };
    case OpCode.error:
      return { op: 'error', code: result.error as ErrorCode };
  }
}
