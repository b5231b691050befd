/**
 * A run of which a frame is kept at each step, so that one can go forwards and backwards in it. What a reader does is part
 * of what a run is made from, like the seed: going back and doing something else is a new run, the same as the old one
 * up to that step.
 */

/** What a reader does to a run, and when. */
export interface Doing<Action> {
  /** After which frame, counted from 0. */
  readonly afterFrame: number;
  readonly action: Action;
}

export interface RunOptions<Action> {
  readonly seed: number;
  /** Values of the scenario's choices; the first of each when left out. */
  readonly choices?: Readonly<Record<string, string>>;
  readonly doings?: readonly Doing<Action>[];
}

/** A scenario, as far as readers have something to choose. */
interface Choosable {
  readonly choices?: Readonly<Record<string, readonly string[]>>;
}

export abstract class SteppedRun<Entry, Frame, Action> {
  /** What has happened, in its order. */
  readonly entries: readonly Entry[] = [];
  readonly frames: readonly Frame[] = [];
  /** Something has come since the last frame that is worth one. */
  protected hasNews = false;
  private readonly doings: readonly Doing<Action>[];
  private readonly maxFrames: number;

  /** @param maxFrames a run that has more to show than this is cut */
  protected constructor({ doings = [] }: RunOptions<Action>, maxFrames: number) {
    this.doings = doings;
    this.maxFrames = maxFrames;
  }

  /** How things stand now. */
  protected abstract frame(): Frame;
  protected abstract act(action: Action): void;
  /** @returns false when nothing more is to be expected */
  protected abstract runToNews(): Promise<boolean>;

  protected async toEnd(): Promise<void> {
    this.keepFrame();
    for (let isNew = true; isNew || this.doingsNow.length > 0; ) {
      for (const { action } of this.doingsNow) this.act(action);
      isNew = await this.runToNews();
      this.keepFrame();
      if (this.frames.length === this.maxFrames) break;
    }
  }

  protected add(entry: Entry): void {
    (this.entries as Entry[]).push(entry);
    this.hasNews = true;
  }

  /** What the reader does after the last frame there is. */
  private get doingsNow(): readonly Doing<Action>[] {
    return this.doings.filter(({ afterFrame }) => afterFrame === this.frames.length - 1);
  }

  private keepFrame(): void {
    this.hasNews = false;
    (this.frames as Frame[]).push(this.frame());
  }
}

/** @returns what was chosen of each name, else the first there is to choose */
export function chooser(scenario: Choosable, { choices = {} }: RunOptions<unknown>): (name: string) => string {
  return (name) => choices[name] ?? scenario.choices?.[name]?.[0] ?? '';
}
