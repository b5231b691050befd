/**
 * A log as text, one line for each transaction.
 *
 * @apache server.persistence.TxnLogToolkit
 */
import { OpCode, opCodeName } from '#06-network-protocol/opcodes.js';
import type { TxnBody } from '#06-network-protocol/txn.js';
import type { ByteSource } from '#20-data-files/byte-source.js';
import { hexText, plainText } from '#20-data-files/plain-text.js';
import { readTxnLog, type TxnLogEnd, type TxnLogEntry, unreadableTransaction } from '#20-data-files/txn-log-reader.js';

/**
 * @param formatTime for a time in milliseconds since 1970
 * @throws {TxnLogError} after the lines before the damage
 */
export function* dumpLog(source: ByteSource, formatTime: (ms: number) => string): Generator<string, void, undefined> {
  const log = readTxnLog(source);
  let count = 0;
  for (const entry of log) {
    count++;
    yield entryLine(source.path, entry, formatTime);
  }
  yield endLine(count, log.end);
}

function entryLine(path: string, { transaction, startBytes }: TxnLogEntry, formatTime: (ms: number) => string): string {
  const { header, body, digest } = transaction;
  const columns = [
    `@${startBytes}`,
    hexText(header.zxid),
    formatTime(header.time),
    `session ${hexText(header.clientId)}`,
    `cxid ${header.cxid}`,
    readableBodyText(body, path, startBytes),
  ];
  if (digest) columns.push(`digest ${digest.version}:${hexText(digest.treeDigest)}`);
  return columns.join('  ');
}

function readableBodyText(body: TxnBody, path: string, startBytes: number): string {
  try {
    return bodyText(body);
  } catch (error) {
    throw unreadableTransaction(error, path, startBytes);
  }
}

function bodyText(body: TxnBody): string {
  const name = opCodeName(body.type);
  if (body.record === null) return name;
  if (body.type !== OpCode.multi) return `${name} ${plainText(body.record)}`;
  const steps = body.record.steps.map(bodyText);
  return `${name} { ${steps.join(' | ')} }`;
}

function endLine(count: number, end: TxnLogEnd): string {
  const transactions = count === 1 ? '1 transaction' : `${count} transactions`;
  const leftover = end.needsCut ? ', and leftovers of a write that was cut short after it' : '';
  return `${transactions}; the log ends at offset ${end.endBytes} (${end.reason})${leftover}`;
}
