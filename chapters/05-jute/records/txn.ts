/**
 * Generated from txn.jute. Change that file, not this one, and run:
 *     npm run jute
 *
 * Transactions: what a request becomes once the leader has decided its outcome. They are what is logged, what is
 * proposed to the followers, and what is applied to the tree.
 */
import type { Buffer } from 'node:buffer';
import type { RecordType } from '#04-serialization/record-type.js';
import { readUstring, writeUstring } from '#05-jute/elements.js';
import { ACL } from '#05-jute/records/data.js';
import type { SessionId, Zxid } from '#06-network-protocol/ids.js';

/**
 * Follows a transaction: a checksum of the whole tree as it must be after it.
 *
 * @apache txn.TxnDigest
 */
export interface TxnDigest {
  /** The version of the way to compute it. */
  version: number;
  treeDigest: bigint;
}

export const TxnDigest: RecordType<TxnDigest> = {
  name: 'TxnDigest',
  fields: [
    { name: 'version', type: 'int' },
    { name: 'treeDigest', type: 'long' },
  ],
  write(archive, record) {
    archive.writeInt(record.version);
    archive.writeLong(record.treeDigest);
  },
  read(archive) {
    return {
      version: archive.readInt(),
      treeDigest: archive.readLong(),
    };
  },
};

/**
 * Goes before every transaction.
 *
 * @apache txn.TxnHeader
 */
export interface TxnHeader {
  /** The session that asked for it. */
  clientId: SessionId;
  /** The xid of its request. */
  cxid: number;
  zxid: Zxid;
  /** When the leader made it, in milliseconds since 1970. */
  time: number;
  /** The opcode, which says what record follows. */
  type: number;
}

export const TxnHeader: RecordType<TxnHeader> = {
  name: 'TxnHeader',
  fields: [
    { name: 'clientId', type: 'long' },
    { name: 'cxid', type: 'int' },
    { name: 'zxid', type: 'long' },
    { name: 'time', type: 'long' },
    { name: 'type', type: 'int' },
  ],
  write(archive, record) {
    archive.writeLong(record.clientId);
    archive.writeInt(record.cxid);
    archive.writeLong(record.zxid);
    archive.writeLongNumber(record.time);
    archive.writeInt(record.type);
  },
  read(archive) {
    return {
      clientId: archive.readLong() as SessionId,
      cxid: archive.readInt(),
      zxid: archive.readLong() as Zxid,
      time: archive.readLongNumber(),
      type: archive.readInt(),
    };
  },
};

/**
 * As logs had it before 3.4. The server must count the parent's cversion itself.
 *
 * @apache txn.CreateTxnV0
 */
export interface CreateTxnV0 {
  path: string | null;
  data: Buffer | null;
  acl: ACL[] | null;
  ephemeral: boolean;
}

export const CreateTxnV0: RecordType<CreateTxnV0> = {
  name: 'CreateTxnV0',
  fields: [
    { name: 'path', type: 'ustring' },
    { name: 'data', type: 'buffer' },
    { name: 'acl', type: { vector: { record: () => ACL } } },
    { name: 'ephemeral', type: 'boolean' },
  ],
  write(archive, record) {
    archive.writeString(record.path);
    archive.writeBuffer(record.data);
    archive.writeVector(record.acl, ACL.write);
    archive.writeBoolean(record.ephemeral);
  },
  read(archive) {
    return {
      path: archive.readString(),
      data: archive.readBuffer(),
      acl: archive.readVector(ACL.read),
      ephemeral: archive.readBoolean(),
    };
  },
};

/** @apache txn.CreateTxn */
export interface CreateTxn {
  path: string | null;
  data: Buffer | null;
  acl: ACL[] | null;
  /** True when the node dies with the session of the header. */
  ephemeral: boolean;
  /** The parent's cversion after it. */
  parentCVersion: number;
}

export const CreateTxn: RecordType<CreateTxn> = {
  name: 'CreateTxn',
  fields: [
    { name: 'path', type: 'ustring' },
    { name: 'data', type: 'buffer' },
    { name: 'acl', type: { vector: { record: () => ACL } } },
    { name: 'ephemeral', type: 'boolean' },
    { name: 'parentCVersion', type: 'int' },
  ],
  write(archive, record) {
    archive.writeString(record.path);
    archive.writeBuffer(record.data);
    archive.writeVector(record.acl, ACL.write);
    archive.writeBoolean(record.ephemeral);
    archive.writeInt(record.parentCVersion);
  },
  read(archive) {
    return {
      path: archive.readString(),
      data: archive.readBuffer(),
      acl: archive.readVector(ACL.read),
      ephemeral: archive.readBoolean(),
      parentCVersion: archive.readInt(),
    };
  },
};

/** @apache txn.CreateTTLTxn */
export interface CreateTTLTxn {
  path: string | null;
  data: Buffer | null;
  acl: ACL[] | null;
  parentCVersion: number;
  /** In milliseconds. */
  ttl: number;
}

export const CreateTTLTxn: RecordType<CreateTTLTxn> = {
  name: 'CreateTTLTxn',
  fields: [
    { name: 'path', type: 'ustring' },
    { name: 'data', type: 'buffer' },
    { name: 'acl', type: { vector: { record: () => ACL } } },
    { name: 'parentCVersion', type: 'int' },
    { name: 'ttl', type: 'long' },
  ],
  write(archive, record) {
    archive.writeString(record.path);
    archive.writeBuffer(record.data);
    archive.writeVector(record.acl, ACL.write);
    archive.writeInt(record.parentCVersion);
    archive.writeLongNumber(record.ttl);
  },
  read(archive) {
    return {
      path: archive.readString(),
      data: archive.readBuffer(),
      acl: archive.readVector(ACL.read),
      parentCVersion: archive.readInt(),
      ttl: archive.readLongNumber(),
    };
  },
};

/** @apache txn.CreateContainerTxn */
export interface CreateContainerTxn {
  path: string | null;
  data: Buffer | null;
  acl: ACL[] | null;
  parentCVersion: number;
}

export const CreateContainerTxn: RecordType<CreateContainerTxn> = {
  name: 'CreateContainerTxn',
  fields: [
    { name: 'path', type: 'ustring' },
    { name: 'data', type: 'buffer' },
    { name: 'acl', type: { vector: { record: () => ACL } } },
    { name: 'parentCVersion', type: 'int' },
  ],
  write(archive, record) {
    archive.writeString(record.path);
    archive.writeBuffer(record.data);
    archive.writeVector(record.acl, ACL.write);
    archive.writeInt(record.parentCVersion);
  },
  read(archive) {
    return {
      path: archive.readString(),
      data: archive.readBuffer(),
      acl: archive.readVector(ACL.read),
      parentCVersion: archive.readInt(),
    };
  },
};

/** @apache txn.DeleteTxn */
export interface DeleteTxn {
  path: string | null;
}

export const DeleteTxn: RecordType<DeleteTxn> = {
  name: 'DeleteTxn',
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

/** @apache txn.SetDataTxn */
export interface SetDataTxn {
  path: string | null;
  data: Buffer | null;
  /** The version that the data has after it. */
  version: number;
}

export const SetDataTxn: RecordType<SetDataTxn> = {
  name: 'SetDataTxn',
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
 * Changes nothing. Only in a multi.
 *
 * @apache txn.CheckVersionTxn
 */
export interface CheckVersionTxn {
  path: string | null;
  version: number;
}

export const CheckVersionTxn: RecordType<CheckVersionTxn> = {
  name: 'CheckVersionTxn',
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

/** @apache txn.SetACLTxn */
export interface SetACLTxn {
  path: string | null;
  acl: ACL[] | null;
  /** The aversion that the list has after it. */
  version: number;
}

export const SetACLTxn: RecordType<SetACLTxn> = {
  name: 'SetACLTxn',
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

/**
 * Not in use.
 *
 * @apache txn.SetMaxChildrenTxn
 */
export interface SetMaxChildrenTxn {
  path: string | null;
  max: number;
}

export const SetMaxChildrenTxn: RecordType<SetMaxChildrenTxn> = {
  name: 'SetMaxChildrenTxn',
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

/** @apache txn.CreateSessionTxn */
export interface CreateSessionTxn {
  /** In milliseconds. */
  timeOut: number;
}

export const CreateSessionTxn: RecordType<CreateSessionTxn> = {
  name: 'CreateSessionTxn',
  fields: [{ name: 'timeOut', type: 'int' }],
  write(archive, record) {
    archive.writeInt(record.timeOut);
  },
  read(archive) {
    return {
      timeOut: archive.readInt(),
    };
  },
};

/** @apache txn.CloseSessionTxn */
export interface CloseSessionTxn {
  /** The ephemeral nodes that go with the session. */
  paths2Delete: (string | null)[] | null;
}

export const CloseSessionTxn: RecordType<CloseSessionTxn> = {
  name: 'CloseSessionTxn',
  fields: [{ name: 'paths2Delete', type: { vector: 'ustring' } }],
  write(archive, record) {
    archive.writeVector(record.paths2Delete, writeUstring);
  },
  read(archive) {
    return {
      paths2Delete: archive.readVector(readUstring),
    };
  },
};

/**
 * A request that failed. It is logged all the same: it has used up a zxid.
 *
 * @apache txn.ErrorTxn
 */
export interface ErrorTxn {
  err: number;
}

export const ErrorTxn: RecordType<ErrorTxn> = {
  name: 'ErrorTxn',
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
 * One transaction within a MultiTxn.
 *
 * @apache txn.Txn
 */
export interface Txn {
  type: number;
  /** The record that the type names, already written. */
  data: Buffer | null;
}

export const Txn: RecordType<Txn> = {
  name: 'Txn',
  fields: [
    { name: 'type', type: 'int' },
    { name: 'data', type: 'buffer' },
  ],
  write(archive, record) {
    archive.writeInt(record.type);
    archive.writeBuffer(record.data);
  },
  read(archive) {
    return {
      type: archive.readInt(),
      data: archive.readBuffer(),
    };
  },
};

/** @apache txn.MultiTxn */
export interface MultiTxn {
  txns: Txn[] | null;
}

export const MultiTxn: RecordType<MultiTxn> = {
  name: 'MultiTxn',
  fields: [{ name: 'txns', type: { vector: { record: () => Txn } } }],
  write(archive, record) {
    archive.writeVector(record.txns, Txn.write);
  },
  read(archive) {
    return {
      txns: archive.readVector(Txn.read),
    };
  },
};
