/**
 * Which record follows the header of a request, and which the header of its reply, by opcode.
 */
import type { BinaryInputArchive } from '#04-serialization/binary-archive.js';
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
  GetSASLRequest,
  ReconfigRequest,
  RemoveWatchesRequest,
  SetACLRequest,
  SetACLResponse,
  SetDataRequest,
  SetDataResponse,
  SetSASLResponse,
  SetWatches,
  SetWatches2,
  SyncRequest,
  SyncResponse,
  WhoAmIResponse,
} from '#05-jute/records/proto.js';
import { readMultiRequest, readMultiResponse } from '#06-network-protocol/multi.js';
import { OpCode } from '#06-network-protocol/opcodes.js';

/** Reads a body into a plain object. */
type ReadBody = (archive: BinaryInputArchive) => object;

export interface PacketRecords {
  /** Null when nothing follows the header. */
  readonly readRequest: ReadBody | null;
  readonly readReply: ReadBody | null;
}

/** @returns undefined for a number that is no request of a client */
export function packetRecords(opcode: number): PacketRecords | undefined {
  return table.get(opcode);
}

function records(request: RecordType<object> | null, reply: RecordType<object> | null): PacketRecords {
  return { readRequest: request?.read ?? null, readReply: reply?.read ?? null };
}

const multi: PacketRecords = {
  readRequest: (archive) => ({ steps: readMultiRequest(archive) }),
  readReply: (archive) => ({ results: readMultiResponse(archive) }),
};

const table: ReadonlyMap<number, PacketRecords> = new Map<number, PacketRecords>([
  [OpCode.create, records(CreateRequest, CreateResponse)],
  [OpCode.create2, records(CreateRequest, Create2Response)],
  [OpCode.createContainer, records(CreateRequest, Create2Response)],
  [OpCode.createTTL, records(CreateTTLRequest, Create2Response)],
  [OpCode.delete, records(DeleteRequest, null)],
  [OpCode.exists, records(ExistsRequest, ExistsResponse)],
  [OpCode.getData, records(GetDataRequest, GetDataResponse)],
  [OpCode.setData, records(SetDataRequest, SetDataResponse)],
  [OpCode.getACL, records(GetACLRequest, GetACLResponse)],
  [OpCode.setACL, records(SetACLRequest, SetACLResponse)],
  [OpCode.getChildren, records(GetChildrenRequest, GetChildrenResponse)],
  [OpCode.getChildren2, records(GetChildren2Request, GetChildren2Response)],
  [OpCode.getAllChildrenNumber, records(GetAllChildrenNumberRequest, GetAllChildrenNumberResponse)],
  [OpCode.getEphemerals, records(GetEphemeralsRequest, GetEphemeralsResponse)],
  [OpCode.sync, records(SyncRequest, SyncResponse)],
  [OpCode.check, records(CheckVersionRequest, null)],
  [OpCode.multi, multi],
  [OpCode.multiRead, multi],
  [OpCode.reconfig, records(ReconfigRequest, GetDataResponse)],
  [OpCode.checkWatches, records(CheckWatchesRequest, null)],
  [OpCode.removeWatches, records(RemoveWatchesRequest, null)],
  [OpCode.setWatches, records(SetWatches, null)],
  [OpCode.setWatches2, records(SetWatches2, null)],
  [OpCode.addWatch, records(AddWatchRequest, ErrorResponse)],
  [OpCode.auth, records(AuthPacket, null)],
  [OpCode.sasl, records(GetSASLRequest, SetSASLResponse)],
  [OpCode.whoAmI, records(null, WhoAmIResponse)],
  [OpCode.ping, records(null, null)],
  [OpCode.closeSession, records(null, null)],
]);
