/**
 * What happens in a simulated run, told as a list. The list is the same for the same seed, to the last byte: it is
 * what transcripts, diagrams and checkers are made of.
 */
import type { Buffer } from 'node:buffer';

export type SimulationEvent = { readonly atMs: number } & SimulationEventDetails;

/** Machines go by their names; connections by a number that counts from 1 in the whole simulation. */
export type SimulationEventDetails =
  | NetworkEvent
  | DiskEvent
  | MachineEvent
  | {
      readonly kind: 'log';
      readonly machine: string;
      readonly level: 'info' | 'warn' | 'error';
      readonly message: string;
      /** Name and message of what caused it, without the stack; null when none was given. */
      readonly cause: string | null;
    };

export type NetworkEvent =
  | { readonly kind: 'listen'; readonly machine: string; readonly port: number }
  /** `from` asks for a connection; `open` or `refused` follows. */
  | ({ readonly kind: 'connect' | 'refused'; readonly port: number } & Link)
  /** `to` has accepted it. */
  | ({ readonly kind: 'open'; readonly port: number } & Link)
  /** Bytes left `from`, as they were written … */
  | ({ readonly kind: 'send'; readonly bytes: Buffer } & Link)
  /** … and reached `to`, in pieces of another size. */
  | ({ readonly kind: 'data'; readonly bytes: Buffer } & Link)
  /** A machine learns that a connection is gone; `error` is the code, null when it was closed in good order. */
  | { readonly kind: 'close'; readonly connection: number; readonly machine: string; readonly error: string | null }
  /** A connection was broken by a fault. */
  | ({ readonly kind: 'break' } & Link)
  /** Nothing gets from one machine to the other, until it is healed. */
  | { readonly kind: 'partition' | 'heal'; readonly from: string; readonly to: string };

interface Link {
  readonly connection: number;
  readonly from: string;
  readonly to: string;
}

export type DiskEvent =
  | {
      readonly kind: 'write';
      readonly machine: string;
      readonly path: string;
      readonly positionBytes: number;
      readonly sizeBytes: number;
    }
  | { readonly kind: 'truncate'; readonly machine: string; readonly path: string; readonly sizeBytes: number }
  /** A file or a folder was synced; `error` is the code of a failure. */
  | { readonly kind: 'sync'; readonly machine: string; readonly path: string; readonly error: string | null }
  /** Something else failed because the disk is full or a test has asked for it; `error` is the code. */
  | {
      readonly kind: 'fault';
      readonly machine: string;
      readonly path: string;
      readonly action: string;
      readonly error: string;
    }
  | { readonly kind: 'create' | 'remove' | 'make-directory'; readonly machine: string; readonly path: string }
  | { readonly kind: 'rename'; readonly machine: string; readonly path: string; readonly to: string };

export type MachineEvent =
  | { readonly kind: 'crash' | 'kill' | 'restart'; readonly machine: string }
  | { readonly kind: 'freeze'; readonly machine: string; readonly forMs: number }
  | { readonly kind: 'wall-clock'; readonly machine: string; readonly byMs: number };
