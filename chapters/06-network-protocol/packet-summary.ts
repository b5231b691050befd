/**
 * A packet in one line, for transcripts and figures. Only what tells one packet from another is in it.
 */
import { Buffer } from 'node:buffer';
import type { ConnectRequest, ConnectResponse, ReplyHeader, WatcherEvent } from '#05-jute/records/proto.js';
import { CreateMode } from '#06-network-protocol/create-mode.js';
import { errorCodeName } from '#06-network-protocol/error-codes.js';
import { eventTypeName } from '#06-network-protocol/event-types.js';
import { hex } from '#06-network-protocol/ids.js';
import type { MultiResult, MultiStep } from '#06-network-protocol/multi.js';
import { OpCode, opCodeName } from '#06-network-protocol/opcodes.js';

/** Data longer than this is cut, and its size told. */
const MAX_SHOWN_BYTES = 40;
/** Of a list, so many are shown. */
const MAX_SHOWN_ITEMS = 8;

export function connectRequestSummary({ timeOut, sessionId, lastZxidSeen, readOnly }: ConnectRequest): string {
  const zxid = lastZxidSeen === 0n ? '' : ` zxid 0x${hex(lastZxidSeen)}`;
  return `connect timeout ${timeOut} session 0x${hex(sessionId)}${zxid}${readOnly ? ' read-only' : ''}`;
}

export function connectResponseSummary({ timeOut, sessionId, readOnly }: ConnectResponse): string {
  if (timeOut <= 0) return 'session expired';
  return `connected timeout ${timeOut} session 0x${hex(sessionId)}${readOnly ? ' read-only' : ''}`;
}

export function requestSummary(opcode: number, record: object | null): string {
  return [opCodeName(opcode), ...requestWords(opcode, { ...record })].join(' ');
}

export function replySummary(header: ReplyHeader, opcode: number, record: object | null): string {
  const result = header.err === 0 ? 'ok' : errorCodeName(header.err);
  const words = replyWords({ ...record });
  return [`reply #${header.xid}`, opCodeName(opcode), result, ...words, `zxid 0x${hex(header.zxid)}`].join(' ');
}

export function eventSummary({ type, path }: WatcherEvent): string {
  return `event ${eventTypeName(type) ?? type} ${path}`;
}

/** What a record has, by the names of its fields. */
type Fields = Readonly<Record<string, unknown>>;

function requestWords(opcode: number, fields: Fields): string[] {
  if (Array.isArray(fields.steps)) return [list((fields.steps as MultiStep[]).map(stepText), '; ')];
  const words: string[] = [];
  if (opcode === OpCode.auth) words.push(String(fields.scheme));
  if ('path' in fields) words.push(String(fields.path));
  if ('prefixPath' in fields) words.push(String(fields.prefixPath));
  if ('data' in fields) words.push(dataText(fields.data as Buffer | null));
  if (typeof fields.flags === 'number') words.push(...modeText(fields.flags));
  if (typeof fields.ttl === 'number') words.push(`ttl ${fields.ttl}`);
  if (typeof fields.version === 'number' && fields.version !== -1) words.push(`version ${fields.version}`);
  if (fields.watch === true) words.push('watch');
  if (typeof fields.relativeZxid === 'bigint') words.push(`zxid 0x${hex(fields.relativeZxid)}`, ...watchesText(fields));
  if (opcode === OpCode.addWatch) words.push(fields.mode === 1 ? 'recursive' : 'persistent');
  return words;
}

function replyWords(fields: Fields): string[] {
  const words: string[] = [];
  if (Array.isArray(fields.results)) words.push(list((fields.results as MultiResult[]).map(resultText), '; '));
  if ('path' in fields) words.push(String(fields.path));
  if ('data' in fields) words.push(dataText(fields.data as Buffer | null));
  if (Array.isArray(fields.children)) words.push(list(fields.children as string[]));
  if (Array.isArray(fields.ephemerals)) words.push(list(fields.ephemerals as string[]));
  if (typeof fields.totalNumber === 'number') words.push(String(fields.totalNumber));
  const { stat } = fields;
  if (isStat(stat)) words.push(`version ${stat.version}`);
  return words;
}

function stepText(step: MultiStep): string {
  return requestSummary(step.type, step.record);
}

function resultText(result: MultiResult): string {
  if (result.type === OpCode.error) return errorCodeName(result.error);
  return [opCodeName(result.type), ...replyWords({ ...result })].join(' ');
}

const modes = new Map<number, string>(Object.entries(CreateMode).map(([name, flags]) => [flags, name]));

/** Nothing for the ordinary kind; `ephemeral sequential` for `ephemeralSequential`. A time to live is told apart. */
function modeText(flags: number): string[] {
  if (flags === CreateMode.persistent || flags === CreateMode.persistentWithTtl) return [];
  const name = modes.get(flags)?.replace('WithTtl', '') ?? `flags ${flags}`;
  return [name.replace(/([a-z])([A-Z])/g, '$1 $2').toLowerCase()];
}

function watchesText(fields: Fields): string[] {
  const kinds = ['data', 'exist', 'child', 'persistent', 'persistentRecursive'];
  return kinds.flatMap((kind) => {
    const paths = fields[`${kind}Watches`];
    return Array.isArray(paths) && paths.length > 0 ? [`${kind} ${list(paths as string[])}`] : [];
  });
}

function list(items: readonly (string | null)[], separator = ', '): string {
  const shown = items.slice(0, MAX_SHOWN_ITEMS).join(separator);
  const more = items.length > MAX_SHOWN_ITEMS ? `${separator}… ${items.length} in all` : '';
  return `[${shown}${more}]`;
}

/** Text in quotes, other bytes in hex. */
export function dataText(data: Buffer | null): string {
  if (data === null) return 'null';
  const start = data.subarray(0, MAX_SHOWN_BYTES);
  const more = data.length > MAX_SHOWN_BYTES ? `… (${data.length} bytes)` : '';
  const text = start.toString('utf8');
  const isText = Buffer.from(text, 'utf8').equals(start) && !/\p{Cc}/u.test(text.replace(/[\n\r\t]/g, ''));
  return `${isText ? JSON.stringify(text) : `0x${start.toString('hex')}`}${more}`;
}

function isStat(value: unknown): value is { version: number } {
  return typeof value === 'object' && value !== null && 'version' in value;
}
