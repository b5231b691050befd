/**
 * What can go wrong beside the errors that a server answers with, which are `KeeperException`s.
 */
import { type ErrorCode, KeeperException } from '#06-network-protocol/error-codes.js';

/** A call that can't be right, whatever the state of the ensemble. Nothing was sent. */
export class InvalidArgumentError extends Error {
  override readonly name = 'InvalidArgumentError';
}

/** No server could be connected to in the time that the caller gave. */
export class ConnectError extends Error {
  override readonly name = 'ConnectError';
}

/** The server sent what no server may send. The connection can't be trusted any more. */
export class ProtocolError extends Error {
  override readonly name = 'ProtocolError';
}

/** How a step of a multi went that did nothing: its error, or 0 when only another step was wrong. */
export interface StepError {
  readonly op: 'error';
  readonly code: ErrorCode;
}

/** A multi of which nothing was done, because one of its steps could not be. Code and path are those of that step. */
export class MultiException extends KeeperException {
  /** One for each step. Those after the one that failed have RuntimeInconsistency. */
  readonly results: readonly StepError[];
  /** The first step that failed, counted from 0. */
  readonly failedStep: number;
  constructor(code: ErrorCode, path: string | undefined, failedStep: number, results: readonly StepError[]) {
    super(code, path);
    this.failedStep = failedStep;
    this.results = results;
  }
}
