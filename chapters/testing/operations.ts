/**
 * Which record goes with which opcode: what a test needs in order to send a request and read its reply.
 */
import type { RecordType } from '#04-serialization/record-type.js';
import {
  AddWatchRequest,
  AuthPacket,
  CheckVersionRequest,
  CheckWatchesRequest,
  Create2Response,
  CreateRequest,
  CreateResponse,
  CreateTTLRequest,
  DeleteRequest,
  ErrorResponse,
  ExistsRequest,
  ExistsResponse,
  GetACLRequest,
  GetACLResponse,
  GetAllChildrenNumberRequest,
  GetAllChildrenNumberResponse,
  GetChildren2Request,
  GetChildren2Response,
  GetChildrenRequest,
  GetChildrenResponse,
  GetDataRequest,
  GetDataResponse,
  GetEphemeralsRequest,
  GetEphemeralsResponse,
  RemoveWatchesRequest,
  SetACLRequest,
  SetACLResponse,
  SetDataRequest,
  SetDataResponse,
  SetWatches,
  SetWatches2,
  SyncRequest,
  SyncResponse,
  WhoAmIResponse,
} from '#05-jute/records/proto.js';
import { type MultiResult, type MultiStep, readMultiResponse, writeMultiRequest } from '#06-network-protocol/multi.js';
import { OpCode } from '#06-network-protocol/opcodes.js';

/** An operation of the protocol: its number, what is sent, what comes back when all is well. */
export interface Operation<Request, Response> {
  readonly code: number;
  readonly request: Pick<RecordType<Request>, 'write'> | null;
  readonly response: Pick<RecordType<Response>, 'read'> | null;
}

const multiRequest: Pick<RecordType<readonly MultiStep[]>, 'write'> = { write: writeMultiRequest };
const multiResponse: Pick<RecordType<MultiResult[]>, 'read'> = { read: readMultiResponse };

export const operations = {
  create: operation(OpCode.create, CreateRequest, CreateResponse),
  create2: operation(OpCode.create2, CreateRequest, Create2Response),
  createContainer: operation(OpCode.createContainer, CreateRequest, Create2Response),
  auth: operation(OpCode.auth, AuthPacket, null),
  createTTL: operation(OpCode.createTTL, CreateTTLRequest, Create2Response),
  delete: operation(OpCode.delete, DeleteRequest, null),
  exists: operation(OpCode.exists, ExistsRequest, ExistsResponse),
  getData: operation(OpCode.getData, GetDataRequest, GetDataResponse),
  setData: operation(OpCode.setData, SetDataRequest, SetDataResponse),
  getACL: operation(OpCode.getACL, GetACLRequest, GetACLResponse),
  setACL: operation(OpCode.setACL, SetACLRequest, SetACLResponse),
  getChildren: operation(OpCode.getChildren, GetChildrenRequest, GetChildrenResponse),
  getChildren2: operation(OpCode.getChildren2, GetChildren2Request, GetChildren2Response),
  getAllChildrenNumber: operation(
    OpCode.getAllChildrenNumber,
    GetAllChildrenNumberRequest,
    GetAllChildrenNumberResponse,
  ),
  getEphemerals: operation(OpCode.getEphemerals, GetEphemeralsRequest, GetEphemeralsResponse),
  sync: operation(OpCode.sync, SyncRequest, SyncResponse),
  check: operation(OpCode.check, CheckVersionRequest, null),
  multi: operation(OpCode.multi, multiRequest, multiResponse),
  multiRead: operation(OpCode.multiRead, multiRequest, multiResponse),
  setWatches: operation(OpCode.setWatches, SetWatches, null),
  setWatches2: operation(OpCode.setWatches2, SetWatches2, null),
  addWatch: operation(OpCode.addWatch, AddWatchRequest, ErrorResponse),
  checkWatches: operation(OpCode.checkWatches, CheckWatchesRequest, null),
  removeWatches: operation(OpCode.removeWatches, RemoveWatchesRequest, null),
  ping: operation<null, null>(OpCode.ping, null, null),
  whoAmI: operation<null, WhoAmIResponse>(OpCode.whoAmI, null, WhoAmIResponse),
  closeSession: operation<null, null>(OpCode.closeSession, null, null),
};

export type OperationName = keyof typeof operations;
export type RequestOf<N extends OperationName> =
  (typeof operations)[N] extends Operation<infer Request, infer _> ? Request : never;
export type ResponseOf<N extends OperationName> =
  (typeof operations)[N] extends Operation<infer _, infer Response> ? Response : never;

function operation<Request, Response = null>(
  code: number,
  request: Operation<Request, Response>['request'],
  response: Operation<Request, Response>['response'],
): Operation<Request, Response> {
  return { code, request, response };
}
