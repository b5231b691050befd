/**
 * Which operation an opcode stands for. An operation that is not in this table does not exist: the client is told
 * Unimplemented.
 */
import type { Operation } from '#12-request-processors/operation.js';
import { create, create2 } from '#12-request-processors/operations/create.js';
import { deleteNode } from '#12-request-processors/operations/delete.js';
import { multi } from '#12-request-processors/operations/multi.js';
import {
  exists,
  getAcl,
  getChildren,
  getChildren2,
  getData,
  ping,
  setWatches,
  sync,
} from '#12-request-processors/operations/reads.js';
import { closeSession } from '#12-request-processors/operations/session.js';
import { setAcl } from '#12-request-processors/operations/set-acl.js';
import { setData } from '#12-request-processors/operations/set-data.js';

const operations = [
  create,
  create2,
  deleteNode,
  setData,
  setAcl,
  multi,
  closeSession,
  exists,
  getData,
  getChildren,
  getChildren2,
  getAcl,
  sync,
  setWatches,
  ping,
] as readonly Operation[];

export const operationTable: ReadonlyMap<number, Operation> = new Map(
  operations.map((operation) => [operation.opcode, operation]),
);
