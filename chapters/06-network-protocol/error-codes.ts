/**
 * How a request went, as the number in the header of its reply.
 *
 * @apache KeeperException.Code
 */
export const ErrorCode = {
  OK: 0,
  SystemError: -1,
  RuntimeInconsistency: -2,
  DataInconsistency: -3,
  ConnectionLoss: -4,
  MarshallingError: -5,
  Unimplemented: -6,
  OperationTimeout: -7,
  BadArguments: -8,
  UnknownSession: -12,
  NewConfigNoQuorum: -13,
  ReconfigInProgress: -14,
  APIError: -100,
  NoNode: -101,
  NoAuth: -102,
  BadVersion: -103,
  NoChildrenForEphemerals: -108,
  NodeExists: -110,
  NotEmpty: -111,
  SessionExpired: -112,
  InvalidCallback: -113,
  InvalidACL: -114,
  AuthFailed: -115,
  SessionMoved: -118,
  NotReadOnly: -119,
  EphemeralOnLocalSession: -120,
  NoWatcher: -121,
  RequestTimeout: -122,
  ReconfigDisabled: -123,
  SessionClosedRequireSaslAuth: -124,
  QuotaExceeded: -125,
  ThrottledOp: -127,
} as const;

export type ErrorCode = (typeof ErrorCode)[keyof typeof ErrorCode];

const names = new Map<number, string>(Object.entries(ErrorCode).map(([name, code]) => [code, name]));

/** The name of an error code, for people. Unknown ones are shown as their number. */
export const errorCodeName = (code: number): string => names.get(code) ?? `error ${code}`;

/**
 * A request that failed, with the code that goes into its reply. Such failures are ordinary (a node is not there, a
 * version is not the one expected), so on the server there is one object per code: throwing it costs no stack trace.
 */
export class KeeperException extends Error {
  override readonly name = 'KeeperException';
  readonly code: ErrorCode;
  /** The path it is about, where the thrower knows it. */
  readonly path: string | undefined;

  constructor(code: ErrorCode, path?: string) {
    super(path === undefined ? errorCodeName(code) : `${errorCodeName(code)} for ${path}`);
    this.code = code;
    this.path = path;
  }

  private static readonly shared = new Map<ErrorCode, KeeperException>();

  /** The one shared exception of a code. */
  static of(code: ErrorCode): KeeperException {
    let exception = KeeperException.shared.get(code);
    if (!exception) {
      exception = new KeeperException(code);
      KeeperException.shared.set(code, exception);
    }
    return exception;
  }
}
