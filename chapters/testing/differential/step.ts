/**
 * What a differential run does, step by step, as plain values: the same steps go to both servers, a part of them can be
 * left out, and they can be printed.
 *
 * Each sequence has a node of its own under `/`, so that many can run on one server, one after the other. It is written
 * `~` wherever a path has it, and a zxid that is meant relative to what the session has seen is a `ZxidBack`.
 */
import { Buffer } from 'node:buffer';
import { BinaryOutputArchive } from '#04-serialization/binary-archive.js';
import { RequestHeader } from '#05-jute/records/proto.js';
import { OpCode } from '#06-network-protocol/opcodes.js';
import { type OperationName, operations, type RequestOf } from '#testing/operations.js';

/** One of the sessions of a sequence: 0 is A, 1 is B. */
export type Slot = number;

export type Step =
  /** A new session, when the slot has none. */
  | { readonly kind: 'open'; readonly slot: Slot; readonly timeoutMs: number }
  /** A second connection of the session, whether or not the first one still stands. */
  | {
      readonly kind: 'return';
      readonly slot: Slot;
      readonly timeoutMs: number;
      readonly password: 'right' | 'wrong';
      /** What the client says that it has seen: more than there is, or what it has. */
      readonly seen: 'true' | 'too much';
    }
  /** The connection ends; the session stays. */
  | { readonly kind: 'drop'; readonly slot: Slot }
  /** The session is left alone until the server has ended it. */
  | { readonly kind: 'expire'; readonly slot: Slot }
  /** One request, or several that are sent without waiting for a reply. */
  | { readonly kind: 'requests'; readonly slot: Slot; readonly requests: readonly RequestPart[] };

export interface RequestPart {
  /** What the reply is read as; null: a number that stands for no operation, or a body that is none of it. */
  readonly operation: OperationName | null;
  readonly opcode: number;
  /** A record of the operation, with `~` and `ZxidBack`; or bytes. */
  readonly body: unknown;
}

/** So many transactions before the last one that the session has seen. */
export interface ZxidBack {
  readonly zxidBack: number;
}

export const isZxidBack = (value: object): value is ZxidBack => 'zxidBack' in value;

/** A request of a known operation. Its record may have `ZxidBack` in place of a zxid. */
export function requestPart<N extends OperationName>(
  operation: N,
  body: { readonly [Field in keyof RequestOf<N>]: RequestOf<N>[Field] | ZxidBack } | null,
): RequestPart {
  return { operation, opcode: operations[operation].code, body };
}

/** Puts the sequence's node and what the session has seen where a request only speaks of them. */
export function resolveBody(body: unknown, root: string, lastZxidSeen: bigint): unknown {
  const resolve = (value: unknown): unknown => {
    if (typeof value === 'string') return value.replaceAll('~', root);
    if (typeof value !== 'object' || value === null || Buffer.isBuffer(value)) return value;
    if (Array.isArray(value)) return value.map(resolve);
    if (isZxidBack(value)) return lastZxidSeen - BigInt(value.zxidBack);
    return Object.fromEntries(Object.entries(value).map(([name, field]) => [name, resolve(field)]));
  };
  return resolve(body);
}

/** The frame of a request, without its length. */
export function encodeRequest(part: RequestPart, xid: number, root: string, lastZxidSeen: bigint): Buffer {
  const { operation, opcode, body } = part;
  const archive = new BinaryOutputArchive();
  RequestHeader.write(archive, { xid, type: opcode });
  if (operation === null) archive.writeRaw(body as Buffer);
  else operations[operation].request?.write(archive, resolveBody(body, root, lastZxidSeen) as never);
  return archive.bytes();
}

export const slotName = (slot: Slot): string => String.fromCharCode('A'.charCodeAt(0) + slot);

/** Opcodes whose requests can change something that other sessions hear of. */
const readOpcodes: ReadonlySet<number> = new Set([
  OpCode.exists,
  OpCode.getData,
  OpCode.getACL,
  OpCode.getChildren,
  OpCode.getChildren2,
  OpCode.getAllChildrenNumber,
  OpCode.getEphemerals,
  OpCode.sync,
  OpCode.ping,
  OpCode.multiRead,
  OpCode.whoAmI,
  OpCode.setWatches,
  OpCode.setWatches2,
  OpCode.addWatch,
  OpCode.checkWatches,
  OpCode.removeWatches,
]);

/** Whether all that comes of a step comes to the session that it is about. */
export function isQuiet(step: Step): boolean {
  return step.kind === 'requests' && step.requests.every(({ opcode }) => readOpcodes.has(opcode));
}
