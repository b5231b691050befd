/**
 * A client numbers its requests 1, 2, 3 …, and finds the number again in each reply. These few are not numbers of
 * requests: they mark what a packet is.
 *
 * @apache ClientCnxn
 */
export const Xid = {
  notification: -1,
  ping: -2,
  auth: -4,
  setWatches: -8,
} as const;
