/** The page with all results, with what it lacks for those who can't see it. */
import SearchPage from '@theme-original/SearchPage';
import { type ReactNode, useEffect } from 'react';

export default function SearchPageWrapper(): ReactNode {
  useEffect(() => {
    const label = (): void => {
      document.querySelector('.main-wrapper')?.setAttribute('role', 'main');
    };
    label();
    const observer = new MutationObserver(label);
    observer.observe(document.body, { childList: true, subtree: true });
    return () => {
      observer.disconnect();
      document.querySelector('.main-wrapper')?.removeAttribute('role');
    };
  }, []);
  return <SearchPage />;
}
