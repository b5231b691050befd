import { Fragment, type ReactNode } from 'react';

/** A long name that may go on in a second line, but only where one of its words ends. */
export default function ClassName({ name }: { readonly name: string }): ReactNode {
  const pieces = name.split(/(?<=[.#])|(?<=[a-z])(?=[A-Z])/);
  return (
    <code>
      {pieces.map((piece, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: the pieces of one name never change places
        <Fragment key={index}>
          {index > 0 && <wbr />}
          {piece}
        </Fragment>
      ))}
    </code>
  );
}
