/**
 * For typedoc: the comment that a file begins with is about the file. Typedoc asks for a tag to believe that; here it is
 * a rule of the house.
 */
import { readFileSync } from 'node:fs';
import { Comment, CommentTag, Converter, ReflectionKind } from 'typedoc';

/** @param {import('typedoc').Application} app */
export function load(app) {
  app.converter.on(Converter.EVENT_CREATE_DECLARATION, (context, reflection) => {
    if (!reflection.kindOf(ReflectionKind.Module)) return;
    // What `import from 'zoowalk'` gives is called so.
    if (reflection.name === 'index.node') reflection.name = 'zoowalk';
    if (reflection.comment) return;
    const file =
      reflection.sources?.[0]?.fullFileName ??
      context.getSymbolFromReflection(reflection)?.declarations?.[0]?.getSourceFile().fileName;
    if (file === undefined) return;
    const head = headOf(readFileSync(file, 'utf8'));
    if (head === null) return;
    const [text = '', ...tags] = head.split(/^(?=@)/m);
    reflection.comment = new Comment(
      [{ kind: 'text', text: text.trim() }],
      tags.map((tag) => {
        const [name = ''] = tag.split(/\s/);
        return new CommentTag(/** @type {`@${string}`} */ (name), [
          { kind: 'text', text: tag.slice(name.length).trim() },
        ]);
      }),
    );
  });
}

/** Null when the comment belongs to what follows it at once, and not to the file. */
function headOf(source) {
  const match = /^\/\*\*([\s\S]*?)\*\/\s*(?=import |export \* |export \{|export type \{|\/\/|\/\*\*)/.exec(source);
  return match?.[1]?.replace(/^\s*\*? ?/gm, '').trim() ?? null;
}
