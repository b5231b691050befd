/** The requests that nearly every conformance test makes, in one short call each. They must succeed unless said otherwise. */
import { Buffer } from 'node:buffer';
import type { ACL, Stat } from '#05-jute/records/data.js';
import type { RawSession } from '#testing/raw-session.node.js';

/** Anybody may do anything. */
export const OPEN_ACL: readonly ACL[] = [{ perms: 31, id: { scheme: 'world', id: 'anyone' } }];

export interface CreateOptions {
  readonly data?: string | Buffer | null;
  readonly flags?: number;
  readonly acl?: readonly ACL[] | null;
}

/** The record of a create request. */
export function createRequest(path: string | null, options: CreateOptions = {}) {
  const { data = '', flags = 0, acl = OPEN_ACL } = options;
  return { path, data: typeof data === 'string' ? Buffer.from(data) : data, acl: acl as ACL[] | null, flags };
}

export function setDataRequest(path: string, data: string, version = -1) {
  return { path, data: Buffer.from(data), version };
}

export function deleteRequest(path: string, version = -1) {
  return { path, version };
}

/** @returns the path that the node got */
export async function createNode(session: RawSession, path: string, options: CreateOptions = {}): Promise<string> {
  return (await session.ok('create', createRequest(path, options))).path ?? '';
}

/** @returns null when there is no such node */
export async function exists(session: RawSession, path: string, watch = false): Promise<Stat | null> {
  const { err, response } = await session.call('exists', { path, watch });
  if (err === -101) return null;
  if (!response) throw new Error(`exists ${path} failed with ${err}`);
  return response.stat;
}

/** The stat of a node that is there. */
export async function statOf(session: RawSession, path: string): Promise<Stat> {
  const stat = await exists(session, path);
  if (!stat) throw new Error(`there is no ${path}`);
  return stat;
}

/** @returns the node's new stat */
export async function setData(session: RawSession, path: string, data: string, version = -1): Promise<Stat> {
  return (await session.ok('setData', setDataRequest(path, data, version))).stat;
}

export async function deleteNode(session: RawSession, path: string, version = -1): Promise<void> {
  await session.ok('delete', deleteRequest(path, version));
}
