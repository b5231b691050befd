import { Children, type FormEvent, type ReactNode, useId, useState } from 'react';
import styles from './predict.module.css';
import { Answered } from './predict-context';

interface Props {
  readonly question: ReactNode;
  /** To choose from; without them the reader writes an answer. */
  readonly options?: readonly string[];
  /** The index of the right option, or the answer in words. */
  readonly answer: number | string;
  /** Why it is so; may hold a Simulation, which then plays. */
  readonly children?: ReactNode;
}

/** Asks before it tells: the reader commits to an answer, and then sees what happens. */
export default function Predict({ question, options, answer, children }: Props): ReactNode {
  const [choice, setChoice] = useState<number | null>(null);
  const [words, setWords] = useState('');
  const [isAnswered, setAnswered] = useState(false);
  const id = useId();
  const right = typeof answer === 'number' ? answer : (options?.indexOf(answer) ?? -1);
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    setAnswered(true);
  };
  const verdict = verdictOf();

  function verdictOf(): string {
    if (options === undefined) return `The answer: ${answer}`;
    if (choice === null) return `The answer: ${options[right] ?? answer}`;
    return choice === right ? 'That is what happens.' : `No: ${options[right] ?? answer}`;
  }

  return (
    <section className={styles.predict} aria-labelledby={`${id}q`} data-predict>
      <form onSubmit={submit}>
        <p className={styles.label}>Predict first</p>
        <p className={styles.question} id={`${id}q`}>
          {question}
        </p>
        {options === undefined ? (
          <div className={styles.free}>
            <label htmlFor={`${id}words`}>Your answer</label>
            <input
              id={`${id}words`}
              value={words}
              disabled={isAnswered}
              autoComplete="off"
              onChange={(event) => setWords(event.target.value)}
            />
          </div>
        ) : (
          <fieldset className={styles.options} disabled={isAnswered}>
            <legend className={styles.hidden}>Your answer</legend>
            {options.map((option, index) => (
              <label key={option} data-state={isAnswered ? stateOf(index) : undefined}>
                <input type="radio" name={id} checked={choice === index} onChange={() => setChoice(index)} />
                <span>{option}</span>
                {isAnswered && index === right && <b>right</b>}
                {isAnswered && index !== right && index === choice && <b>your answer</b>}
              </label>
            ))}
          </fieldset>
        )}
        {!isAnswered && (
          <div className={styles.actions}>
            <button type="submit" disabled={options === undefined ? words.trim() === '' : choice === null}>
              Show what happens
            </button>
            <button type="button" className={styles.skip} onClick={() => setAnswered(true)}>
              I don't know
            </button>
          </div>
        )}
      </form>
      <div aria-live="polite">
        {isAnswered && (
          <div className={styles.answer}>
            <p className={styles.verdict} data-verdict>
              {verdict}
            </p>
            {Children.count(children) > 0 && <Answered.Provider value={true}>{children}</Answered.Provider>}
          </div>
        )}
      </div>
    </section>
  );

  function stateOf(index: number): string | undefined {
    if (index === right) return 'right';
    return index === choice ? 'wrong' : undefined;
  }
}
