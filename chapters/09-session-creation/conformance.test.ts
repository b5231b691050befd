/**
 * How a session begins, goes on and ends, as bytes on a bare connection, on our server and on Apache's.
 */
import { Buffer } from 'node:buffer';
import { expect, test } from 'vitest';
import { NO_SESSION, type SessionId, sessionId, zxid } from '#06-network-protocol/ids.js';
import { proves } from '#testing/proves.js';
import { connectRaw } from '#testing/raw-connection.node.js';
import { handshake, openSession } from '#testing/raw-session.node.js';
import { createNode, exists } from '#testing/requests.js';
import { describeServers, startedOnce } from '#testing/servers.js';

const nobodys = sessionId(0x1234n);

describeServers('the handshake', (server) => {
  const running = startedOnce(server, { config: { tickTime: '1000' } });

  test('a new session: 45 bytes there, 37 back', async () => {
    using connection = await connectRaw(running.port);
    connection.send(
      Buffer.from(
        `00000000 0000000000000000 00001388 0000000000000000 00000010 ${'00'.repeat(16)} 00`.replaceAll(' ', ''),
        'hex',
      ),
    );
    const response = await connection.receive();
    expect(response).toHaveLength(37);
    expect(response.readInt32BE(0), 'protocolVersion').toBe(0);
    expect(response.readInt32BE(4), 'timeOut').toBe(5000);
    expect(response.readBigInt64BE(8), 'sessionId').not.toBe(0n);
    expect(response.readInt32BE(16), 'length of passwd').toBe(16);
    expect(response.readUInt8(36), 'readOnly').toBe(0);
    proves('HS-1', 'HS-2', 'JR-06', 'JR-07');
  });

  test('a client without the readOnly byte is answered without it', async () => {
    using connection = await connectRaw(running.port);
    connection.send(
      Buffer.from(
        `00000000 0000000000000000 00001388 0000000000000000 00000010 ${'00'.repeat(16)}`.replaceAll(' ', ''),
        'hex',
      ),
    );
    expect(await connection.receive()).toHaveLength(36);
    proves('HS-1', 'HS-2');
  });

  const timeouts = [
    { asked: 1, agreed: 2000 },
    { asked: 1999, agreed: 2000 },
    { asked: 2000, agreed: 2000 },
    { asked: 7777, agreed: 7777 },
    { asked: 20_000, agreed: 20_000 },
    { asked: 20_001, agreed: 20_000 },
    { asked: 2_147_483_647, agreed: 20_000 },
    { asked: 0, agreed: 2000 },
    { asked: -5, agreed: 2000 },
  ];
  for (const { asked, agreed } of timeouts) {
    test(`a time-out of ${asked} ms becomes ${agreed} ms: 2 to 20 ticks of 1000 ms`, async () => {
      using session = await openSession(running.port, { timeoutMs: asked });
      expect(session.timeoutMs).toBe(agreed);
      proves('HS-5', 'SE-08');
    });
  }

  test('session ids count up, and carry the id of the server in their top byte', async () => {
    using first = await openSession(running.port);
    using second = await openSession(running.port);
    expect(second.id).toBe(first.id + 1n);
    // A standalone server is number 1 for this.
    expect(first.id >> 56n).toBe(1n);
    // It begins with a time in the bits above these sixteen, which count the few sessions of these tests.
    expect(first.id & 0xffffn).toBeLessThan(100n);
    proves('SE-01', 'SE-02');
  });

  test('the password follows from the session id', async () => {
    using session = await openSession(running.port);
    expect(session.password.toString('hex')).toBe(passwordOf(session.id).toString('hex'));
    proves('SE-06');
  });

  test('a client that has seen a later transaction is sent away without a word', async () => {
    using connection = await connectRaw(running.port);
    await expect(handshake(connection, { lastZxidSeen: zxid(1_000_000_000n) })).rejects.toThrow(
      'closed the connection; 0 bytes',
    );
    proves('HS-4');
  });

  test('a frame that is too short for a ConnectRequest ends the connection', async () => {
    using connection = await connectRaw(running.port);
    connection.send(Buffer.alloc(3));
    expect(await connection.receiveRest()).toHaveLength(0);
  });
});

describeServers('going on with a session', (server) => {
  const running = startedOnce(server, { config: { tickTime: '1000' } });

  test('id and password give the session back, on a new connection', async () => {
    using before = await openSession(running.port, { timeoutMs: 15_000 });
    await createNode(before, '/kept', { flags: 1 });
    before.connection.destroy();
    using after = await openSession(running.port, {
      timeoutMs: 15_000,
      sessionId: before.id,
      password: before.password,
    });
    expect(after.id).toBe(before.id);
    expect(after.password.equals(before.password)).toBe(true);
    expect((await exists(after, '/kept'))?.ephemeralOwner).toBe(before.id);
    await after.close();
    proves('SE-07');
  });

  test('the new connection may ask for another time-out', async () => {
    using before = await openSession(running.port, { timeoutMs: 15_000 });
    using after = await openSession(running.port, { timeoutMs: 4000, sessionId: before.id, password: before.password });
    expect(after.timeoutMs).toBe(4000);
    proves('SE-08');
  });

  test('who does not know the password does not end the connection of who does', async () => {
    using session = await openSession(running.port);
    using connection = await connectRaw(running.port);
    const answer = await handshake(connection, { sessionId: session.id, password: Buffer.alloc(16, 7) });
    expect(answer.timeOut).toBe(0);
    // Apache's server looks at the password only after that.
    if (server.name === 'zoowalk') expect((await session.call('ping', null)).err).toBe(0);
    else await session.connection.closed;
    proves('HS-6');
  });

  test('the earlier connection of the session is closed', async () => {
    using before = await openSession(running.port);
    using after = await openSession(running.port, { sessionId: before.id, password: before.password });
    await before.connection.closed;
    expect((await after.call('ping', null)).err).toBe(0);
    proves('HS-6');
  });

  const claims: { what: string; claim: (id: SessionId) => { sessionId: SessionId; password: Buffer } }[] = [
    { what: 'a wrong password', claim: (id) => ({ sessionId: id, password: Buffer.alloc(16, 7) }) },
    { what: 'a password of 16 zeros', claim: (id) => ({ sessionId: id, password: Buffer.alloc(16) }) },
    { what: 'a password that is too short', claim: (id) => ({ sessionId: id, password: Buffer.alloc(3) }) },
    { what: 'a session that nobody has', claim: () => ({ sessionId: nobodys, password: passwordOf(nobodys) }) },
  ];
  for (const { what, claim } of claims) {
    test(`${what}: the answer says expired, then the connection ends`, async () => {
      using session = await openSession(running.port);
      using connection = await connectRaw(running.port);
      const response = await handshake(connection, claim(session.id));
      expect(response).toMatchObject({ protocolVersion: 0, timeOut: 0, sessionId: NO_SESSION, readOnly: false });
      expect(response.passwd?.equals(Buffer.alloc(16))).toBe(true);
      expect(await connection.receiveRest()).toHaveLength(0);
      proves('HS-3', 'SE-07');
    });
  }
});

describeServers('the end of a session', (server) => {
  const running = startedOnce(server, { config: { tickTime: '100' } });

  test('closeSession is answered, then the connection ends, and the ephemeral nodes are gone', async () => {
    using watching = await openSession(running.port, { timeoutMs: 2000 });
    using closing = await openSession(running.port, { timeoutMs: 2000 });
    await createNode(closing, '/mine', { flags: 1 });
    const { err, zxid: closedAt } = await closing.call('closeSession', null);
    expect(err).toBe(0);
    expect(await closing.connection.receiveRest()).toHaveLength(0);
    expect(closedAt).toBeGreaterThan(0n);
    expect(await exists(watching, '/mine')).toBeNull();
    proves('CS-1', 'OP-32', 'FR-03');
  });

  test('a closed session can not be gone on with', async () => {
    using closing = await openSession(running.port);
    await closing.close();
    using connection = await connectRaw(running.port);
    expect((await handshake(connection, { sessionId: closing.id, password: closing.password })).timeOut).toBe(0);
    proves('HS-3', 'SE-11');
  });

  test('a session that says nothing expires: its connection ends, its ephemeral nodes go, their watchers hear of it', async () => {
    using watching = await openSession(running.port, { timeoutMs: 2000 });
    using silent = await openSession(running.port, { timeoutMs: 200 });
    await createNode(silent, '/silent', { flags: 1 });
    expect(await exists(watching, '/silent', true)).not.toBeNull();
    const pinging = keepAlive(() => watching.send('ping', null));
    const event = await watching.nextNotification().finally(() => clearInterval(pinging));
    expect(event).toMatchObject({ type: 2, state: 3, path: '/silent' });
    await silent.connection.closed;
    using connection = await connectRaw(running.port);
    expect((await handshake(connection, { sessionId: silent.id, password: silent.password })).timeOut).toBe(0);
    proves('SE-04', 'SE-11', 'HS-3', 'WM-3');
  });

  test('a session whose connection broke expires too', async () => {
    using watching = await openSession(running.port, { timeoutMs: 2000 });
    using broken = await openSession(running.port, { timeoutMs: 300 });
    await createNode(broken, '/broken', { flags: 1 });
    broken.connection.destroy();
    await exists(watching, '/broken', true);
    const pinging = keepAlive(() => watching.send('ping', null));
    const event = await watching.nextNotification().finally(() => clearInterval(pinging));
    expect(event).toMatchObject({ type: 2, path: '/broken' });
    proves('SE-04');
  });

  test('pings and other requests keep a session alive beyond its time-out', async () => {
    using other = await openSession(running.port, { timeoutMs: 200 });
    using pinging = await openSession(running.port, { timeoutMs: 200 });
    await createNode(pinging, '/alive', { flags: 1 });
    // The other session falls silent and expires: more than a time-out has gone by when its connection ends.
    const timer = keepAlive(() => pinging.send('ping', null));
    await other.connection.closed.finally(() => clearInterval(timer));
    expect((await pinging.connection.receive()).readInt32BE(0)).toBe(-2);
    proves('PI-1', 'XID-2', 'OP-11');
  });
});

/** Calls it every 50 ms: what keeps a session alive while a test waits for something to happen. */
function keepAlive(ping: () => void): NodeJS.Timeout {
  return setInterval(ping, 50);
}

/** The sixteen bytes that Java's Random gives when it starts with the session id and a constant that all servers know. */
function passwordOf(id: SessionId): Buffer {
  const mask = (1n << 48n) - 1n;
  let seed = (BigInt.asUintN(64, id ^ 0xb3415c00n) ^ 0x5deece66dn) & mask;
  const password = Buffer.alloc(16);
  for (let at = 0; at < 16; at += 4) {
    seed = (seed * 0x5deece66dn + 0xbn) & mask;
    password.writeUInt32LE(Number(seed >> 16n), at);
  }
  return password;
}
