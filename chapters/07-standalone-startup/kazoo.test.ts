/** kazoo, the Python client, with a server that is a process of its own: the same with Apache's server and ours. */
import { expect, test } from 'vitest';
import { runKazoo } from '#testing/kazoo.node.js';
import { peers } from '#testing/peers.node.js';
import { proves } from '#testing/proves.js';
import { describeServerProcesses } from '#testing/server-processes.js';
import { describeWithPeers, startedOnce } from '#testing/servers.js';

describeWithPeers([peers.kazoo], 'the Python client', () => {
  describeServerProcesses('kazoo with', (server) => {
    const running = startedOnce(server);

    /** Runs a program that prints what it has put into `out`, as JSON. */
    async function kazoo(program: string): Promise<Record<string, unknown>> {
      const { stdout } = await runKazoo(running.port, `${KAZOO_HELPERS}\n${program}\nprint(json.dumps(out))`);
      return JSON.parse(stdout);
    }

    test('creates nodes of every kind, and shows their stats', async () => {
      const out = await kazoo(`
out['created'] = [client.create('/made', b'v1'), client.create('/made/a/b', b'deep', makepath=True),
  client.create('/made/n-', b'x', sequence=True), client.create('/made/e', b'', ephemeral=True),
  client.create('/made/es-', b'', ephemeral=True, sequence=True)]
path, made = client.create('/made/with', b'data', include_data=True)
out['with'] = [path, stat(made)]
data, found = client.get('/made')
out['got'] = [data.decode(), stat(found)]
out['mine'] = stat(client.exists('/made/e'))
out['none'] = client.exists('/none')
out['children'] = sorted(client.get_children('/made'))
out['with stat'] = client.get_children('/made', include_data=True)[1] == found
out['big'] = len(client.get(client.create('/made/big', b'x' * 1000000))[0])`);
      const fresh = { version: 0, cversion: 0, aversion: 0, length: 0, children: 0, mine: false };
      expect(out).toEqual({
        created: ['/made', '/made/a/b', '/made/n-0000000001', '/made/e', '/made/es-0000000003'],
        with: ['/made/with', { ...fresh, length: 4 }],
        got: ['v1', { ...fresh, cversion: 5, length: 2, children: 5 }],
        mine: { ...fresh, mine: true },
        none: null,
        children: ['a', 'e', 'es-0000000003', 'n-0000000001', 'with'],
        'with stat': true,
        big: 1_000_000,
      });
      proves('OP-02', 'OP-04', 'OP-05', 'OP-09', 'OP-12', 'OP-15', 'CM-2', 'CM-3', 'CM-4', 'ST-6', 'ST-9', 'ST-10');
    });

    test('is told what was wrong', async () => {
      const out = await kazoo(`
client.create('/wrong', b'v1'); client.create('/wrong/e', ephemeral=True)
out['set'] = stat(client.set('/wrong', b'v2', version=0))
out['errors'] = [error(client.set, '/wrong', b'v3', version=0), error(client.get, '/none'),
  error(client.create, '/wrong'), error(client.create, '/no/where'), error(client.create, '/wrong/e/kid'),
  error(client.delete, '/wrong'), error(client.delete, '/wrong', version=9)]
client.delete('/wrong', recursive=True)
out['left'] = client.exists('/wrong')`);
      expect(out).toEqual({
        set: { version: 1, cversion: 1, aversion: 0, length: 2, children: 1, mine: false },
        errors: [
          'BadVersionError',
          'NoNodeError',
          'NodeExistsError',
          'NoNodeError',
          'NoChildrenForEphemeralsError',
          'NotEmptyError',
          'BadVersionError',
        ],
        left: null,
      });
      proves('ER-14', 'ER-16', 'ER-17', 'ER-18', 'ER-19');
    });

    test('sees the events of its watches', async () => {
      const out = await kazoo(`
seen = out['events'] = []
happened = threading.Event()
def watch(event):
    seen.append([event.type, event.state, event.path])
    happened.set()
def after(change):
    change()
    assert happened.wait(60)
    happened.clear()
client.create('/watched', b'v1')
client.get('/watched', watch=watch); after(lambda: client.set('/watched', b'v2'))
client.get_children('/watched', watch=watch); after(lambda: client.create('/watched/new'))
client.exists('/watched/later', watch=watch); after(lambda: client.create('/watched/later'))
client.exists('/watched/later', watch=watch); after(lambda: client.delete('/watched/later'))`);
      expect(out).toEqual({
        events: [
          ['CHANGED', 'CONNECTED', '/watched'],
          ['CHILD', 'CONNECTED', '/watched'],
          ['CREATED', 'CONNECTED', '/watched/later'],
          ['DELETED', 'CONNECTED', '/watched/later'],
        ],
      });
      proves('WM-2');
    });

    test('commits transactions, or sees why one was not', async () => {
      const out = await kazoo(`
client.create('/multi', b'v1'); client.create('/multi/old')
steps = client.transaction()
steps.check('/multi', 0); steps.create('/multi/t', b'1'); steps.set_data('/multi/t', b'22', version=0)
steps.create('/multi/t/s-', b'', sequence=True); steps.delete('/multi/old')
out['done'] = [result if isinstance(result, (str, bool)) else stat(result) for result in steps.commit()]
steps = client.transaction()
steps.create('/multi/u'); steps.check('/multi', 99); steps.delete('/multi/t')
out['refused'] = [type(result).__name__ for result in steps.commit()]
out['left'] = [sorted(client.get_children('/multi')), client.get_children('/multi/t')]`);
      expect(out).toEqual({
        done: [
          true,
          '/multi/t',
          { version: 1, cversion: 0, aversion: 0, length: 2, children: 0, mine: false },
          '/multi/t/s-0000000000',
          true,
        ],
        refused: ['RolledBackError', 'BadVersionError', 'RuntimeInconsistency'],
        left: [['t'], ['s-0000000000']],
      });
      proves('OP-14', 'MU-6');
    });

    test('gets and sets ACLs', async () => {
      const out = await kazoo(`
client.create('/acl')
everything = make_acl('world', 'anyone', all=True)
def show():
    acls, found = client.get_acls('/acl')
    return [[[acl.perms, acl.id.scheme, acl.id.id] for acl in acls], found.aversion]
out['shown'] = [show()]
client.set_acls('/acl', [make_acl('world', 'anyone', read=True, admin=True)], version=0)
out['shown'].append(show())
out['errors'] = [error(client.set_acls, '/acl', [everything], version=0), error(client.set, '/acl', b'x'),
  error(client.create, '/acl/kid'), error(client.set_acls, '/acl', [make_acl('nobody', 'knows', all=True)])]`);
      expect(out).toEqual({
        shown: [
          [[[31, 'world', 'anyone']], 0],
          [[[17, 'world', 'anyone']], 1],
        ],
        errors: ['BadVersionError', 'NoAuthError', 'NoAuthError', 'InvalidACLError'],
      });
      proves('OP-07', 'OP-08', 'AL-01', 'AL-14', 'SC-1', 'ER-15', 'ER-16', 'ER-22', 'ST-4');
    });

    test('asks the server with four-letter words, and syncs', async () => {
      const out = await kazoo(`
out['ruok'] = client.command(b'ruok')
out['version'] = list(client.server_version())
out['stat'] = 'Mode: standalone' in client.command(b'stat')
out['synced'] = client.sync('/whatever')`);
      const version = server.name === 'apache' ? server.version : '3.9.4';
      expect(out).toEqual({
        ruok: 'imok',
        version: version.split('.').map(Number),
        stat: true,
        synced: '/whatever',
      });
      proves('FL-09', 'OP-10');
    });

    test('its recipes work: lock, counter, queue, watchers', async () => {
      const out = await kazoo(`
lock, other, got = client.Lock('/recipes/lock', 'first'), client.Lock('/recipes/lock', 'second'), []
with lock:
    out['busy'] = [lock.contenders(), other.acquire(blocking=False)]
    waiter = threading.Thread(target=lambda: got.append(other.acquire(timeout=60)))
    waiter.start()
    queued = threading.Event()
    @client.ChildrenWatch('/recipes/lock')
    def changed(children):
        if len(children) == 2: queued.set()
    assert queued.wait(60)
waiter.join(60)
out['handed over'] = got + [other.contenders()]
other.release()
counter = client.Counter('/recipes/counter'); counter += 5; counter -= 7
out['counter'] = counter.value
queue = client.Queue('/recipes/queue'); queue.put(b'one'); queue.put(b'two')
out['queue'] = [queue.get().decode(), queue.get().decode(), queue.get()]`);
      expect(out).toEqual({
        busy: [['first'], false],
        'handed over': [true, ['second']],
        counter: -2,
        queue: ['one', 'two', null],
      });
    });
  });
});

const KAZOO_HELPERS = `
import json, threading
from kazoo.security import make_acl
out = {}
def error(call, *args, **named):
    try:
        return repr(call(*args, **named))
    except Exception as failure:
        return type(failure).__name__
def stat(of):
    assert of.ctime > 1600000000000 and of.mtime >= of.ctime and of.mzxid >= of.czxid > 0 and of.pzxid >= of.czxid
    return {'version': of.version, 'cversion': of.cversion, 'aversion': of.aversion, 'length': of.data_length,
            'children': of.numChildren, 'mine': of.ephemeralOwner == client.client_id[0]}
`;
