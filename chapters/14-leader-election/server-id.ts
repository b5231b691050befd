/** The number that tells one server of an ensemble from another. */

declare const brand: unique symbol;

/** The N of `server.N`, and what a server's `myid` file says. A 64-bit number on the wire; in messages, short, `sid`. */
export type ServerId = bigint & { readonly [brand]: 'ServerId' };

export const serverId = (value: bigint): ServerId => value as ServerId;
