/**
 * What the program `zoowalk` tells the shell at its end; the same as Apache ZooKeeper's server.
 *
 * @apache server.ExitCode
 */
export const ExitCode = {
  /** It was told to stop, and did. */
  finished: 0,
  /** Anything that is not below, such as a port that is taken. */
  unexpected: 1,
  /** A wrong command line or configuration. */
  invalidInvocation: 2,
  /** A data folder that can't be used. */
  dataDirectory: 3,
  /** A port for votes that other servers can't reach it by. */
  quorumPort: 14,
} as const;
