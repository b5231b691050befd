import { describe, expect, test } from 'vitest';
import { Chroot } from '#10-client-cnxn/chroot.js';
import { proves } from '#testing/proves.js';

describe('a chroot', () => {
  const chroot = new Chroot('/app/x');

  test.each([
    ['/', '/app/x'],
    ['/a', '/app/x/a'],
    ['/a/b', '/app/x/a/b'],
  ])('%s of the client is %s of the server, and back', (client, server) => {
    expect(chroot.toServer(client)).toBe(server);
    expect(chroot.toClient(server)).toBe(client);
    proves('CL-04');
  });

  test.each(['/zookeeper/config', '/app', '/app/xy', '/'])('%s of the server does not lie below it', (path) => {
    expect(chroot.toClient(path)).toBe(path);
  });

  test('none changes nothing', () => {
    const none = new Chroot('');
    for (const path of ['/', '/a', '/a/b']) expect([none.toServer(path), none.toClient(path)]).toEqual([path, path]);
  });
});
