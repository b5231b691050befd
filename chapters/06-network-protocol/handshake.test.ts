import { Buffer } from 'node:buffer';
import { describe, expect, test } from 'vitest';
import { ArchiveError, BinaryInputArchive, BinaryOutputArchive } from '#04-serialization/binary-archive.js';
import { ConnectRequest, type ConnectResponse } from '#05-jute/records/proto.js';
import { readConnectRequest, readConnectResponse, writeConnectResponse } from '#06-network-protocol/handshake.js';
import { sessionId, zxid } from '#06-network-protocol/ids.js';
import { proves } from '#testing/proves.js';

const request: ConnectRequest = {
  protocolVersion: 0,
  lastZxidSeen: zxid(0x500000007n),
  timeOut: 30_000,
  sessionId: sessionId(0x1000_0000_0000_0001n),
  passwd: Buffer.alloc(16, 7),
  readOnly: true,
};
const response: ConnectResponse = {
  protocolVersion: 0,
  timeOut: 20_000,
  sessionId: sessionId(0x1000_0000_0000_0001n),
  passwd: Buffer.alloc(16, 9),
  readOnly: true,
};

function requestBytes(): Buffer {
  const archive = new BinaryOutputArchive();
  ConnectRequest.write(archive, request);
  return archive.bytes();
}

function responseBytes(knowsReadOnly: boolean): Buffer {
  const archive = new BinaryOutputArchive();
  writeConnectResponse(archive, response, knowsReadOnly);
  return archive.bytes();
}

describe('the request', () => {
  test('with the last byte', () => {
    expect(requestBytes()).toHaveLength(45);
    expect(readConnectRequest(new BinaryInputArchive(requestBytes()))).toEqual({ request, knowsReadOnly: true });
    proves('HS-1');
  });

  test('of an old client, without it', () => {
    const archive = new BinaryInputArchive(requestBytes().subarray(0, -1));
    expect(readConnectRequest(archive)).toEqual({ request: { ...request, readOnly: false }, knowsReadOnly: false });
    proves('HS-1');
  });

  test('cut short is an error', () => {
    const archive = new BinaryInputArchive(requestBytes().subarray(0, -2));
    expect(() => readConnectRequest(archive)).toThrow(ArchiveError);
  });
});

describe('the answer', () => {
  test('to who sent the last byte has it too', () => {
    expect(responseBytes(true)).toHaveLength(37);
    expect(readConnectResponse(new BinaryInputArchive(responseBytes(true)))).toEqual(response);
    proves('HS-2');
  });

  test('to an old client ends before it', () => {
    expect(responseBytes(false)).toHaveLength(36);
    const expected = { ...response, readOnly: false };
    expect(readConnectResponse(new BinaryInputArchive(responseBytes(false)))).toEqual(expected);
    proves('HS-2');
  });

  test('cut short is an error', () => {
    const archive = new BinaryInputArchive(responseBytes(false).subarray(0, -1));
    expect(() => readConnectResponse(archive)).toThrow(ArchiveError);
  });
});
