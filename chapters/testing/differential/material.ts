/** What the requests of a differential run are made of. */
import { digestOf } from '#03-acl/auth-providers.js';
import type { ACL } from '#05-jute/records/data.js';

/** Made first of all, so that much of what is asked for is there. */
export const firstPaths: readonly string[] = ['~', '~/a', '~/b', '~/a/x', '~/ä'];

/** The node of the sequence, and what may be below it. */
export const hotPaths: readonly string[] = [
  '~',
  ...['~/a', '~/a/x', '~/a/y', '~/a/x/1', '~/a/x/2', '~/b', '~/b/x', '~/b/x/1', '~/c', '~/c/x', '~/d', '~/ä/木'],
  ...['~/ä', '~/a/x0000000000', '~/a/0000000000', '~/a/0000000001', '~/b/x0000000001'],
];

/** Paths that are wrong, or that are none of the sequence's. */
export const oddPaths: readonly (string | null)[] = [
  ...[null, '', '/', 'a', '~/', '//', '~//x', '~/.', '~/..', '~/a/../b', '~/a/.', '~/...', '~/a b'],
  ...['~/\0', '~/a\u0001', '~/\u007f', '~/\u009f', '~/\ud800', '~/\uf8ff', '~/\ufff0', '~/\uffef', '~/a/x/y/z'],
  ...['/zookeeper', '/zookeeper/config', '/zookeeper/quota', '/zookeeper/nothing'],
];

export const prefixes: readonly (string | null)[] = ['/', '~', '~/a', '~/a/', '~/b/x', '', ' ', '~/nothing', null];

const digest = (user: string, perms: number): ACL => ({
  perms,
  id: { scheme: 'digest', id: digestOf(`${user}:password of ${user}`) },
});
const of = (scheme: string | null, id: string | null, perms: number): ACL => ({ perms, id: { scheme, id } });

/** Lists besides the open one: such that somebody can do something, nobody can, and such that there can't be. */
export const acls: readonly (ACL[] | null)[] = [
  [of('world', 'anyone', 1)],
  [of('world', 'anyone', 1 | 2), digest('ann', 31)],
  [of('world', 'anyone', 4 | 8 | 16)],
  [digest('ann', 31)],
  [digest('bob', 1 | 4), of('world', 'anyone', 2 | 16)],
  [of('auth', '', 31)],
  [of('auth', 'ignored', 15), of('world', 'anyone', 16)],
  [of('ip', '127.0.0.1', 31)],
  [of('ip', '127.0.0.0/8', 31), of('ip', '10.0.0.1', 1)],
  [of('world', 'anyone', 31), of('world', 'anyone', 31), digest('bob', 1)],
  [of('world', 'anyone', 0), digest('ann', 31)],
  [of('world', 'anyone', 63)],
  [of('world', 'anybody', 31)],
  [of('nothing', 'x', 31)],
  [of('digest', 'without a colon', 31)],
  [of('digest', 'a:b:c', 31), of('world', 'anyone', 31)],
  [of('ip', '300.1.1.1', 31)],
  [of('ip', '127.0.0.1/33', 31)],
  [of('super', 'x', 31)],
  [of('', '', 31)],
  [of(null, 'anyone', 31)],
  [of('world', null, 31)],
  [],
  null,
];

/** What an auth packet may say. */
export const identities: readonly { scheme: string | null; auth: string }[] = [
  { scheme: 'digest', auth: 'ann:password of ann' },
  { scheme: 'digest', auth: 'ann:password of ann' },
  { scheme: 'digest', auth: 'bob:password of bob' },
  { scheme: 'digest', auth: 'bob:password of bob' },
  { scheme: 'digest', auth: 'bob:wrong' },
  { scheme: 'digest', auth: 'no colon' },
  { scheme: 'digest', auth: '' },
  { scheme: 'ip', auth: '' },
  { scheme: 'nothing', auth: 'x' },
  { scheme: null, auth: 'x' },
];
