/**
 * A session's password is computed from its number, so that every server knows it without being told. It keeps clients
 * from taking over each other's sessions by accident, not by intent: who knows the number can compute it.
 *
 * It is what Java's `java.util.Random`, seeded with the number mixed with a constant, gives as its first 16 bytes.
 *
 * @apache server.ZooKeeperServer#generatePasswd
 */
import { Buffer } from 'node:buffer';
import { SESSION_PASSWORD_BYTES } from '#06-network-protocol/handshake.js';
import { NO_SESSION, type SessionId } from '#06-network-protocol/ids.js';

const SESSION_SALT = 0xb3415c00n;

// The linear congruential generator of java.util.Random, as its documentation gives it.
const MULTIPLIER = 0x5deece66dn;
const INCREMENT = 0xbn;
const STATE_BITS = 48;

export function sessionPassword(id: SessionId): Buffer {
  const password = Buffer.alloc(SESSION_PASSWORD_BYTES);
  let state = BigInt.asUintN(STATE_BITS, id ^ SESSION_SALT ^ MULTIPLIER);
  for (let at = 0; at < SESSION_PASSWORD_BYTES; at += 4) {
    state = BigInt.asUintN(STATE_BITS, state * MULTIPLIER + INCREMENT);
    password.writeInt32LE(Number(BigInt.asIntN(32, state >> 16n)), at);
  }
  return password;
}

/** Whether a client that wants this session back knows its password. There is no session 0. */
export function isSessionPassword(id: SessionId, password: Buffer | null): boolean {
  return id !== NO_SESSION && password !== null && sessionPassword(id).equals(password);
}
