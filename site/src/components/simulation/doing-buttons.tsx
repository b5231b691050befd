/** What a reader can do to any run. */
import type { ReactNode } from 'react';
import styles from './styles.module.css';

/** @returns what makes a button of something to do */
export const buttonsFor =
  <Action,>(onAct: (action: Action) => void) =>
  (text: string, action: Action, isDisabled = false): ReactNode => (
    <button type="button" className={styles.button} disabled={isDisabled} onClick={() => onAct(action)}>
      {text}
    </button>
  );

interface Props {
  /** What else stands in the group, before the rest. */
  readonly children?: ReactNode;
  /** The reader has done something already. */
  readonly isChanged: boolean;
  readonly onAct: (action: { readonly kind: 'wait'; readonly durationMs: number }) => void;
  readonly onReset: () => void;
}

export function WaitOrUndo({ children, isChanged, onAct, onReset }: Props): ReactNode {
  const button = buttonsFor(onAct);
  return (
    <div className={styles.group}>
      {children}
      {button('Let 1 s pass', { kind: 'wait', durationMs: 1000 })}
      {button('Let 10 s pass', { kind: 'wait', durationMs: 10_000 })}
      {isChanged && (
        <button type="button" className={styles.button} onClick={onReset}>
          Undo everything
        </button>
      )}
    </div>
  );
}
