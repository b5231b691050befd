/**
 * Cuts the text of a .jute file into tokens. White space only separates; a comment hangs on the token that it
 * documents, because the compiler carries comments over into what it generates.
 *
 * Which token is that? A comment that stands before a token, with no empty line between them, belongs to that token.
 * A comment that follows a token on the same line belongs to the token that it follows, as in `int version; // of the
 * data`. Any other comment is a remark for readers of the .jute file, and stays there.
 */
import { JuteError, type Position } from '#05-jute/jute-error.js';

export const KEYWORDS = [
  'module',
  'class',
  'include',
  'byte',
  'boolean',
  'int',
  'long',
  'float',
  'double',
  'ustring',
  'buffer',
  'vector',
  'map',
] as const;
export type Keyword = (typeof KEYWORDS)[number];

export type Punctuation = '{' | '}' | '<' | '>' | ';' | ',' | '.';

export interface Token {
  readonly kind: Keyword | Punctuation | 'identifier' | 'string' | 'end of file';
  /** As it stands in the file; of a string, what is between the quotes. */
  readonly text: string;
  readonly position: Position;
  /** The lines of the comment before it. */
  readonly commentBefore: readonly string[];
  /** The lines of the comment after it, on its own line. */
  commentAfter: readonly string[];
}

/**
 * @param path the name of the file, for messages
 * @returns the tokens; the last one is `end of file`
 * @throws {JuteError} a character that begins nothing, a comment or a string that does not end
 */
export function tokenize(path: string, text: string): Token[] {
  return new Lexer(path, text).run();
}

const PUNCTUATION: ReadonlySet<string> = new Set<Punctuation>(['{', '}', '<', '>', ';', ',', '.']);
const IDENTIFIER = /[A-Za-z][A-Za-z0-9_]*/y;

interface Comment {
  readonly lines: readonly string[];
  readonly firstLine: number;
  readonly lastLine: number;
}

class Lexer {
  private readonly path: string;
  private readonly text: string;
  private readonly tokens: Token[] = [];
  /** Comments since the last token. */
  private comments: Comment[] = [];
  private at = 0;
  private line = 1;
  private lineStart = 0;

  constructor(path: string, text: string) {
    this.path = path;
    this.text = text;
  }

  run(): Token[] {
    while (this.at < this.text.length) this.step();
    this.push('end of file', '', this.here());
    return this.tokens;
  }

  private step(): void {
    const character = this.text.charAt(this.at);
    if (character === ' ' || character === '\t' || character === '\r') this.at++;
    else if (character === '\n') this.newLine();
    else if (this.text.startsWith('//', this.at)) this.lineComment();
    else if (this.text.startsWith('/*', this.at)) this.blockComment();
    else if (character === '"') this.string();
    else if (PUNCTUATION.has(character)) {
      const position = this.here();
      this.at++;
      this.push(character as Punctuation, character, position);
    } else this.word();
  }

  private word(): void {
    IDENTIFIER.lastIndex = this.at;
    const text = IDENTIFIER.exec(this.text)?.[0];
    const position = this.here();
    if (text === undefined) {
      const shown = JSON.stringify(String.fromCodePoint(this.text.codePointAt(this.at) as number));
      throw new JuteError(
        this.path,
        position,
        `found ${shown}, expected a name, a keyword or one of { } < > ; , . — names are made of the letters A to Z, ` +
          'digits and _, and begin with a letter. Take the character out, or put it into a comment.',
      );
    }
    this.at += text.length;
    this.push(isKeyword(text) ? text : 'identifier', text, position);
  }

  private string(): void {
    const position = this.here();
    const end = this.text.indexOf('"', this.at + 1);
    const endOfLine = this.text.indexOf('\n', this.at);
    if (end === -1 || (endOfLine !== -1 && endOfLine < end)) {
      throw new JuteError(this.path, position, 'found a string that does not end on its line. Close it with ".');
    }
    const value = this.text.slice(this.at + 1, end);
    if (value === '') {
      throw new JuteError(
        this.path,
        position,
        'found an empty string, expected the name of a file between the quotes.',
      );
    }
    this.at = end + 1;
    this.push('string', value, position);
  }

  private lineComment(): void {
    const end = this.text.indexOf('\n', this.at);
    const stop = end === -1 ? this.text.length : end;
    const line = this.text.slice(this.at + 2, stop).trim();
    this.comments.push({ lines: [line], firstLine: this.line, lastLine: this.line });
    this.at = stop;
  }

  private blockComment(): void {
    const position = this.here();
    const end = this.text.indexOf('*/', this.at + 2);
    if (end === -1) {
      throw new JuteError(this.path, position, 'found a comment that does not end. Close it with */.');
    }
    const lines = this.text.slice(this.at + 2, end).split('\n');
    const firstLine = this.line;
    for (let at = this.text.indexOf('\n', this.at); at !== -1 && at < end; at = this.text.indexOf('\n', at + 1)) {
      this.line++;
      this.lineStart = at + 1;
    }
    this.at = end + 2;
    // The `/**`, and the `*` that stands before each line, are not part of what it says.
    const said = lines.map((line) => line.trim().replace(/^\*+\s?/, ''));
    this.comments.push({ lines: said, firstLine, lastLine: this.line });
  }

  private newLine(): void {
    this.at++;
    this.line++;
    this.lineStart = this.at;
  }

  private push(kind: Token['kind'], text: string, position: Position): void {
    const previous = this.tokens.at(-1);
    const comments = this.comments;
    this.comments = [];
    // `int a; /* first */ int b;` stays with the b: a comment between two tokens of one line announces.
    if (previous !== undefined && previous.position.line !== position.line) {
      const after = comments.filter((comment) => comment.firstLine === previous.position.line);
      previous.commentAfter = linesOf(after);
      comments.splice(0, after.length);
    }
    this.tokens.push({ kind, text, position, commentBefore: adjoining(comments, position.line), commentAfter: [] });
  }

  private here(): Position {
    return { line: this.line, column: this.at - this.lineStart + 1 };
  }
}

/** The last comments of a run, as far up as no empty line is between them and the token on `line`. */
function adjoining(comments: readonly Comment[], line: number): string[] {
  let first = comments.length;
  let below = line;
  for (let i = comments.length - 1; i >= 0; i--) {
    const comment = comments[i] as Comment;
    if (comment.lastLine < below - 1) break;
    below = comment.firstLine;
    first = i;
  }
  return linesOf(comments.slice(first));
}

/** Without the empty lines at both ends. */
function linesOf(comments: readonly Comment[]): string[] {
  const lines = comments.flatMap((comment) => comment.lines);
  while (lines[0] === '') lines.shift();
  while (lines.at(-1) === '') lines.pop();
  return lines;
}

function isKeyword(text: string): text is Keyword {
  return (KEYWORDS as readonly string[]).includes(text);
}
