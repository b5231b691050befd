/** How code is coloured: few colours, each legible on its ground. */
import type { PrismTheme } from 'prism-react-renderer';

interface Colours {
  readonly ink: string;
  readonly ground: string;
  readonly comment: string;
  readonly keyword: string;
  readonly text: string;
  readonly number: string;
  readonly name: string;
  readonly type: string;
}

const themeOf = (colours: Colours): PrismTheme => ({
  plain: { color: colours.ink, backgroundColor: colours.ground },
  styles: [
    { types: ['comment', 'prolog', 'cdata'], style: { color: colours.comment, fontStyle: 'italic' } },
    { types: ['keyword', 'operator-word', 'tag'], style: { color: colours.keyword } },
    { types: ['string', 'char', 'regex', 'template-string', 'attr-value'], style: { color: colours.text } },
    { types: ['number', 'boolean', 'constant', 'symbol'], style: { color: colours.number } },
    { types: ['function', 'function-variable', 'method', 'attr-name', 'property'], style: { color: colours.name } },
    { types: ['class-name', 'builtin', 'maybe-class-name'], style: { color: colours.type } },
  ],
});

export const lightCode = themeOf({
  ink: '#22262a',
  ground: '#f8f6f0',
  comment: '#5f666c',
  keyword: '#8c2f5b',
  text: '#1a6b57',
  number: '#8a5300',
  name: '#2a5db0',
  type: '#5b4a9c',
});

export const darkCode = themeOf({
  ink: '#dfe3e4',
  ground: '#1b2024',
  comment: '#98a2a8',
  keyword: '#e59abf',
  text: '#72c7b0',
  number: '#e6b566',
  name: '#8ab4f3',
  type: '#b9abf0',
});
