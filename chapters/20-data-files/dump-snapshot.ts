/**
 * A snapshot as text: one line for each session, access control list and node.
 *
 * @apache server.SnapshotFormatter
 */
import type { ByteSource } from '#20-data-files/byte-source.js';
import { hexText, plainText, sizeText } from '#20-data-files/plain-text.js';
import { readSnapshot, type SnapshotSections } from '#20-data-files/snapshot-reader.js';

/**
 * @param source the file, unpacked
 * @param print gets one line after the other
 * @throws {SnapshotError} after the lines before the damage
 */
export function dumpSnapshot(source: ByteSource, print: (line: string) => void): void {
  let nodes = 0;
  let dataBytes = 0;
  const sections = readSnapshot(source, {
    session: (id, timeoutMs) => print(`session ${hexText(id)}  timeout ${timeoutMs} ms`),
    acl: (aclId, acl) => print(`acl ${aclId}  ${acl.map(plainText).join('; ')}`),
    node(path, data, aclId, stat) {
      nodes++;
      dataBytes += data?.length ?? 0;
      print(`${JSON.stringify(path)}  ${sizeText(data)}  acl ${aclId}  ${plainText(stat)}`);
    },
  });
  print(`${nodes === 1 ? '1 node' : `${nodes} nodes`} with ${dataBytes} bytes of data${sectionsText(sections)}`);
}

function sectionsText({ digest, lastProcessedZxid }: SnapshotSections): string {
  const parts: string[] = [];
  if (digest) parts.push(`; digest ${digest.version}:${hexText(digest.digest)} at ${hexText(digest.zxid)}`);
  if (lastProcessedZxid !== null) parts.push(`; last zxid ${hexText(lastProcessedZxid)}`);
  return parts.join('');
}
