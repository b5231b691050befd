/** Above a chapter: its number and its part, and whether it is written. */
import { useDoc } from '@docusaurus/plugin-content-docs/client';
import Content from '@theme-original/DocItem/Content';
import type { ComponentProps, ReactNode } from 'react';
import styles from './styles.module.css';

type Props = ComponentProps<typeof Content>;

export default function DocItemContent(props: Props): ReactNode {
  const { frontMatter } = useDoc();
  const { chapter, part, to_come: isToCome } = frontMatter as Record<string, unknown>;
  return (
    <>
      {typeof chapter === 'string' && (
        <p className="eyebrow">
          Chapter {chapter} · {String(part)}
        </p>
      )}
      {isToCome === true && (
        <p className={styles.toCome} role="note">
          This chapter is to come. What follows is its outline.
        </p>
      )}
      <Content {...props} />
    </>
  );
}
