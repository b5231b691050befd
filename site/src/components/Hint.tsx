import Link from '@docusaurus/Link';
import { type ReactNode, useCallback, useEffect, useId, useRef, useState } from 'react';
import styles from './hint.module.css';

interface Props {
  readonly href: string;
  readonly text: string;
  readonly className?: string;
  readonly children: ReactNode;
}

const WIDTH_PX = 340;
const EDGE_PX = 12;

/** A link that says what is behind it when one points at it, or comes to it by keyboard. Escape closes it. */
export default function Hint({ href, text, className, children }: Props): ReactNode {
  const [place, setPlace] = useState<{ readonly left: number; readonly top: number; readonly width: number } | null>(
    null,
  );
  const anchor = useRef<HTMLSpanElement>(null);
  const id = useId();
  const open = useCallback((): void => {
    const box = anchor.current?.getClientRects()[0];
    if (box === undefined) return;
    const width = Math.min(WIDTH_PX, document.documentElement.clientWidth - 2 * EDGE_PX);
    const left = Math.min(Math.max(box.left, EDGE_PX), document.documentElement.clientWidth - width - EDGE_PX);
    setPlace({ left, top: box.bottom + 6, width });
  }, []);
  const close = (): void => setPlace(null);
  useEffect(() => {
    if (place === null) return;
    const onKey = (event: KeyboardEvent): void => {
      if (event.key === 'Escape') setPlace(null);
    };
    window.addEventListener('keydown', onKey);
    window.addEventListener('scroll', open, { passive: true });
    return () => {
      window.removeEventListener('keydown', onKey);
      window.removeEventListener('scroll', open);
    };
  }, [place, open]);
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: the link inside is what one operates
    <span ref={anchor} onMouseEnter={open} onMouseLeave={close} onFocus={open} onBlur={close}>
      <Link to={href} className={className} aria-describedby={place === null ? undefined : id}>
        {children}
      </Link>
      {place !== null && (
        <span role="tooltip" id={id} className={styles.hint} style={place}>
          {text}
        </span>
      )}
    </span>
  );
}
