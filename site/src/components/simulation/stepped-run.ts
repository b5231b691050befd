/** A run that is stepped through, played, and made anew when the reader does something. Whatever it is a run of. */
import type { RunOptions } from '@chapters/07-standalone-startup/scenarios/stepped-run.js';
import { useCallback, useEffect, useState } from 'react';

/** What a run is made from. */
export type Inputs<Action> = Required<RunOptions<Action>>;

interface Stepped {
  readonly frames: readonly { readonly atMs: number; readonly entryCount: number }[];
}

export interface SteppedRunOptions<Run, Action> {
  readonly seed: number;
  readonly autoPlay: boolean;
  /** Makes a run; has to stay the same function as long as it makes the same. */
  readonly make: (inputs: Inputs<Action>) => Promise<Run>;
  /** Which frame is shown at first. */
  readonly beginning: (run: Run) => number;
}

export const END = Number.MAX_SAFE_INTEGER;
/** A step is so long, and shorter in a run that would take too long. */
const STEP_MS = 450;
const LONGEST_PLAY_MS = 20_000;

export function useSteppedRun<Run extends Stepped, Action>(options: SteppedRunOptions<Run, Action>) {
  const { seed: firstSeed, autoPlay, make, beginning } = options;
  const [inputs, setInputs] = useState<Inputs<Action>>({ seed: firstSeed, choices: {}, doings: [] });
  const [run, setRun] = useState<Run | null>(null);
  const [failure, setFailure] = useState<string | null>(null);
  const [cursor, setCursor] = useState(0);
  const [isPlaying, setPlaying] = useState(autoPlay);
  const [selected, setSelected] = useState<number | null>(null);

  /** Makes the run that the inputs give, and shows a frame of it; its last one when that is too far. */
  const show = useCallback(
    async (next: Inputs<Action>, frame: number | 'beginning'): Promise<Run | null> => {
      try {
        const made = await make(next);
        setInputs(next);
        setRun(made);
        setCursor(Math.min(frame === 'beginning' ? beginning(made) : frame, made.frames.length - 1));
        setSelected(null);
        setFailure(null);
        return made;
      } catch (error) {
        console.error(error);
        setFailure(error instanceof Error ? error.message : String(error));
        return null;
      }
    },
    [make, beginning],
  );

  useEffect(() => {
    void show({ seed: firstSeed, choices: {}, doings: [] }, 'beginning');
  }, [show, firstSeed]);

  const last = (run?.frames.length ?? 1) - 1;
  useEffect(() => {
    if (!isPlaying || run === null) return;
    if (cursor >= last) {
      setPlaying(false);
      return;
    }
    const timer = setTimeout(() => setCursor(cursor + 1), Math.min(STEP_MS, LONGEST_PLAY_MS / last));
    return () => clearTimeout(timer);
  }, [isPlaying, run, cursor, last]);

  const here = Math.min(cursor, last);
  const frame: Run['frames'][number] | undefined = run?.frames[here];
  return {
    run,
    failure,
    inputs,
    cursor: here,
    /** The one that is shown. */
    frame,
    last,
    isPlaying,
    /** The entry that the reader points at, or else the last one that has happened. */
    shownIndex: selected ?? (frame?.entryCount ?? 0) - 1,
    setSelected,
    setPlaying,
    setCursor,
    show,
    moveTo(frame: number): void {
      setPlaying(false);
      setSelected(null);
      setCursor(Math.max(0, Math.min(frame, last)));
    },
    /** From the beginning, with another seed or choice, and without what the reader has done. */
    restart(next: Partial<Inputs<Action>>): void {
      setPlaying(false);
      void show({ ...inputs, doings: [], ...next }, 'beginning');
    },
    togglePlay(): void {
      if (run !== null && !isPlaying && cursor >= last) setCursor(beginning(run));
      setPlaying(!isPlaying);
    },
    /** What comes later in the present run does not happen: the reader has gone another way. */
    async act(action: Action): Promise<Run | null> {
      const past = inputs.doings.filter(({ afterFrame }) => afterFrame < here);
      const doings = [...past, { afterFrame: here, action }];
      return show({ ...inputs, doings }, here + 1);
    },
  };
}
