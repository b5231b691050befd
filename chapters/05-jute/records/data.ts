/**
 * Generated from data.jute. Change that file, not this one, and run:
 *     npm run jute
 *
 * What a znode carries beside its data. Everything else builds on these records.
 */
import type { RecordType } from '#04-serialization/record-type.js';
import type { SessionId, Zxid } from '#06-network-protocol/ids.js';

/**
 * Who somebody is: the scheme that proved it, and a name within that scheme.
 *
 * @apache data.Id
 */
export interface Id {
  /** world, auth, digest, ip, x509, sasl, super … */
  scheme: string | null;
  id: string | null;
}

export const Id: RecordType<Id> = {
  name: 'Id',
  fields: [
    { name: 'scheme', type: 'ustring' },
    { name: 'id', type: 'ustring' },
  ],
  write(archive, record) {
    archive.writeString(record.scheme);
    archive.writeString(record.id);
  },
  read(archive) {
    return {
      scheme: archive.readString(),
      id: archive.readString(),
    };
  },
};

/**
 * One line of an access control list: what an identity may do.
 *
 * @apache data.ACL
 */
export interface ACL {
  /** A set of bits: read 1, write 2, create 4, delete 8, admin 16. */
  perms: number;
  id: Id;
}

export const ACL: RecordType<ACL> = {
  name: 'ACL',
  fields: [
    { name: 'perms', type: 'int' },
    { name: 'id', type: { record: () => Id } },
  ],
  write(archive, record) {
    archive.writeInt(record.perms);
    Id.write(archive, record.id);
  },
  read(archive) {
    return {
      perms: archive.readInt(),
      id: Id.read(archive),
    };
  },
};

/**
 * What a client is told about a znode.
 *
 * @apache data.Stat
 */
export interface Stat {
  /** The transaction that created the node. */
  czxid: Zxid;
  /** The last transaction that set its data. */
  mzxid: Zxid;
  /** When it was created, in milliseconds since 1970. */
  ctime: number;
  /** When its data was last set, in milliseconds since 1970. */
  mtime: number;
  /** How often its data was set. */
  version: number;
  /** How often a child was created or deleted. */
  cversion: number;
  /** How often its access control list was set. */
  aversion: number;
  /** The session that the node dies with; 0 for a node that stays. */
  ephemeralOwner: SessionId;
  /** The size of its data in bytes; 0 when it has none. */
  dataLength: number;
  numChildren: number;
  /** The last transaction that created or deleted a child. */
  pzxid: Zxid;
}

export const Stat: RecordType<Stat> = {
  name: 'Stat',
  fields: [
    { name: 'czxid', type: 'long' },
    { name: 'mzxid', type: 'long' },
    { name: 'ctime', type: 'long' },
    { name: 'mtime', type: 'long' },
    { name: 'version', type: 'int' },
    { name: 'cversion', type: 'int' },
    { name: 'aversion', type: 'int' },
    { name: 'ephemeralOwner', type: 'long' },
    { name: 'dataLength', type: 'int' },
    { name: 'numChildren', type: 'int' },
    { name: 'pzxid', type: 'long' },
  ],
  write(archive, record) {
    archive.writeLong(record.czxid);
    archive.writeLong(record.mzxid);
    archive.writeLongNumber(record.ctime);
    archive.writeLongNumber(record.mtime);
    archive.writeInt(record.version);
    archive.writeInt(record.cversion);
    archive.writeInt(record.aversion);
    archive.writeLong(record.ephemeralOwner);
    archive.writeInt(record.dataLength);
    archive.writeInt(record.numChildren);
    archive.writeLong(record.pzxid);
  },
  read(archive) {
    return {
      czxid: archive.readLong() as Zxid,
      mzxid: archive.readLong() as Zxid,
      ctime: archive.readLongNumber(),
      mtime: archive.readLongNumber(),
      version: archive.readInt(),
      cversion: archive.readInt(),
      aversion: archive.readInt(),
      ephemeralOwner: archive.readLong() as SessionId,
      dataLength: archive.readInt(),
      numChildren: archive.readInt(),
      pzxid: archive.readLong() as Zxid,
    };
  },
};

/**
 * What a server keeps about a znode, in memory and in snapshots. The rest of Stat can be counted.
 *
 * @apache data.StatPersisted
 */
export interface StatPersisted {
  czxid: Zxid;
  mzxid: Zxid;
  ctime: number;
  mtime: number;
  version: number;
  /** How often a child was created. Deletions are not kept: a client is told twice this number, less numChildren. */
  cversion: number;
  aversion: number;
  /** The session that the node dies with. Containers and nodes with a time to live have markers of their own here. */
  ephemeralOwner: SessionId;
  pzxid: Zxid;
}

export const StatPersisted: RecordType<StatPersisted> = {
  name: 'StatPersisted',
  fields: [
    { name: 'czxid', type: 'long' },
    { name: 'mzxid', type: 'long' },
    { name: 'ctime', type: 'long' },
    { name: 'mtime', type: 'long' },
    { name: 'version', type: 'int' },
    { name: 'cversion', type: 'int' },
    { name: 'aversion', type: 'int' },
    { name: 'ephemeralOwner', type: 'long' },
    { name: 'pzxid', type: 'long' },
  ],
  write(archive, record) {
    archive.writeLong(record.czxid);
    archive.writeLong(record.mzxid);
    archive.writeLongNumber(record.ctime);
    archive.writeLongNumber(record.mtime);
    archive.writeInt(record.version);
    archive.writeInt(record.cversion);
    archive.writeInt(record.aversion);
    archive.writeLong(record.ephemeralOwner);
    archive.writeLong(record.pzxid);
  },
  read(archive) {
    return {
      czxid: archive.readLong() as Zxid,
      mzxid: archive.readLong() as Zxid,
      ctime: archive.readLongNumber(),
      mtime: archive.readLongNumber(),
      version: archive.readInt(),
      cversion: archive.readInt(),
      aversion: archive.readInt(),
      ephemeralOwner: archive.readLong() as SessionId,
      pzxid: archive.readLong() as Zxid,
    };
  },
};

/**
 * One identity of a connection, as whoAmI tells it.
 *
 * @apache data.ClientInfo
 */
export interface ClientInfo {
  authScheme: string | null;
  /** The name, or what the scheme has instead, such as an address. Never a password. */
  user: string | null;
}

export const ClientInfo: RecordType<ClientInfo> = {
  name: 'ClientInfo',
  fields: [
    { name: 'authScheme', type: 'ustring' },
    { name: 'user', type: 'ustring' },
  ],
  write(archive, record) {
    archive.writeString(record.authScheme);
    archive.writeString(record.user);
  },
  read(archive) {
    return {
      authScheme: archive.readString(),
      user: archive.readString(),
    };
  },
};
