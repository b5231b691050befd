import { describe, expect, test } from 'vitest';
import { InvalidArgumentError } from '#10-client-cnxn/client-errors.js';
import { parseConnectString } from '#10-client-cnxn/connect-string.js';
import { proves } from '#testing/proves.js';

const at = (host: string, port = 2181) => ({ host, port });

describe('a connect string', () => {
  test.each([
    ['localhost', [at('localhost')], ''],
    ['zk1:2182', [at('zk1', 2182)], ''],
    ['zk1,zk2:2182, zk3:2183', [at('zk1'), at('zk2', 2182), at('zk3', 2183)], ''],
    ['10.0.0.1:1,10.0.0.2:65535', [at('10.0.0.1', 1), at('10.0.0.2', 65_535)], ''],
    ['[::1]', [at('::1')], ''],
    ['[2001:db8::1]:2182,[::2]:2183/app', [at('2001:db8::1', 2182), at('::2', 2183)], '/app'],
    ['zk1/app/part', [at('zk1')], '/app/part'],
    ['zk1:2181/', [at('zk1')], ''],
  ])('%j', (text, addresses, chroot) => {
    expect(parseConnectString(text)).toEqual({ addresses, chroot });
    proves('CL-03');
  });

  test.each([
    ['', 'the name of a server is missing'],
    ['zk1,,zk2', 'the name of a server is missing'],
    [':2181', 'the name of a server is missing'],
    ['zk1:', '"" in "zk1:" is no port'],
    ['zk1:0', '"0" in "zk1:0" is no port'],
    ['zk1:65536', 'is no port'],
    ['zk1:2181x', 'is no port'],
    ['zk1:-1', 'is no port'],
    ['::1', 'an IPv6 address stands in brackets: [::1]:2181'],
    ['[::1', 'the brackets of "[::1" don\'t match'],
    ['[::1]2181', "don't match"],
    ['[::1]:x', 'is no port'],
    ['zk 1', '"zk 1" is no name of a server'],
    ['zk1//a', 'the chroot "//a" is no path: the name at 1 is empty'],
    ['zk1/a/', 'it ends with /'],
  ])('%j is wrong: %s', (text, message) => {
    const parse = () => parseConnectString(text);
    expect(parse).toThrow(InvalidArgumentError);
    expect(parse).toThrow(message);
    expect(parse).toThrow(`connect string "${text}"`);
  });
});
