import { Buffer } from 'node:buffer';
import { describe, expect, test } from 'vitest';
import { BinaryInputArchive } from '#04-serialization/binary-archive.js';
import { GetDataRequest, RequestHeader, SetDataRequest } from '#05-jute/records/proto.js';
import { OpCode } from '#06-network-protocol/opcodes.js';
import { RequestRing, requestTemplate } from './request-ring.js';

const get = (path: string) => requestTemplate(OpCode.getData, GetDataRequest, { path, watch: false });

describe('RequestRing', () => {
  test('requests come in the order of the templates, numbered from 1, through many rounds of the ring', () => {
    const ring = new RequestRing([get('/a'), get('/longer'), get('/b')], 1);
    const requests = takeInPieces(ring, 1000, 7);
    expect(requests.map(({ xid }) => xid)).toEqual(Array.from({ length: 1000 }, (_, i) => i + 1));
    expect(requests.map(({ path }) => path)).toEqual(
      Array.from({ length: 1000 }, (_, i) => ['/a', '/longer', '/b'][i % 3]),
    );
    expect(ring.count).toBe(1000);
  });

  test('the xid of a reply can be told from its number', () => {
    const ring = new RequestRing([get('/a'), get('/b')], 4);
    const requests = takeInPieces(ring, 500, 3);
    expect(requests.every(({ xid }, number) => xid === ring.xidOf(number))).toBe(true);
  });

  test('each run of # becomes the last digits of the number', () => {
    const ring = new RequestRing([get('/p/##/x-####')], 1);
    const paths = takeInPieces(ring, 1235, 10).map(({ path }) => path);
    expect(paths[0]).toBe('/p/00/x-0000');
    expect(paths[7]).toBe('/p/07/x-0007');
    expect(paths[1234]).toBe('/p/34/x-1234');
  });

  test('a # outside the path stays', () => {
    const value = { path: '/p/#', data: Buffer.from('##'), version: 35 };
    const template = requestTemplate(OpCode.setData, SetDataRequest, value);
    const ring = new RequestRing([template], 1);
    ring.take(9);
    const archive = new BinaryInputArchive(ring.first, 8 * template.frame.length + 12);
    expect(SetDataRequest.read(archive)).toEqual({ ...value, path: '/p/8' });
  });

  test('no request is touched while it may still wait in the socket', () => {
    const outstanding = 200;
    const ring = new RequestRing([get('/p/########')], outstanding);
    const waiting: { slice: Buffer; copy: Buffer }[] = [];
    for (let i = 0; i < 1000; i++) {
      // The n oldest are answered, and n new ones sent, n from 1 to all.
      const count = 1 + (i % outstanding);
      waiting.splice(0, Math.max(0, waiting.length - outstanding + count));
      for (let one = 0; one < count; one++) {
        ring.take(1);
        waiting.push({ slice: ring.first, copy: Buffer.from(ring.first) });
      }
      expect(waiting.every(({ slice, copy }) => slice.equals(copy))).toBe(true);
    }
  });
});

function takeInPieces(ring: RequestRing, total: number, piece: number): { xid: number; path: string | null }[] {
  const bytes: Buffer[] = [];
  for (let left = total; left > 0; left -= piece) {
    ring.take(Math.min(piece, left));
    bytes.push(Buffer.from(ring.first));
    if (ring.second) bytes.push(Buffer.from(ring.second));
  }
  const archive = new BinaryInputArchive(Buffer.concat(bytes));
  const requests = [];
  while (archive.remainingBytes > 0) {
    const end = archive.readInt() + archive.position;
    const { xid, type } = RequestHeader.read(archive);
    expect(type).toBe(OpCode.getData);
    requests.push({ xid, path: GetDataRequest.read(archive).path });
    expect(archive.position).toBe(end);
  }
  return requests;
}
