/**
 * The tokens of one .jute file, read one after the other with one look ahead, and what is said when the wrong one comes:
 * where, what was found, what was expected, and how to mend it.
 */
import { JuteError, type Position } from '#05-jute/jute-error.js';
import { KEYWORDS, type Token, tokenize } from '#05-jute/lexer.js';

export class TokenReader {
  readonly path: string;
  private readonly tokens: readonly Token[];
  private next = 0;

  /**
   * @param path the name of the file, for messages
   * @throws {JuteError} the text can't be cut into tokens
   */
  constructor(path: string, text: string) {
    this.path = path;
    this.tokens = tokenize(path, text);
  }

  /** The next token, which stays the next one. At the end of the file it is `end of file`, again and again. */
  peek(): Token {
    return this.tokens[this.next] as Token;
  }

  /**
   * Reads the next token, which must be of this kind.
   * @param mend how the whole thing should look, for the message: `A vector looks like this: vector<type>`
   * @throws {JuteError} it is another one
   */
  take(kind: Token['kind'], mend: string): Token {
    const token = this.peek();
    if (token.kind !== kind) throw this.unexpected(token, kind === 'identifier' ? 'a name' : quoted(kind), mend);
    if (kind !== 'end of file') this.next++;
    return token;
  }

  /** Reads a name, with dots if it has some: `org.apache.zookeeper`. */
  takeDottedName(mend: string): string {
    let name = this.take('identifier', mend).text;
    while (this.peek().kind === '.') {
      this.take('.', '');
      name += `.${this.take('identifier', 'A name goes on after a dot: org.apache.zookeeper').text}`;
    }
    return name;
  }

  /** The error for a token that cannot stand here. @param expected what could: `a type` */
  unexpected(token: Token, expected: string, mend: string): JuteError {
    const isReserved = expected === 'a name' && (KEYWORDS as readonly string[]).includes(token.kind);
    const reserved = isReserved ? ` ${token.text} is a word of the language; choose another name.` : '';
    return this.error(token, `found ${shown(token)}, expected ${expected}. ${mend}${reserved}`.trim());
  }

  /** @param at a token, or what was made of it */
  error(at: { readonly position: Position }, problem: string): JuteError {
    return new JuteError(this.path, at.position, problem);
  }

  /** The name of the class that is being read; null before the first one. */
  openClass(): string | null {
    const words = this.tokens.slice(0, this.next);
    const last = words.findLastIndex((token) => token.kind === 'class');
    return last === -1 ? null : (this.tokens[last + 1]?.text ?? null);
  }

  /** The line in which a class of that name is declared further down; null when there is none. */
  lineOfClassBelow(name: string): number | null {
    const below = this.tokens.findIndex(
      (token, i) => i >= this.next && token.kind === 'class' && this.tokens[i + 1]?.text === name,
    );
    return this.tokens[below]?.position.line ?? null;
  }
}

/** A token as messages show it. */
export function shown(token: Token): string {
  if (token.kind === 'end of file') return 'the end of the file';
  return token.kind === 'string' ? `"${token.text}"` : `'${token.text}'`;
}

function quoted(kind: Token['kind']): string {
  return kind === 'string' ? 'the name of a file in quotes' : `'${kind}'`;
}
