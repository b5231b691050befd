import { type ReactNode, useId } from 'react';
import styles from './styles.module.css';

interface Props {
  readonly cursor: number;
  readonly last: number;
  readonly atMs: number;
  readonly isPlaying: boolean;
  readonly seed: number;
  readonly choices: Readonly<Record<string, readonly string[]>>;
  readonly chosen: Readonly<Record<string, string>>;
  readonly onMove: (frame: number) => void;
  readonly onPlay: () => void;
  readonly onSeed: (seed: number) => void;
  readonly onChoose: (name: string, value: string) => void;
}

/** Where in the run one is, and which run it is. */
export default function Controls(props: Props): ReactNode {
  const { cursor, last, atMs, isPlaying, seed, choices, chosen, onMove, onPlay, onSeed, onChoose } = props;
  const id = useId();
  return (
    <div className={styles.controls}>
      <div className={styles.transport}>
        <button type="button" className={styles.button} onClick={() => onMove(0)} aria-label="To the beginning">
          <Icon path="M5 4v12M16 4l-8 6 8 6z" />
        </button>
        <button type="button" className={styles.button} onClick={() => onMove(cursor - 1)} aria-label="Step back">
          <Icon path="M14 4l-8 6 8 6z" />
        </button>
        <button type="button" className={styles.play} onClick={onPlay}>
          {isPlaying ? 'Pause' : 'Play'}
        </button>
        <button type="button" className={styles.button} onClick={() => onMove(cursor + 1)} aria-label="Step forward">
          <Icon path="M6 4l8 6-8 6z" />
        </button>
        <button type="button" className={styles.button} onClick={() => onMove(last)} aria-label="To the end">
          <Icon path="M15 4v12M4 4l8 6-8 6z" />
        </button>
      </div>
      <div className={styles.scrub}>
        <input
          type="range"
          min={0}
          max={last}
          value={cursor}
          onChange={(event) => onMove(Number(event.target.value))}
          aria-label="Step"
          aria-valuetext={`step ${cursor} of ${last}, ${atMs.toFixed(1)} ms`}
        />
        <output className={styles.small}>
          step {cursor} of {last} · {atMs < 10_000 ? `${atMs.toFixed(1)} ms` : `${(atMs / 1000).toFixed(1)} s`}
        </output>
      </div>
      <div className={styles.inputs}>
        <label htmlFor={`${id}seed`}>
          Seed
          <input
            id={`${id}seed`}
            type="number"
            min={0}
            step={1}
            value={seed}
            onChange={(event) => {
              const value = event.target.valueAsNumber;
              if (Number.isSafeInteger(value) && value >= 0) onSeed(value);
            }}
          />
        </label>
        {Object.entries(choices).map(([name, values]) => (
          <label key={name} htmlFor={id + name}>
            {name}
            <select
              id={id + name}
              value={chosen[name] ?? values[0]}
              onChange={(event) => onChoose(name, event.target.value)}
            >
              {values.map((value) => (
                <option key={value}>{value}</option>
              ))}
            </select>
          </label>
        ))}
      </div>
    </div>
  );
}

function Icon({ path }: { readonly path: string }): ReactNode {
  return (
    <svg viewBox="0 0 20 20" width="16" height="16" aria-hidden="true" className={styles.icon}>
      <path d={path} />
    </svg>
  );
}
