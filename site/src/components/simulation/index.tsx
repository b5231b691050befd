import BrowserOnly from '@docusaurus/BrowserOnly';
import { lazy, type ReactNode, Suspense, useContext, useEffect, useRef, useState } from 'react';
import { Answered } from '../predict-context';
import type { PanelProps } from './Panel';
import styles from './styles.module.css';

const Panel = lazy(() => import('./Panel'));
const ElectionPanel = lazy(() => import('./ElectionPanel'));

/**
 * Runs the servers of this book in the reader's browser: one with its clients, or an ensemble that elects. The
 * simulator is loaded when the panel comes near the window. Below the answer of a Predict box it
 * plays at once.
 */
export default function Simulation(props: PanelProps): ReactNode {
  const isAnswer = useContext(Answered);
  const Kind = props.election ? ElectionPanel : Panel;
  return (
    <div className={styles.simulation}>
      <BrowserOnly fallback={<Waiting />}>
        {() => (
          <WhenNear>
            <Kind {...props} autoPlay={props.autoPlay ?? isAnswer} />
          </WhenNear>
        )}
      </BrowserOnly>
    </div>
  );
}

function Waiting(): ReactNode {
  return <p className={styles.loading}>Here a simulated server runs in your browser. It needs JavaScript.</p>;
}

function WhenNear({ children }: { readonly children: ReactNode }): ReactNode {
  const [isNear, setNear] = useState(false);
  const place = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (place.current === null) return;
    const observer = new IntersectionObserver(
      ([entry]) => {
        if (entry?.isIntersecting) setNear(true);
      },
      { rootMargin: '600px' },
    );
    observer.observe(place.current);
    return () => observer.disconnect();
  }, []);
  return (
    <div ref={place} className={styles.place}>
      {isNear && (
        <Suspense fallback={<p className={styles.loading}>The simulator is starting …</p>}>{children}</Suspense>
      )}
    </div>
  );
}
