/**
 * The table of workloads: which nodes must be there, what each session asks for, and what must be undone afterwards.
 *
 * To add one, add an entry. `requests` returns what one session repeats in order; a path may hold `#` signs, which
 * become digits of the request's number, so that paths are distinct. Sessions are numbered from 0.
 */
import { Buffer } from 'node:buffer';
import type { ACL } from '#05-jute/records/data.js';
import {
  CreateRequest,
  DeleteRequest,
  ExistsRequest,
  GetChildrenRequest,
  GetDataRequest,
  SetDataRequest,
} from '#05-jute/records/proto.js';
import { CreateMode } from '#06-network-protocol/create-mode.js';
import { OpCode } from '#06-network-protocol/opcodes.js';
import { Xid } from '#06-network-protocol/xids.js';
import { headerOnlyTemplate, multiTemplate, type RequestTemplate, requestTemplate } from './request-ring.js';

export interface Workload {
  readonly name: string;
  readonly summary: string;
  /** Nodes that must be there before, parents first. Those that are there already stay as they are. */
  nodes(): RequestTemplate[];
  /** What one session repeats, in this order. */
  requests(session: number): RequestTemplate[];
  /**
   * What takes back the request of the same number, run afterwards and not measured: without it, each round would
   * meet a larger tree than the one before.
   */
  undo?(session: number): RequestTemplate[];
  /**
   * What makes the thing that the request of the same number uses up, run before and not measured. Such a workload is
   * measured from its first request to its last, not for a time.
   */
  feed?(session: number): RequestTemplate[];
}

const DATA_NODES = 100;
const PARENTS = 100;
const CHILDREN = 10;
const MULTI_STEPS = 10;
const DATA = Buffer.alloc(100, 'zoowalk ');
const OPEN_TO_ALL: ACL[] = [{ perms: 31, id: { scheme: 'world', id: 'anyone' } }];
const ANY_VERSION = -1;

const list: readonly Workload[] = [
  {
    name: 'ping',
    summary: 'a ping: the least that a server can do',
    nodes: () => [],
    requests: () => [headerOnlyTemplate(OpCode.ping, Xid.ping)],
  },
  {
    name: 'exists',
    summary: 'exists of 100 nodes in turn',
    nodes: dataNodes,
    requests: (session) =>
      dataPaths(session).map((path) => requestTemplate(OpCode.exists, ExistsRequest, { path, watch: false })),
  },
  {
    name: 'get',
    summary: 'getData of 100 nodes of 100 B in turn',
    nodes: dataNodes,
    requests: (session) => dataPaths(session).map(getData),
  },
  {
    name: 'children',
    summary: 'getChildren of a node with 10 children',
    nodes: () => [
      create('/bench'),
      create('/bench/parent'),
      ...numbered(CHILDREN).map((child) => create(`/bench/parent/${child}`)),
    ],
    requests: () => [requestTemplate(OpCode.getChildren, GetChildrenRequest, { path: '/bench/parent', watch: false })],
  },
  {
    name: 'set',
    summary: 'setData of 100 nodes in turn, 100 B, any version',
    nodes: dataNodes,
    requests: (session) => dataPaths(session).map(setData),
  },
  {
    name: 'create',
    summary: 'create of persistent nodes of 100 B below 100 parents',
    nodes: createParents,
    requests: (session) => [create(newNodePath(session), DATA)],
    undo: (session) => [remove(newNodePath(session))],
  },
  {
    name: 'delete',
    summary: 'delete of persistent nodes of 100 B below 100 parents, made before',
    nodes: createParents,
    feed: (session) => [create(newNodePath(session), DATA)],
    requests: (session) => [remove(newNodePath(session))],
  },
  {
    name: 'multi',
    summary: `a multi of ${MULTI_STEPS} creates, of persistent nodes of 100 B below 100 parents`,
    nodes: createParents,
    requests: (session) => [
      multiTemplate(multiPaths(session).map((path) => ({ type: OpCode.create, record: createRecord(path, DATA) }))),
    ],
    undo: (session) => [
      multiTemplate(
        multiPaths(session).map((path) => ({ type: OpCode.delete, record: { path, version: ANY_VERSION } })),
      ),
    ],
  },
  {
    name: 'mixed',
    summary: 'nine getData, then one setData, 100 nodes of 100 B in turn',
    nodes: dataNodes,
    requests: (session) => dataPaths(session).map((path, i) => (i % 10 === 9 ? setData(path) : getData(path))),
  },
];

export const workloads: ReadonlyMap<string, Workload> = new Map(list.map((workload) => [workload.name, workload]));

function dataNodes(): RequestTemplate[] {
  return [
    create('/bench'),
    create('/bench/data'),
    ...numbered(DATA_NODES).map((node) => create(`/bench/data/${node}`, DATA)),
  ];
}

function createParents(): RequestTemplate[] {
  return [
    create('/bench'),
    create('/bench/create'),
    ...numbered(PARENTS).map((parent) => create(`/bench/create/${parent}`)),
  ];
}

/** Every session begins at another node. */
function dataPaths(session: number): string[] {
  return numbered(DATA_NODES).map((_, i, all) => `/bench/data/${all[(i + 7 * session) % DATA_NODES]}`);
}

/** The parent is the last two digits of the child's number, so that the parents are used in turn. */
function newNodePath(session: number): string {
  return `/bench/create/##/${session}-########`;
}

/** Beside those of `create`, if a session has both. */
function multiPaths(session: number): string[] {
  return Array.from({ length: MULTI_STEPS }, (_, step) => `/bench/create/##/${session}-########-${step}`);
}

function create(path: string, data: Buffer = Buffer.alloc(0)): RequestTemplate {
  return requestTemplate(OpCode.create, CreateRequest, createRecord(path, data));
}

const createRecord = (path: string, data: Buffer): CreateRequest => ({
  path,
  data,
  acl: OPEN_TO_ALL,
  flags: CreateMode.persistent,
});

function remove(path: string): RequestTemplate {
  return requestTemplate(OpCode.delete, DeleteRequest, { path, version: ANY_VERSION });
}

function getData(path: string): RequestTemplate {
  return requestTemplate(OpCode.getData, GetDataRequest, { path, watch: false });
}

function setData(path: string): RequestTemplate {
  return requestTemplate(OpCode.setData, SetDataRequest, { path, data: DATA, version: ANY_VERSION });
}

/** `00`, `01` … */
function numbered(count: number): string[] {
  return Array.from({ length: count }, (_, i) => String(i).padStart(2, '0'));
}
