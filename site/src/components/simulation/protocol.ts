/** What the page and the worker say to each other. */
import type { Action } from '@chapters/07-standalone-startup/scenarios/doings.js';
import type { RunOptions } from '@chapters/07-standalone-startup/scenarios/stepped-run.js';
import type { ElectionAction } from '@chapters/15-fast-leader-election/scenarios/election-run.js';
import type { ShownElection, ShownRun } from './worker';

export type Question =
  | { readonly id: number; readonly kind: 'run'; readonly scenario: string; readonly options: RunOptions<Action> }
  | {
      readonly id: number;
      readonly kind: 'election';
      readonly scenario: string;
      readonly options: RunOptions<ElectionAction>;
    }
  | {
      readonly id: number;
      readonly kind: 'count';
      readonly scenario: string;
      /** From 0 up to, not including. */
      readonly seeds: number;
      readonly choices: Readonly<Record<string, string>>;
    };

export type Answer =
  | { readonly id: number; readonly kind: 'run'; readonly run: ShownRun }
  | { readonly id: number; readonly kind: 'election'; readonly run: ShownElection }
  | { readonly id: number; readonly kind: 'count'; readonly counts: readonly (readonly [string, number])[] }
  | { readonly id: number; readonly kind: 'failure'; readonly message: string };
