/**
 * Generated from proto.jute. Change that file, not this one, and run:
 *     npm run jute
 *
 * What a client and a server say to each other.
 */
import type { Buffer } from 'node:buffer';
import type { RecordType } from '#04-serialization/record-type.js';
import { readUstring, writeUstring } from '#05-jute/elements.js';
import { ACL, ClientInfo, Stat } from '#05-jute/records/data.js';
import type { SessionId, Zxid } from '#06-network-protocol/ids.js';

/**
 * The first frame of a client. No header goes before it.
 *
 * @apache proto.ConnectRequest
 */
export interface ConnectRequest {
  /** Always 0. */
  protocolVersion: number;
  /** The newest transaction that the client knows of. A server that is behind it must send the client away. */
  lastZxidSeen: Zxid;
  /** The session time-out that the client asks for, in milliseconds. */
  timeOut: number;
  /** The session to go on with; 0 for a new one. */
  sessionId: SessionId;
  /** The 16 bytes that came with the session; for a new one, 16 zeros. */
  passwd: Buffer | null;
  /** True when a server that can only be read from will do. Clients before 3.4 end the frame without this byte. */
  readOnly: boolean;
}

export const ConnectRequest: RecordType<ConnectRequest> = {
  name: 'ConnectRequest',
  fields: [
    { name: 'protocolVersion', type: 'int' },
    { name: 'lastZxidSeen', type: 'long' },
    { name: 'timeOut', type: 'int' },
    { name: 'sessionId', type: 'long' },
    { name: 'passwd', type: 'buffer' },
    { name: 'readOnly', type: 'boolean' },
  ],
  write(archive, record) {
    archive.writeInt(record.protocolVersion);
    archive.writeLong(record.lastZxidSeen);
    archive.writeInt(record.timeOut);
    archive.writeLong(record.sessionId);
    archive.writeBuffer(record.passwd);
    archive.writeBoolean(record.readOnly);
  },
  read(archive) {
    return {
      protocolVersion: archive.readInt(),
      lastZxidSeen: archive.readLong() as Zxid,
      timeOut: archive.readInt(),
      sessionId: archive.readLong() as SessionId,
      passwd: archive.readBuffer(),
      readOnly: archive.readBoolean(),
    };
  },
};

/**
 * The answer to ConnectRequest. No header goes before it either.
 *
 * @apache proto.ConnectResponse
 */
export interface ConnectResponse {
  protocolVersion: number;
  /** The session time-out that holds, in milliseconds; 0 when the session has expired. */
  timeOut: number;
  sessionId: SessionId;
  passwd: Buffer | null;
  /** True when this server can only be read from. The byte is sent only to clients that sent theirs. */
  readOnly: boolean;
}

export const ConnectResponse: RecordType<ConnectResponse> = {
  name: 'ConnectResponse',
  fields: [
    { name: 'protocolVersion', type: 'int' },
    { name: 'timeOut', type: 'int' },
    { name: 'sessionId', type: 'long' },
    { name: 'passwd', type: 'buffer' },
    { name: 'readOnly', type: 'boolean' },
  ],
  write(archive, record) {
    archive.writeInt(record.protocolVersion);
    archive.writeInt(record.timeOut);
    archive.writeLong(record.sessionId);
    archive.writeBuffer(record.passwd);
    archive.writeBoolean(record.readOnly);
  },
  read(archive) {
    return {
      protocolVersion: archive.readInt(),
      timeOut: archive.readInt(),
      sessionId: archive.readLong() as SessionId,
      passwd: archive.readBuffer(),
      readOnly: archive.readBoolean(),
    };
  },
};

/**
 * After a reconnect: the watches that the client still waits for.
 *
 * @apache proto.SetWatches
 */
export interface SetWatches {
  /** What has changed since this transaction fires at once. */
  relativeZxid: Zxid;
  dataWatches: (string | null)[] | null;
  existWatches: (string | null)[] | null;
  childWatches: (string | null)[] | null;
}

export const SetWatches: RecordType<SetWatches> = {
  name: 'SetWatches',
  fields: [
    { name: 'relativeZxid', type: 'long' },
    { name: 'dataWatches', type: { vector: 'ustring' } },
    { name: 'existWatches', type: { vector: 'ustring' } },
    { name: 'childWatches', type: { vector: 'ustring' } },
  ],
  write(archive, record) {
    archive.writeLong(record.relativeZxid);
    archive.writeVector(record.dataWatches, writeUstring);
    archive.writeVector(record.existWatches, writeUstring);
    archive.writeVector(record.childWatches, writeUstring);
  },
  read(archive) {
    return {
      relativeZxid: archive.readLong() as Zxid,
      dataWatches: archive.readVector(readUstring),
      existWatches: archive.readVector(readUstring),
      childWatches: archive.readVector(readUstring),
    };
  },
};

/**
 * The same, for clients that also have persistent watches.
 *
 * @apache proto.SetWatches2
 */
export interface SetWatches2 {
  relativeZxid: Zxid;
  dataWatches: (string | null)[] | null;
  existWatches: (string | null)[] | null;
  childWatches: (string | null)[] | null;
  persistentWatches: (string | null)[] | null;
  persistentRecursiveWatches: (string | null)[] | null;
}

export const SetWatches2: RecordType<SetWatches2> = {
  name: 'SetWatches2',
  fields: [
    { name: 'relativeZxid', type: 'long' },
    { name: 'dataWatches', type: { vector: 'ustring' } },
    { name: 'existWatches', type: { vector: 'ustring' } },
    { name: 'childWatches', type: { vector: 'ustring' } },
    { name: 'persistentWatches', type: { vector: 'ustring' } },
    { name: 'persistentRecursiveWatches', type: { vector: 'ustring' } },
  ],
  write(archive, record) {
    archive.writeLong(record.relativeZxid);
    archive.writeVector(record.dataWatches, writeUstring);
    archive.writeVector(record.existWatches, writeUstring);
    archive.writeVector(record.childWatches, writeUstring);
    archive.writeVector(record.persistentWatches, writeUstring);
    archive.writeVector(record.persistentRecursiveWatches, writeUstring);
  },
  read(archive) {
    return {
      relativeZxid: archive.readLong() as Zxid,
      dataWatches: archive.readVector(readUstring),
      existWatches: archive.readVector(readUstring),
      childWatches: archive.readVector(readUstring),
      persistentWatches: archive.readVector(readUstring),
      persistentRecursiveWatches: archive.readVector(readUstring),
    };
  },
};

/**
 * Goes before every request.
 *
 * @apache proto.RequestHeader
 */
export interface RequestHeader {
  /** The client's number for this request: the reply has it too. Negative ones have a meaning of their own. */
  xid: number;
  /** The opcode. */
  type: number;
}

export const RequestHeader: RecordType<RequestHeader> = {
  name: 'RequestHeader',
  fields: [
    { name: 'xid', type: 'int' },
    { name: 'type', type: 'int' },
  ],
  write(archive, record) {
    archive.writeInt(record.xid);
    archive.writeInt(record.type);
  },
  read(archive) {
    return {
      xid: archive.readInt(),
      type: archive.readInt(),
    };
  },
};

/**
 * Goes before each operation and each result of a multi, and ends the list.
 *
 * @apache proto.MultiHeader
 */
export interface MultiHeader {
  /** The opcode; -1 before an error, and at the end. */
  type: number;
  /** True at the end of the list. */
  done: boolean;
  /** The error of this result; -1 in a request. */
  err: number;
}

export const MultiHeader: RecordType<MultiHeader> = {
  name: 'MultiHeader',
  fields: [
    { name: 'type', type: 'int' },
    { name: 'done', type: 'boolean' },
    { name: 'err', type: 'int' },
  ],
  write(archive, record) {
    archive.writeInt(record.type);
    archive.writeBoolean(record.done);
    archive.writeInt(record.err);
  },
  read(archive) {
    return {
      type: archive.readInt(),
      done: archive.readBoolean(),
      err: archive.readInt(),
    };
  },
};

/**
 * Tells the server who the client is. Several of them add up.
 *
 * @apache proto.AuthPacket
 */
export interface AuthPacket {
  /** Always 0. */
  type: number;
  scheme: string | null;
  /** The proof, in the scheme's own form, such as user:password. */
  auth: Buffer | null;
}

export const AuthPacket: RecordType<AuthPacket> = {
  name: 'AuthPacket',
  fields: [
    { name: 'type', type: 'int' },
    { name: 'scheme', type: 'ustring' },
    { name: 'auth', type: 'buffer' },
  ],
  write(archive, record) {
    archive.writeInt(record.type);
    archive.writeString(record.scheme);
    archive.writeBuffer(record.auth);
  },
  read(archive) {
    return {
      type: archive.readInt(),
      scheme: archive.readString(),
      auth: archive.readBuffer(),
    };
  },
};

/**
 * Goes before every reply and every notification.
 *
 * @apache proto.ReplyHeader
 */
export interface ReplyHeader {
  xid: number;
  /** The newest transaction that this server has applied. */
  zxid: Zxid;
  /** 0, or the code of an error; then nothing follows. */
  err: number;
}

export const ReplyHeader: RecordType<ReplyHeader> = {
  name: 'ReplyHeader',
  fields: [
    { name: 'xid', type: 'int' },
    { name: 'zxid', type: 'long' },
    { name: 'err', type: 'int' },
  ],
  write(archive, record) {
    archive.writeInt(record.xid);
    archive.writeLong(record.zxid);
    archive.writeInt(record.err);
  },
  read(archive) {
    return {
      xid: archive.readInt(),
      zxid: archive.readLong() as Zxid,
      err: archive.readInt(),
    };
  },
};

/** @apache proto.GetDataRequest */
export interface GetDataRequest {
  path: string | null;
  /** True to be told, once, of the next change. */
  watch: boolean;
}

export const GetDataRequest: RecordType<GetDataRequest> = {
  name: 'GetDataRequest',
  fields: [
    { name: 'path', type: 'ustring' },
    { name: 'watch', type: 'boolean' },
  ],
  write(archive, record) {
    archive.writeString(record.path);
    archive.writeBoolean(record.watch);
  },
  read(archive) {
    return {
      path: archive.readString(),
      watch: archive.readBoolean(),
    };
  },
};

/** @apache proto.SetDataRequest */
export interface SetDataRequest {
  path: string | null;
  data: Buffer | null;
  /** The version that the data must still have; -1 for any. */
  version: number;
}

export const SetDataRequest: RecordType<SetDataRequest> = {
  name: 'SetDataRequest',
  fields: [
    { name: 'path', type: 'ustring' },
    { name: 'data', type: 'buffer' },
    { name: 'version', type: 'int' },
  ],
  write(archive, record) {
    archive.writeString(record.path);
    archive.writeBuffer(record.data);
    archive.writeInt(record.version);
  },
  read(archive) {
    return {
      path: archive.readString(),
      data: archive.readBuffer(),
      version: archive.readInt(),
    };
  },
};

/**
 * Changes the members of the ensemble: either joining and leaving servers, or a new list.
 *
 * @apache proto.ReconfigRequest
 */
export interface ReconfigRequest {
  joiningServers: string | null;
  leavingServers: string | null;
  newMembers: string | null;
  /** The version that the configuration must still have; -1 for any. */
  curConfigId: bigint;
}

export const ReconfigRequest: RecordType<ReconfigRequest> = {
  name: 'ReconfigRequest',
  fields: [
    { name: 'joiningServers', type: 'ustring' },
    { name: 'leavingServers', type: 'ustring' },
    { name: 'newMembers', type: 'ustring' },
    { name: 'curConfigId', type: 'long' },
  ],
  write(archive, record) {
    archive.writeString(record.joiningServers);
    archive.writeString(record.leavingServers);
    archive.writeString(record.newMembers);
    archive.writeLong(record.curConfigId);
  },
  read(archive) {
    return {
      joiningServers: archive.readString(),
      leavingServers: archive.readString(),
      newMembers: archive.readString(),
      curConfigId: archive.readLong(),
    };
  },
};

/** @apache proto.SetDataResponse */
export interface SetDataResponse {
  stat: Stat;
}

export const SetDataResponse: RecordType<SetDataResponse> = {
  name: 'SetDataResponse',
  fields: [{ name: 'stat', type: { record: () => Stat } }],
  write(archive, record) {
    Stat.write(archive, record.stat);
  },
  read(archive) {
    return {
      stat: Stat.read(archive),
    };
  },
};

/**
 * One step of a SASL login, from the client.
 *
 * @apache proto.GetSASLRequest
 */
export interface GetSASLRequest {
  token: Buffer | null;
}

export const GetSASLRequest: RecordType<GetSASLRequest> = {
  name: 'GetSASLRequest',
  fields: [{ name: 'token', type: 'buffer' }],
  write(archive, record) {
    archive.writeBuffer(record.token);
  },
  read(archive) {
    return {
      token: archive.readBuffer(),
    };
  },
};

/**
 * Not sent by anyone: the client's steps are GetSASLRequest.
 *
 * @apache proto.SetSASLRequest
 */
export interface SetSASLRequest {
  token: Buffer | null;
}

export const SetSASLRequest: RecordType<SetSASLRequest> = {
  name: 'SetSASLRequest',
  fields: [{ name: 'token', type: 'buffer' }],
  write(archive, record) {
    archive.writeBuffer(record.token);
  },
  read(archive) {
    return {
      token: archive.readBuffer(),
    };
  },
};

/**
 * One step of a SASL login, from the server.
 *
 * @apache proto.SetSASLResponse
 */
export interface SetSASLResponse {
  token: Buffer | null;
}

export const SetSASLResponse: RecordType<SetSASLResponse> = {
  name: 'SetSASLResponse',
  fields: [{ name: 'token', type: 'buffer' }],
  write(archive, record) {
    archive.writeBuffer(record.token);
  },
  read(archive) {
    return {
      token: archive.readBuffer(),
    };
  },
};

/**
 * For create, create2 and createContainer.
 *
 * @apache proto.CreateRequest
 */
export interface CreateRequest {
  path: string | null;
  data: Buffer | null;
  acl: ACL[] | null;
  /** The kind of node: ephemeral 1, sequential 2, both 3, container 4. */
  flags: number;
}

export const CreateRequest: RecordType<CreateRequest> = {
  name: 'CreateRequest',
  fields: [
    { name: 'path', type: 'ustring' },
    { name: 'data', type: 'buffer' },
    { name: 'acl', type: { vector: { record: () => ACL } } },
    { name: 'flags', type: 'int' },
  ],
  write(archive, record) {
    archive.writeString(record.path);
    archive.writeBuffer(record.data);
    archive.writeVector(record.acl, ACL.write);
    archive.writeInt(record.flags);
  },
  read(archive) {
    return {
      path: archive.readString(),
      data: archive.readBuffer(),
      acl: archive.readVector(ACL.read),
      flags: archive.readInt(),
    };
  },
};

/** @apache proto.CreateTTLRequest */
export interface CreateTTLRequest {
  path: string | null;
  data: Buffer | null;
  acl: ACL[] | null;
  /** The kind of node: with a time to live 5, sequential too 6. */
  flags: number;
  /** How long the node stays without a change and without children, in milliseconds. */
  ttl: number;
}

export const CreateTTLRequest: RecordType<CreateTTLRequest> = {
  name: 'CreateTTLRequest',
  fields: [
    { name: 'path', type: 'ustring' },
    { name: 'data', type: 'buffer' },
    { name: 'acl', type: { vector: { record: () => ACL } } },
    { name: 'flags', type: 'int' },
    { name: 'ttl', type: 'long' },
  ],
  write(archive, record) {
    archive.writeString(record.path);
    archive.writeBuffer(record.data);
    archive.writeVector(record.acl, ACL.write);
    archive.writeInt(record.flags);
    archive.writeLongNumber(record.ttl);
  },
  read(archive) {
    return {
      path: archive.readString(),
      data: archive.readBuffer(),
      acl: archive.readVector(ACL.read),
      flags: archive.readInt(),
      ttl: archive.readLongNumber(),
    };
  },
};

/** @apache proto.DeleteRequest */
export interface DeleteRequest {
  path: string | null;
  /** The version that the data must still have; -1 for any. */
  version: number;
}

export const DeleteRequest: RecordType<DeleteRequest> = {
  name: 'DeleteRequest',
  fields: [
    { name: 'path', type: 'ustring' },
    { name: 'version', type: 'int' },
  ],
  write(archive, record) {
    archive.writeString(record.path);
    archive.writeInt(record.version);
  },
  read(archive) {
    return {
      path: archive.readString(),
      version: archive.readInt(),
    };
  },
};

/** @apache proto.GetChildrenRequest */
export interface GetChildrenRequest {
  path: string | null;
  watch: boolean;
}

export const GetChildrenRequest: RecordType<GetChildrenRequest> = {
  name: 'GetChildrenRequest',
  fields: [
    { name: 'path', type: 'ustring' },
    { name: 'watch', type: 'boolean' },
  ],
  write(archive, record) {
    archive.writeString(record.path);
    archive.writeBoolean(record.watch);
  },
  read(archive) {
    return {
      path: archive.readString(),
      watch: archive.readBoolean(),
    };
  },
};

/** @apache proto.GetAllChildrenNumberRequest */
export interface GetAllChildrenNumberRequest {
  path: string | null;
}

export const GetAllChildrenNumberRequest: RecordType<GetAllChildrenNumberRequest> = {
  name: 'GetAllChildrenNumberRequest',
  fields: [{ name: 'path', type: 'ustring' }],
  write(archive, record) {
    archive.writeString(record.path);
  },
  read(archive) {
    return {
      path: archive.readString(),
    };
  },
};

/**
 * Like GetChildrenRequest; the reply has the Stat as well.
 *
 * @apache proto.GetChildren2Request
 */
export interface GetChildren2Request {
  path: string | null;
  watch: boolean;
}

export const GetChildren2Request: RecordType<GetChildren2Request> = {
  name: 'GetChildren2Request',
  fields: [
    { name: 'path', type: 'ustring' },
    { name: 'watch', type: 'boolean' },
  ],
  write(archive, record) {
    archive.writeString(record.path);
    archive.writeBoolean(record.watch);
  },
  read(archive) {
    return {
      path: archive.readString(),
      watch: archive.readBoolean(),
    };
  },
};

/**
 * Part of a multi: the whole fails unless the version is this one.
 *
 * @apache proto.CheckVersionRequest
 */
export interface CheckVersionRequest {
  path: string | null;
  version: number;
}

export const CheckVersionRequest: RecordType<CheckVersionRequest> = {
  name: 'CheckVersionRequest',
  fields: [
    { name: 'path', type: 'ustring' },
    { name: 'version', type: 'int' },
  ],
  write(archive, record) {
    archive.writeString(record.path);
    archive.writeInt(record.version);
  },
  read(archive) {
    return {
      path: archive.readString(),
      version: archive.readInt(),
    };
  },
};

/**
 * Not in use: there is no opcode for it.
 *
 * @apache proto.GetMaxChildrenRequest
 */
export interface GetMaxChildrenRequest {
  path: string | null;
}

export const GetMaxChildrenRequest: RecordType<GetMaxChildrenRequest> = {
  name: 'GetMaxChildrenRequest',
  fields: [{ name: 'path', type: 'ustring' }],
  write(archive, record) {
    archive.writeString(record.path);
  },
  read(archive) {
    return {
      path: archive.readString(),
    };
  },
};

/**
 * Not in use.
 *
 * @apache proto.GetMaxChildrenResponse
 */
export interface GetMaxChildrenResponse {
  max: number;
}

export const GetMaxChildrenResponse: RecordType<GetMaxChildrenResponse> = {
  name: 'GetMaxChildrenResponse',
  fields: [{ name: 'max', type: 'int' }],
  write(archive, record) {
    archive.writeInt(record.max);
  },
  read(archive) {
    return {
      max: archive.readInt(),
    };
  },
};

/**
 * Not in use: there is no opcode for it.
 *
 * @apache proto.SetMaxChildrenRequest
 */
export interface SetMaxChildrenRequest {
  path: string | null;
  max: number;
}

export const SetMaxChildrenRequest: RecordType<SetMaxChildrenRequest> = {
  name: 'SetMaxChildrenRequest',
  fields: [
    { name: 'path', type: 'ustring' },
    { name: 'max', type: 'int' },
  ],
  write(archive, record) {
    archive.writeString(record.path);
    archive.writeInt(record.max);
  },
  read(archive) {
    return {
      path: archive.readString(),
      max: archive.readInt(),
    };
  },
};

/**
 * Asks the server to catch up with its leader. The path is only sent back.
 *
 * @apache proto.SyncRequest
 */
export interface SyncRequest {
  path: string | null;
}

export const SyncRequest: RecordType<SyncRequest> = {
  name: 'SyncRequest',
  fields: [{ name: 'path', type: 'ustring' }],
  write(archive, record) {
    archive.writeString(record.path);
  },
  read(archive) {
    return {
      path: archive.readString(),
    };
  },
};

/** @apache proto.SyncResponse */
export interface SyncResponse {
  path: string | null;
}

export const SyncResponse: RecordType<SyncResponse> = {
  name: 'SyncResponse',
  fields: [{ name: 'path', type: 'ustring' }],
  write(archive, record) {
    archive.writeString(record.path);
  },
  read(archive) {
    return {
      path: archive.readString(),
    };
  },
};

/** @apache proto.GetACLRequest */
export interface GetACLRequest {
  path: string | null;
}

export const GetACLRequest: RecordType<GetACLRequest> = {
  name: 'GetACLRequest',
  fields: [{ name: 'path', type: 'ustring' }],
  write(archive, record) {
    archive.writeString(record.path);
  },
  read(archive) {
    return {
      path: archive.readString(),
    };
  },
};

/** @apache proto.SetACLRequest */
export interface SetACLRequest {
  path: string | null;
  acl: ACL[] | null;
  /** The aversion that the list must still have; -1 for any. */
  version: number;
}

export const SetACLRequest: RecordType<SetACLRequest> = {
  name: 'SetACLRequest',
  fields: [
    { name: 'path', type: 'ustring' },
    { name: 'acl', type: { vector: { record: () => ACL } } },
    { name: 'version', type: 'int' },
  ],
  write(archive, record) {
    archive.writeString(record.path);
    archive.writeVector(record.acl, ACL.write);
    archive.writeInt(record.version);
  },
  read(archive) {
    return {
      path: archive.readString(),
      acl: archive.readVector(ACL.read),
      version: archive.readInt(),
    };
  },
};

/** @apache proto.SetACLResponse */
export interface SetACLResponse {
  stat: Stat;
}

export const SetACLResponse: RecordType<SetACLResponse> = {
  name: 'SetACLResponse',
  fields: [{ name: 'stat', type: { record: () => Stat } }],
  write(archive, record) {
    Stat.write(archive, record.stat);
  },
  read(archive) {
    return {
      stat: Stat.read(archive),
    };
  },
};

/**
 * Sets a watch that stays when it fires.
 *
 * @apache proto.AddWatchRequest
 */
export interface AddWatchRequest {
  path: string | null;
  /** For the node and its children 0, for all below it 1. */
  mode: number;
}

export const AddWatchRequest: RecordType<AddWatchRequest> = {
  name: 'AddWatchRequest',
  fields: [
    { name: 'path', type: 'ustring' },
    { name: 'mode', type: 'int' },
  ],
  write(archive, record) {
    archive.writeString(record.path);
    archive.writeInt(record.mode);
  },
  read(archive) {
    return {
      path: archive.readString(),
      mode: archive.readInt(),
    };
  },
};

/**
 * A watch has fired. Sent without a request, with xid -1.
 *
 * @apache proto.WatcherEvent
 */
export interface WatcherEvent {
  /** What happened to the node. */
  type: number;
  /** How the client stands with the ensemble. */
  state: number;
  path: string | null;
}

export const WatcherEvent: RecordType<WatcherEvent> = {
  name: 'WatcherEvent',
  fields: [
    { name: 'type', type: 'int' },
    { name: 'state', type: 'int' },
    { name: 'path', type: 'ustring' },
  ],
  write(archive, record) {
    archive.writeInt(record.type);
    archive.writeInt(record.state);
    archive.writeString(record.path);
  },
  read(archive) {
    return {
      type: archive.readInt(),
      state: archive.readInt(),
      path: archive.readString(),
    };
  },
};

/** @apache proto.ErrorResponse */
export interface ErrorResponse {
  err: number;
}

export const ErrorResponse: RecordType<ErrorResponse> = {
  name: 'ErrorResponse',
  fields: [{ name: 'err', type: 'int' }],
  write(archive, record) {
    archive.writeInt(record.err);
  },
  read(archive) {
    return {
      err: archive.readInt(),
    };
  },
};

/**
 * The path is the real one, with the number of a sequential node.
 *
 * @apache proto.CreateResponse
 */
export interface CreateResponse {
  path: string | null;
}

export const CreateResponse: RecordType<CreateResponse> = {
  name: 'CreateResponse',
  fields: [{ name: 'path', type: 'ustring' }],
  write(archive, record) {
    archive.writeString(record.path);
  },
  read(archive) {
    return {
      path: archive.readString(),
    };
  },
};

/** @apache proto.Create2Response */
export interface Create2Response {
  path: string | null;
  stat: Stat;
}

export const Create2Response: RecordType<Create2Response> = {
  name: 'Create2Response',
  fields: [
    { name: 'path', type: 'ustring' },
    { name: 'stat', type: { record: () => Stat } },
  ],
  write(archive, record) {
    archive.writeString(record.path);
    Stat.write(archive, record.stat);
  },
  read(archive) {
    return {
      path: archive.readString(),
      stat: Stat.read(archive),
    };
  },
};

/** @apache proto.ExistsRequest */
export interface ExistsRequest {
  path: string | null;
  watch: boolean;
}

export const ExistsRequest: RecordType<ExistsRequest> = {
  name: 'ExistsRequest',
  fields: [
    { name: 'path', type: 'ustring' },
    { name: 'watch', type: 'boolean' },
  ],
  write(archive, record) {
    archive.writeString(record.path);
    archive.writeBoolean(record.watch);
  },
  read(archive) {
    return {
      path: archive.readString(),
      watch: archive.readBoolean(),
    };
  },
};

/** @apache proto.ExistsResponse */
export interface ExistsResponse {
  stat: Stat;
}

export const ExistsResponse: RecordType<ExistsResponse> = {
  name: 'ExistsResponse',
  fields: [{ name: 'stat', type: { record: () => Stat } }],
  write(archive, record) {
    Stat.write(archive, record.stat);
  },
  read(archive) {
    return {
      stat: Stat.read(archive),
    };
  },
};

/** @apache proto.GetDataResponse */
export interface GetDataResponse {
  data: Buffer | null;
  stat: Stat;
}

export const GetDataResponse: RecordType<GetDataResponse> = {
  name: 'GetDataResponse',
  fields: [
    { name: 'data', type: 'buffer' },
    { name: 'stat', type: { record: () => Stat } },
  ],
  write(archive, record) {
    archive.writeBuffer(record.data);
    Stat.write(archive, record.stat);
  },
  read(archive) {
    return {
      data: archive.readBuffer(),
      stat: Stat.read(archive),
    };
  },
};

/**
 * Names, not paths, in no order.
 *
 * @apache proto.GetChildrenResponse
 */
export interface GetChildrenResponse {
  children: (string | null)[] | null;
}

export const GetChildrenResponse: RecordType<GetChildrenResponse> = {
  name: 'GetChildrenResponse',
  fields: [{ name: 'children', type: { vector: 'ustring' } }],
  write(archive, record) {
    archive.writeVector(record.children, writeUstring);
  },
  read(archive) {
    return {
      children: archive.readVector(readUstring),
    };
  },
};

/**
 * Counts everything below the node, however deep.
 *
 * @apache proto.GetAllChildrenNumberResponse
 */
export interface GetAllChildrenNumberResponse {
  totalNumber: number;
}

export const GetAllChildrenNumberResponse: RecordType<GetAllChildrenNumberResponse> = {
  name: 'GetAllChildrenNumberResponse',
  fields: [{ name: 'totalNumber', type: 'int' }],
  write(archive, record) {
    archive.writeInt(record.totalNumber);
  },
  read(archive) {
    return {
      totalNumber: archive.readInt(),
    };
  },
};

/** @apache proto.GetChildren2Response */
export interface GetChildren2Response {
  children: (string | null)[] | null;
  stat: Stat;
}

export const GetChildren2Response: RecordType<GetChildren2Response> = {
  name: 'GetChildren2Response',
  fields: [
    { name: 'children', type: { vector: 'ustring' } },
    { name: 'stat', type: { record: () => Stat } },
  ],
  write(archive, record) {
    archive.writeVector(record.children, writeUstring);
    Stat.write(archive, record.stat);
  },
  read(archive) {
    return {
      children: archive.readVector(readUstring),
      stat: Stat.read(archive),
    };
  },
};

/** @apache proto.GetACLResponse */
export interface GetACLResponse {
  acl: ACL[] | null;
  stat: Stat;
}

export const GetACLResponse: RecordType<GetACLResponse> = {
  name: 'GetACLResponse',
  fields: [
    { name: 'acl', type: { vector: { record: () => ACL } } },
    { name: 'stat', type: { record: () => Stat } },
  ],
  write(archive, record) {
    archive.writeVector(record.acl, ACL.write);
    Stat.write(archive, record.stat);
  },
  read(archive) {
    return {
      acl: archive.readVector(ACL.read),
      stat: Stat.read(archive),
    };
  },
};

/**
 * Asks whether this connection has such a watch.
 *
 * @apache proto.CheckWatchesRequest
 */
export interface CheckWatchesRequest {
  path: string | null;
  /** Children 1, data 2, any 3, persistent 4, persistent recursive 5. */
  type: number;
}

export const CheckWatchesRequest: RecordType<CheckWatchesRequest> = {
  name: 'CheckWatchesRequest',
  fields: [
    { name: 'path', type: 'ustring' },
    { name: 'type', type: 'int' },
  ],
  write(archive, record) {
    archive.writeString(record.path);
    archive.writeInt(record.type);
  },
  read(archive) {
    return {
      path: archive.readString(),
      type: archive.readInt(),
    };
  },
};

/** @apache proto.RemoveWatchesRequest */
export interface RemoveWatchesRequest {
  path: string | null;
  /** As in CheckWatchesRequest. */
  type: number;
}

export const RemoveWatchesRequest: RecordType<RemoveWatchesRequest> = {
  name: 'RemoveWatchesRequest',
  fields: [
    { name: 'path', type: 'ustring' },
    { name: 'type', type: 'int' },
  ],
  write(archive, record) {
    archive.writeString(record.path);
    archive.writeInt(record.type);
  },
  read(archive) {
    return {
      path: archive.readString(),
      type: archive.readInt(),
    };
  },
};

/**
 * Asks for the ephemeral nodes of this session below a path.
 *
 * @apache proto.GetEphemeralsRequest
 */
export interface GetEphemeralsRequest {
  prefixPath: string | null;
}

export const GetEphemeralsRequest: RecordType<GetEphemeralsRequest> = {
  name: 'GetEphemeralsRequest',
  fields: [{ name: 'prefixPath', type: 'ustring' }],
  write(archive, record) {
    archive.writeString(record.prefixPath);
  },
  read(archive) {
    return {
      prefixPath: archive.readString(),
    };
  },
};

/** @apache proto.GetEphemeralsResponse */
export interface GetEphemeralsResponse {
  ephemerals: (string | null)[] | null;
}

export const GetEphemeralsResponse: RecordType<GetEphemeralsResponse> = {
  name: 'GetEphemeralsResponse',
  fields: [{ name: 'ephemerals', type: { vector: 'ustring' } }],
  write(archive, record) {
    archive.writeVector(record.ephemerals, writeUstring);
  },
  read(archive) {
    return {
      ephemerals: archive.readVector(readUstring),
    };
  },
};

/** @apache proto.WhoAmIResponse */
export interface WhoAmIResponse {
  clientInfo: ClientInfo[] | null;
}

export const WhoAmIResponse: RecordType<WhoAmIResponse> = {
  name: 'WhoAmIResponse',
  fields: [{ name: 'clientInfo', type: { vector: { record: () => ClientInfo } } }],
  write(archive, record) {
    archive.writeVector(record.clientInfo, ClientInfo.write);
  },
  read(archive) {
    return {
      clientInfo: archive.readVector(ClientInfo.read),
    };
  },
};
