/**
 * Reads a CreateRequest as its record does, with a short cut: nearly everybody asks for the open list, which is then
 * known by its bytes, and not taken apart.
 */
import { type BinaryInputArchive, BinaryOutputArchive } from '#04-serialization/binary-archive.js';
import { ACL } from '#05-jute/records/data.js';
import type { CreateRequest } from '#05-jute/records/proto.js';
import { OPEN_ACL_UNSAFE } from '#06-network-protocol/acls.js';

/** @throws {ArchiveError} the bytes are no such record */
export function readCreateRequest(archive: BinaryInputArchive): CreateRequest {
  return { path: archive.readString(), data: archive.readBuffer(), acl: readAcl(archive), flags: archive.readInt() };
}

function readAcl(archive: BinaryInputArchive): ACL[] | null {
  return archive.skipIfNext(OPEN_BYTES) ? OPEN : archive.readVector(ACL.read);
}

/** One for all: nobody changes a list that came with a request. */
const OPEN: ACL[] = [...OPEN_ACL_UNSAFE];

const OPEN_BYTES = encoded(OPEN);

function encoded(acl: readonly ACL[]): Uint8Array {
  const archive = new BinaryOutputArchive(64);
  archive.writeVector(acl, (to, entry) => ACL.write(to, entry));
  return Uint8Array.from(archive.bytes());
}
