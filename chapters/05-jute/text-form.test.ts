/**
 * The expected lines are what Apache's `toString()` gives for the same records.
 */
import { Buffer } from 'node:buffer';
import { describe, expect, it } from 'vitest';
import type { FieldType, RecordType } from '#04-serialization/record-type.js';
import { ACL, Stat } from '#05-jute/records/data.js';
import { CreateRequest, GetChildrenResponse, SetDataRequest, WhoAmIResponse } from '#05-jute/records/proto.js';
import { TxnHeader } from '#05-jute/records/txn.js';
import { textForm } from '#05-jute/text-form.js';
import { sessionId, zxid } from '#06-network-protocol/ids.js';
import { proves } from '#testing/proves.js';

/** The text of one value in a record of one field. */
function textOf(type: FieldType, value: unknown): string {
  const fields = [{ name: 'value', type }];
  const line = textForm({ name: 'One', fields } as unknown as RecordType<unknown>, { value });
  expect(line.endsWith('\n')).toBe(true);
  return line.slice(0, -1);
}

describe('the text of a record (JU-07)', () => {
  it('is its fields with commas, and a line feed', () => {
    const header: TxnHeader = { clientId: sessionId(-1n), cxid: 1, zxid: zxid(2n ** 63n - 1n), time: 4, type: -10 };
    expect(textForm(TxnHeader, header)).toBe('-1,1,9223372036854775807,4,-10\n');
  });

  it('has a record inside it in braces', () => {
    expect(textForm(ACL, { perms: 31, id: { scheme: 'world', id: 'anyone' } })).toBe("31,s{'world,'anyone}\n");
  });

  it('has the records of a vector in braces', () => {
    const clientInfo = [
      { authScheme: 'ip', user: '::1' },
      { authScheme: 'digest', user: null },
    ];
    expect(textForm(WhoAmIResponse, { clientInfo })).toBe("v{s{'ip,'::1},s{'digest,}}\n");
  });

  it('shows null and empty alike, except for strings', () => {
    expect(textForm(CreateRequest, { path: null, data: null, acl: null, flags: 0 })).toBe(',,v{},0\n');
    expect(textForm(CreateRequest, { path: '', data: Buffer.alloc(0), acl: [], flags: 0 })).toBe("',,v{},0\n");
  });

  it('has strings of a vector one by one', () => {
    expect(textForm(GetChildrenResponse, { children: ['a', null, ''] })).toBe("v{'a,,'}\n");
  });

  it('escapes what would be taken for a sign of its own', () => {
    proves('JU-07');
    const path = '\0\n\r,}%{\t é😀';
    expect(textForm(SetDataRequest, { path, data: null, version: 0 })).toBe("'%00%0A%0D%2C%7D%25{\t é😀,,0\n");
  });

  it('writes bytes without zeros before them, and those above 127 as negative numbers', () => {
    const data = Buffer.from([0x00, 0x0f, 0x10, 0x7f, 0x80, 0xff]);
    expect(textForm(SetDataRequest, { path: null, data, version: 0 })).toBe(',#0f107fffffff80ffffffff,0\n');
  });

  it('has all of a Stat', () => {
    const stat: Stat = {
      czxid: zxid(1n),
      mzxid: zxid(2n),
      ctime: 1_700_000_000_000,
      mtime: 0,
      version: 5,
      cversion: 6,
      aversion: 7,
      ephemeralOwner: sessionId(0x0100_0000_0000_0000n),
      dataLength: 9,
      numChildren: 10,
      pzxid: zxid(11n),
    };
    expect(textForm(Stat, stat)).toBe('1,2,1700000000000,0,5,6,7,72057594037927936,9,10,11\n');
  });
});

describe('the text of types that ZooKeeper does not use', () => {
  it('is T and F for a boolean, a decimal for a byte', () => {
    expect([textOf('boolean', true), textOf('boolean', false), textOf('byte', -128)]).toEqual(['T', 'F', '-128']);
  });

  it('is a map by the order of its keys', () => {
    const map = new Map([
      ['b', 1],
      ['a', 2],
    ]);
    expect(textOf({ map: ['ustring', 'int'] }, map)).toBe("m{'a,2,'b,1}");
    expect(textOf({ map: ['ustring', 'int'] }, new Map())).toBe('m{}');
  });

  it.each([
    [0, '0.0'],
    [-0, '-0.0'],
    [1, '1.0'],
    [-12.44, '-12.44'],
    [0.001, '0.001'],
    [0.00012, '1.2E-4'],
    [9_999_999, '9999999.0'],
    [10_000_000, '1.0E7'],
    [-1.5e300, '-1.5E300'],
    [Number.MIN_VALUE, '4.9E-324'],
    [Number.NaN, 'NaN'],
    [Number.NEGATIVE_INFINITY, '-Infinity'],
  ])('is %d for a double as Java prints it', (value, expected) => {
    expect(textOf('double', value)).toBe(expected);
  });

  it('is for a float the double that it stands for', () => {
    expect(textOf('float', 0.1)).toBe('0.10000000149011612');
  });
});
