/**
 * The requests of one session, built before the load starts. While it runs, only numbers are written into them.
 *
 * The frames lie one behind the other in one piece of memory, so that n requests that follow each other are one slice
 * and go out with one write. The memory is a ring: a slot is used again after `slots` requests.
 *
 * Invariant: a slot is not touched while its request may still wait in the socket. A session has at most K requests
 * without a reply, and the ring has more slots than that, so the request that had the slot before has had its reply.
 */
import { Buffer } from 'node:buffer';
import { BinaryOutputArchive } from '#04-serialization/binary-archive.js';
import type { RecordType } from '#04-serialization/record-type.js';
import { RequestHeader } from '#05-jute/records/proto.js';
import { type MultiStep, writeMultiRequest } from '#06-network-protocol/multi.js';
import { OpCode } from '#06-network-protocol/opcodes.js';

const LENGTH_BYTES = 4;
const MIN_SLOTS = 128;
const ASCII_ZERO = 0x30;

/** In the path of a template, each run of `#` is replaced by as many last digits of the request's number. */
const runsOfDigits = /#+/g;

/** A request as a workload describes it: a frame, and where the number of the request goes. */
export interface RequestTemplate {
  /** The whole frame, its length included. The xid in it is 0, or the fixed one. */
  readonly frame: Buffer;
  /** For packets that are not numbered, such as a ping; null for all others. */
  readonly fixedXid: number | null;
  readonly numberFields: readonly NumberField[];
}

interface NumberField {
  readonly offset: number;
  readonly digits: number;
}

/** Builds a template from an opcode and its record, whose path may hold runs of `#`. */
export function requestTemplate<T extends { readonly path: string | null }>(
  type: OpCode,
  record: RecordType<T>,
  value: T,
): RequestTemplate {
  const archive = startOfFrame(0, type);
  record.write(archive, value);
  const frame = endOfFrame(archive);
  return { frame, fixedXid: null, numberFields: findNumberFields(frame, value.path ?? '') };
}

/** Builds a template of a multi. The paths of its steps may hold runs of `#` too; no two may be the same. */
export function multiTemplate(steps: readonly MultiStep[]): RequestTemplate {
  const archive = startOfFrame(0, OpCode.multi);
  writeMultiRequest(archive, steps);
  const frame = endOfFrame(archive);
  const numberFields = steps.flatMap(({ record }) => findNumberFields(frame, record.path ?? ''));
  return { frame, fixedXid: null, numberFields };
}

/** Builds a template of a request that is nothing but its header. */
export function headerOnlyTemplate(type: OpCode, fixedXid: number | null = null): RequestTemplate {
  return { frame: endOfFrame(startOfFrame(fixedXid ?? 0, type)), fixedXid, numberFields: [] };
}

export class RequestRing {
  /** What `take` prepared: one slice of the ring, and a second one when the first reached the ring's end. */
  first: Buffer;
  second: Buffer | null = null;

  private readonly templates: readonly RequestTemplate[];
  private readonly slots: number;
  private readonly memory: Buffer;
  /** Where each slot begins; one more entry for the end of the last. */
  private readonly offsets: Int32Array;
  private taken = 0;

  /**
   * @param templates sent in this order, over and over
   * @param maxOutstanding requests that the session may have without a reply
   */
  constructor(templates: readonly RequestTemplate[], maxOutstanding: number) {
    const period = templates.length;
    this.templates = templates;
    this.slots = period * Math.ceil(Math.max(MIN_SLOTS, 4 * maxOutstanding) / period);
    const frames = Array.from({ length: this.slots }, (_, slot) => this.templateOf(slot).frame);
    this.memory = Buffer.concat(frames);
    this.first = this.memory;
    this.offsets = new Int32Array(this.slots + 1);
    for (let slot = 0; slot < this.slots; slot++) {
      this.offsets[slot + 1] = (this.offsets[slot] as number) + (frames[slot] as Buffer).length;
    }
  }

  /** Requests that were taken so far; also the number of the next one. */
  get count(): number {
    return this.taken;
  }

  /** The xid of a request, by its number. */
  xidOf(number: number): number {
    return this.templateOf(number % this.slots).fixedXid ?? number + 1;
  }

  /** Prepares the next `count` requests in `first` and `second`. */
  take(count: number): void {
    const firstSlot = this.taken % this.slots;
    const endSlot = firstSlot + count;
    for (let slot = firstSlot; slot < endSlot; slot++) this.fillIn(slot < this.slots ? slot : slot - this.slots);
    if (endSlot <= this.slots) {
      this.first = this.slice(firstSlot, endSlot);
      this.second = null;
    } else {
      this.first = this.slice(firstSlot, this.slots);
      this.second = this.slice(0, endSlot - this.slots);
    }
  }

  private fillIn(slot: number): void {
    const number = this.taken++;
    const template = this.templateOf(slot);
    const start = this.offsets[slot] as number;
    if (template.fixedXid === null) this.memory.writeInt32BE(number + 1, start + LENGTH_BYTES);
    const fields = template.numberFields;
    for (let i = 0; i < fields.length; i++) writeLastDigits(this.memory, start, fields[i] as NumberField, number);
  }

  private templateOf(slot: number): RequestTemplate {
    return this.templates[slot % this.templates.length] as RequestTemplate;
  }

  private slice(fromSlot: number, toSlot: number): Buffer {
    return this.memory.subarray(this.offsets[fromSlot], this.offsets[toSlot]);
  }
}

function writeLastDigits(memory: Buffer, frameStart: number, field: NumberField, number: number): void {
  let rest = number;
  for (let at = frameStart + field.offset + field.digits - 1; at >= frameStart + field.offset; at--) {
    const tenth = Math.trunc(rest / 10);
    memory[at] = ASCII_ZERO + rest - tenth * 10;
    rest = tenth;
  }
}

function startOfFrame(xid: number, type: OpCode): BinaryOutputArchive {
  const archive = new BinaryOutputArchive(256);
  archive.writeInt(0);
  RequestHeader.write(archive, { xid, type });
  return archive;
}

function endOfFrame(archive: BinaryOutputArchive): Buffer {
  archive.patchInt(0, archive.position - LENGTH_BYTES);
  return Buffer.from(archive.bytes());
}

function findNumberFields(frame: Buffer, path: string): NumberField[] {
  const pathStart = frame.indexOf(path);
  return Array.from(path.matchAll(runsOfDigits), (run) => ({ offset: pathStart + run.index, digits: run[0].length }));
}
