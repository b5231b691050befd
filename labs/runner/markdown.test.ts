import { expect, test } from 'vitest';
import { markdownLines } from './markdown.js';
import { Paint } from './paint.js';

const paint = (hasColor: boolean) => new Paint({ width: 60, hasColor, hasUnicode: true });

const TEXT = `# Lab 11, solved

**One bucket for an interval.** A timer for each session would be set anew at each request,
see [chapter 11](../../index.mdx): the most frequent thing that a server does.

- \`Math.ceil(time / interval)\` is right everywhere but on the border. There the bucket
  may be one that was taken a moment ago.
- Short.

    npm run lab 11

| a | ${'long '.repeat(20)}|
`;

test('text is as wide as the terminal, and lists, code and tables stay what they are', () => {
  expect(markdownLines(TEXT, paint(false)).join('\n')).toBe(`Lab 11, solved

One bucket for an interval. A timer for each session
would be set anew at each request, see chapter 11: the most
frequent thing that a server does.

- \`Math.ceil(time / interval)\` is right everywhere but on
  the border. There the bucket may be one that was taken a
  moment ago.
- Short.

    npm run lab 11

| a | ${'long '.repeat(20)}|`);
});

test('what is bold is bold, on whatever lines it stands', () => {
  const long = `**${'word '.repeat(15).trim()}** end`;
  const lines = markdownLines(long, paint(true));
  expect(lines).toHaveLength(2);
  for (const line of lines) expect(line).toContain('\x1b[1m');
  expect(lines.join(' ')).not.toContain('**');
});
