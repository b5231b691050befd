import type { ElectionAction, ServerFrame } from '@chapters/15-fast-leader-election/scenarios/election-run.js';
import clsx from 'clsx';
import type { ReactNode } from 'react';
import { buttonsFor, WaitOrUndo } from './doing-buttons';
import styles from './styles.module.css';

interface Props {
  readonly servers: readonly ServerFrame[];
  /** The reader has done something already. */
  readonly isChanged: boolean;
  readonly onAct: (action: ElectionAction) => void;
  readonly onReset: () => void;
}

/** What the reader can do to the servers at this step. */
export default function ElectionDoings({ servers, isChanged, onAct, onReset }: Props): ReactNode {
  const button = buttonsFor(onAct);
  return (
    <div className={styles.doings}>
      {servers.map(({ id, state, isCutOff }) => (
        <fieldset key={id} className={clsx(styles.group, styles.server)}>
          <legend>server {id}</legend>
          {state === 'down'
            ? button('Start', { kind: 'start', server: id })
            : button('Kill', { kind: 'kill', server: id })}
          {isCutOff ? button('Heal', { kind: 'heal', server: id }) : button('Cut off', { kind: 'cut off', server: id })}
          {button('Vote anew', { kind: 'vote anew', server: id }, state === 'down' || state === 'looking')}
        </fieldset>
      ))}
      <WaitOrUndo isChanged={isChanged} onAct={onAct} onReset={onReset}>
        {button('Heal all', { kind: 'heal all' }, !servers.some(({ isCutOff }) => isCutOff))}
      </WaitOrUndo>
    </div>
  );
}
