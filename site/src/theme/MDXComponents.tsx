/** What the elements that the remark plugins make, and the components that the text uses, look like. */
import useBrokenLinks from '@docusaurus/useBrokenLinks';
import ChapterFoot from '@site/src/components/ChapterFoot';
import Hint from '@site/src/components/Hint';
import hintStyles from '@site/src/components/hint.module.css';
import Predict from '@site/src/components/Predict';
import Snippet from '@site/src/components/Snippet';
import Simulation from '@site/src/components/simulation';
import Table from '@site/src/components/Table';
import MDXComponents from '@theme-original/MDXComponents';
import type { ComponentProps, ReactNode } from 'react';

interface HintData {
  readonly 'data-href': string;
  readonly 'data-text': string;
  readonly children: ReactNode;
}

const FactRef = ({ 'data-href': href, 'data-text': text, children }: HintData): ReactNode => (
  <Hint href={href} text={text} className={hintStyles.fact}>
    {children}
  </Hint>
);

const GlossaryTerm = ({ 'data-href': href, 'data-text': text, children }: HintData): ReactNode => (
  <Hint href={href} text={text} className={hintStyles.term}>
    {children}
  </Hint>
);

/** The ID in its own row: a link to the row, to be copied. */
function FactId({ 'data-id': id, children }: { readonly 'data-id': string; readonly children: ReactNode }): ReactNode {
  return (
    <a href={`#${id}`} className={hintStyles.fact}>
      {children}
    </a>
  );
}

/** Rows can be linked to. */
function Row(props: ComponentProps<'tr'>): ReactNode {
  const { collectAnchor } = useBrokenLinks();
  if (props.id !== undefined) collectAnchor(props.id);
  return <tr {...props} />;
}

export default {
  ...MDXComponents,
  table: Table,
  tr: Row,
  'code-snippet': Snippet,
  'fact-ref': FactRef,
  'fact-id': FactId,
  'glossary-term': GlossaryTerm,
  'chapter-foot': ChapterFoot,
  Predict,
  Simulation,
};
