/** What the prebuilt frames of each workload say, read back with the records of chapter 05. */
import type { Buffer } from 'node:buffer';
import { describe, expect, test } from 'vitest';
import { BinaryInputArchive } from '#04-serialization/binary-archive.js';
import {
  CreateRequest,
  DeleteRequest,
  ExistsRequest,
  GetChildrenRequest,
  GetDataRequest,
  RequestHeader,
  SetDataRequest,
} from '#05-jute/records/proto.js';
import { type MultiStep, readMultiRequest } from '#06-network-protocol/multi.js';
import { OpCode, opCodeName } from '#06-network-protocol/opcodes.js';
import { RequestRing, type RequestTemplate } from './request-ring.js';
import { type Workload, workloads } from './workloads.js';

/** Reads the record of a request; each gives some of the fields of `AnyRequest`. */
const readers: ReadonlyMap<number, (archive: BinaryInputArchive) => AnyRequest> = new Map([
  [OpCode.create, CreateRequest.read],
  [OpCode.delete, DeleteRequest.read],
  [OpCode.exists, ExistsRequest.read],
  [OpCode.getData, GetDataRequest.read],
  [OpCode.setData, SetDataRequest.read],
  [OpCode.getChildren, GetChildrenRequest.read],
] as [number, (archive: BinaryInputArchive) => AnyRequest][]);

interface AnyRequest {
  readonly path: string | null;
  readonly data?: Buffer | null;
  readonly version?: number;
  readonly watch?: boolean;
  readonly flags?: number;
  readonly acl?: unknown;
}

interface DecodedRequest {
  readonly xid: number;
  readonly name: string;
  /** null for a request that is only a header. */
  readonly record: AnyRequest | null;
}

const openToAll = [{ perms: 31, id: { scheme: 'world', id: 'anyone' } }];

describe('workloads', () => {
  test.each(['get', 'exists'])('%s reads 100 nodes that are there, without a watch', (name) => {
    const requests = requestsOf(name, 3, 250);
    const paths = new Set(requests.map(({ record }) => record?.path));
    expect(new Set(requests.map((request) => request.name))).toEqual(new Set([name === 'get' ? 'getData' : name]));
    expect(requests.every(({ record }) => record?.watch === false)).toBe(true);
    expect(paths.size).toBe(100);
    for (const path of paths) expect(nodesOf(name).get(path as string)?.data).toHaveLength(100);
  });

  test('set writes 100 B, whatever the version, to 100 nodes that are there', () => {
    const requests = requestsOf('set', 0, 250);
    const paths = new Set(requests.map(({ record }) => record?.path));
    expect(paths.size).toBe(100);
    for (const path of paths) expect(nodesOf('set').has(path as string)).toBe(true);
    for (const { name, record } of requests) {
      expect(name).toBe('setData');
      expect(record).toMatchObject({ version: -1 });
      expect(record?.data).toHaveLength(100);
    }
  });

  test('two sessions begin at different nodes', () => {
    expect(requestsOf('get', 0, 1)).not.toEqual(requestsOf('get', 1, 1));
  });

  test('create makes distinct open persistent nodes of 100 B, in turn below 100 parents that are there', () => {
    const requests = [0, 1, 11].flatMap((session) => requestsOf('create', session, 1500));
    const paths = requests.map(({ record }) => record?.path as string);
    const parents = paths.map((path) => path.slice(0, path.lastIndexOf('/')));
    expect(new Set(paths).size).toBe(4500);
    expect(new Set(parents).size).toBe(100);
    expect(parents.slice(0, 3)).toEqual(['/bench/create/00', '/bench/create/01', '/bench/create/02']);
    for (const parent of new Set(parents)) expect(nodesOf('create').has(parent)).toBe(true);
    for (const { name, record } of requests) {
      expect(name).toBe('create');
      expect(record).toMatchObject({ flags: 0, acl: openToAll });
      expect(record?.data).toHaveLength(100);
    }
  });

  test('what create made is deleted by the request of the same number', () => {
    const created = requestsOf('create', 12, 1500).map(({ record }) => record?.path);
    const undone = decode(workload('create').undo?.(12) ?? [], 1500);
    expect(undone.map(({ record }) => record)).toEqual(created.map((path) => ({ path, version: -1 })));
    expect(new Set(undone.map(({ name }) => name))).toEqual(new Set(['delete']));
  });

  test('delete takes away what was made by the request of the same number, and that alone', () => {
    const fed = decode(workload('delete').feed?.(12) ?? [], 1500).map(({ record }) => record?.path);
    const deleted = requestsOf('delete', 12, 1500);
    expect(new Set(fed).size).toBe(1500);
    expect(deleted.map(({ record }) => record)).toEqual(fed.map((path) => ({ path, version: -1 })));
    expect(new Set(deleted.map(({ name }) => name))).toEqual(new Set(['delete']));
  });

  test('multi makes ten distinct nodes with each request, and takes back the same ten', () => {
    const created = [0, 1, 11].flatMap((session) => stepsOf(workload('multi').requests(session), 300));
    const paths = created.flatMap((steps) => steps.map(({ record }) => record.path as string));
    expect(created.map((steps) => steps.length)).toEqual(Array(900).fill(10));
    expect(new Set(paths).size).toBe(9000);
    const nodes = nodesOf('multi');
    expect(paths.every((path) => nodes.has(path.slice(0, path.lastIndexOf('/'))))).toBe(true);
    expect(new Set(created.flat().map(({ type }) => type))).toEqual(new Set([OpCode.create]));
    for (const { record } of created[0] ?? []) expect(record).toMatchObject({ flags: 0, acl: openToAll });
    const undone = [0, 1, 11].flatMap((session) => stepsOf(workload('multi').undo?.(session) ?? [], 300));
    expect(undone.flat().map(({ record }) => record)).toEqual(paths.map((path) => ({ path, version: -1 })));
    expect(new Set(undone.flat().map(({ type }) => type))).toEqual(new Set([OpCode.delete]));
  });

  test('ping is a header with the xid of pings', () => {
    const ping = { xid: -2, name: 'ping', record: null };
    expect(requestsOf('ping', 0, 3)).toEqual([ping, ping, ping]);
  });

  test('children lists a node that has ten', () => {
    const path = requestsOf('children', 0, 1)[0]?.record?.path;
    const children = [...nodesOf('children').keys()].filter((node) => node.startsWith(`${path}/`));
    expect(children).toHaveLength(10);
  });

  test('mixed sets one time in ten', () => {
    const names = requestsOf('mixed', 4, 1000).map(({ name }) => name);
    expect(names.filter((name) => name === 'setData')).toHaveLength(100);
    expect(names.filter((name) => name === 'getData')).toHaveLength(900);
  });

  test.each([...workloads.keys()])('the nodes of %s are made parents first', (name) => {
    const made = new Set(['']);
    for (const path of nodesOf(name).keys()) {
      expect(made.has(path.slice(0, path.lastIndexOf('/'))), path).toBe(true);
      made.add(path);
    }
  });
});

function workload(name: string): Workload {
  const found = workloads.get(name);
  if (!found) throw new Error(`no workload ${name}`);
  return found;
}

function requestsOf(name: string, session: number, count: number): DecodedRequest[] {
  return decode(workload(name).requests(session), count);
}

/** The create requests that prepare a workload, by path, in their order. */
function nodesOf(name: string): Map<string, AnyRequest> {
  const templates = workload(name).nodes();
  const requests = templates.length === 0 ? [] : decode(templates, templates.length);
  return new Map(requests.map(({ record }) => [record?.path as string, record as AnyRequest]));
}

function decode(templates: readonly RequestTemplate[], count: number): DecodedRequest[] {
  const ring = new RequestRing(templates, 1);
  return Array.from({ length: count }, () => {
    ring.take(1);
    return decodeFrame(ring.first);
  });
}

function stepsOf(templates: readonly RequestTemplate[], count: number): MultiStep[][] {
  const ring = new RequestRing(templates, 1);
  return Array.from({ length: count }, () => {
    ring.take(1);
    const archive = new BinaryInputArchive(ring.first);
    expect(archive.readInt()).toBe(ring.first.length - 4);
    expect(RequestHeader.read(archive).type).toBe(OpCode.multi);
    const steps = readMultiRequest(archive);
    expect(archive.remainingBytes).toBe(0);
    return steps;
  });
}

function decodeFrame(frame: Buffer): DecodedRequest {
  const archive = new BinaryInputArchive(frame);
  expect(archive.readInt()).toBe(frame.length - 4);
  const { xid, type } = RequestHeader.read(archive);
  const record = readers.get(type)?.(archive) ?? null;
  expect(archive.remainingBytes).toBe(0);
  return { xid, name: opCodeName(type), record };
}
