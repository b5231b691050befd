import Link from '@docusaurus/Link';
import CodeBlock from '@theme/CodeBlock';
import type { ReactNode } from 'react';
import styles from './snippet.module.css';

interface Props {
  readonly 'data-code': string;
  readonly 'data-symbol': string;
  readonly 'data-path': string;
  readonly 'data-href': string;
  readonly 'data-gaps': string;
}

/** Code from the source, with the way there. What a lab asks for is left out, and said so. */
export default function Snippet(props: Props): ReactNode {
  const { 'data-code': code, 'data-symbol': symbol, 'data-path': path, 'data-href': href, 'data-gaps': gaps } = props;
  const labs = [...new Set(gaps.split(' ').filter((gap) => gap !== ''))];
  return (
    <figure className={styles.snippet}>
      <CodeBlock language="ts">{code}</CodeBlock>
      <figcaption>
        <Link to={href}>{path.replace(/^chapters\//, '')}</Link>
        <span className={styles.symbol}>{symbol}</span>
        {labs.length > 0 && <span className={styles.gap}>You write this in lab {labs.join(' and ')}.</span>}
      </figcaption>
    </figure>
  );
}
