/**
 * Which parts of the code a run has been in: V8 tells, block by block. An input that gets somewhere new is worth keeping,
 * and worth changing further.
 */
import { Session } from 'node:inspector';

interface Coverage {
  readonly result: readonly {
    readonly scriptId: string;
    readonly url: string;
    readonly functions: readonly {
      readonly ranges: readonly { readonly startOffset: number; readonly endOffset: number; readonly count: number }[];
    }[];
  }[];
}

export class CodeCoverage implements Disposable {
  private readonly session = new Session();
  private readonly isWanted: (url: string) => boolean;

  /** @param isWanted says which files count */
  constructor(isWanted: (url: string) => boolean) {
    this.isWanted = isWanted;
    this.session.connect();
    this.session.post('Profiler.enable');
    this.session.post('Profiler.startPreciseCoverage', { callCount: true, detailed: true });
    this.take();
  }

  /** The blocks that the program was in since this was last called. */
  take(): Set<string> {
    const blocks = new Set<string>();
    // Within one thread the answer comes before `post` returns.
    this.session.post('Profiler.takePreciseCoverage', (error: Error | null, coverage: object) => {
      if (error) throw error;
      for (const { scriptId, url, functions } of (coverage as Coverage).result) {
        if (!this.isWanted(url)) continue;
        for (const { ranges } of functions) {
          for (const { startOffset, endOffset, count } of ranges) {
            if (count > 0) blocks.add(`${scriptId}:${startOffset}:${endOffset}`);
          }
        }
      }
    });
    return blocks;
  }

  [Symbol.dispose](): void {
    this.session.disconnect();
  }
}
