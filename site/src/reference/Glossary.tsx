import Link from '@docusaurus/Link';
import useBrokenLinks from '@docusaurus/useBrokenLinks';
import Layout from '@theme/Layout';
import type { ReactNode } from 'react';
import type { GlossaryRow } from '../../plugins/reference-pages';
import styles from './reference.module.css';

export default function Glossary({ data }: { readonly data: readonly GlossaryRow[] }): ReactNode {
  const { collectAnchor } = useBrokenLinks();
  for (const { id } of data) collectAnchor(id);
  return (
    <Layout title="Glossary" description="The words of the book, each in a sentence or two">
      <main className={styles.page}>
        <h1>Glossary</h1>
        <p>The words of the book. Where a page uses one for the first time, it is underlined with dots.</p>
        <dl className={styles.terms}>
          {data.map(({ id, term, meaning, chapter }) => (
            <div key={id} id={id}>
              <dt>{term}</dt>
              <dd>
                {meaning} <Link to={chapter.href}>{chapter.label}</Link>
              </dd>
            </div>
          ))}
        </dl>
      </main>
    </Layout>
  );
}
