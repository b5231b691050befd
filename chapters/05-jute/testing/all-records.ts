/**
 * The record types that are generated from ZooKeeper's own .jute files, by module.
 */
import type { RecordType } from '#04-serialization/record-type.js';
import * as data from '#05-jute/records/data.js';
import * as persistence from '#05-jute/records/persistence.js';
import * as proto from '#05-jute/records/proto.js';
import * as quorum from '#05-jute/records/quorum.js';
import * as txn from '#05-jute/records/txn.js';

export const RECORDS_BY_MODULE: Readonly<Record<string, readonly RecordType<unknown>[]>> = {
  data: Object.values(data),
  proto: Object.values(proto),
  quorum: Object.values(quorum),
  persistence: Object.values(persistence),
  txn: Object.values(txn),
};

export const ALL_RECORDS: readonly RecordType<unknown>[] = Object.values(RECORDS_BY_MODULE).flat();
