import { type ComponentProps, type ReactNode, useEffect, useRef, useState } from 'react';

/** A table that is wider than its place is moved sideways, by keyboard too. */
export default function Table(props: ComponentProps<'table'>): ReactNode {
  const table = useRef<HTMLTableElement>(null);
  const [isWide, setWide] = useState(false);
  useEffect(() => {
    const element = table.current;
    if (element === null) return;
    const observer = new ResizeObserver(() => setWide(element.scrollWidth > element.clientWidth));
    observer.observe(element);
    return () => observer.disconnect();
  }, []);
  return <table {...props} ref={table} tabIndex={isWide ? 0 : undefined} />;
}
