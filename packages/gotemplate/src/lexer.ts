export type TokenKind =
  | 'text'
  | 'open'
  | 'close'
  | 'space'
  | 'field'
  | 'variable'
  | 'identifier'
  | 'keyword'
  | 'number'
  | 'character'
  | 'string'
  | 'bool'
  | 'nil'
  | 'dot'
  | 'pipe'
  | 'declare'
  | 'assign'
  | 'comma'
  | 'left'
  | 'right'
  | 'other'
  | 'error'
  | 'end';

export interface Token {
  readonly kind: TokenKind;
  /** As it is written; for an error, what is wrong from here on. */
  readonly text: string;
  readonly position: number;
  readonly line: number;
}

/** A token that is not taken yet. */
interface Scanned {
  readonly kind: TokenKind;
  readonly end: number;
}

const keywords = new Set(['block', 'break', 'continue', 'define', 'else', 'end', 'if', 'range', 'template', 'with']);
const spaceCharacters = ' \t\r\n';
const letters = /[\p{L}\p{Nd}_]/u;

const punctuation: Readonly<Record<string, TokenKind>> = { '|': 'pipe', ',': 'comma', '=': 'assign', '(': 'left', ')': 'right' };

/** The tokens of a template; the last one is its end, or the error beyond which it can't be read. */
export function tokenise(source: string): Token[] {
  return new Lexer(source).tokens();
}

class LexicalError extends Error {}

class Lexer {
  readonly #source: string;
  readonly #tokens: Token[] = [];
  #position = 0;
  #line = 1;
  #parentheses = 0;

  constructor(source: string) {
    this.#source = source;
  }

  tokens(): Token[] {
    try {
      this.#readAll();
    } catch (error) {
      if (!(error instanceof LexicalError)) throw error;
      this.#tokens.push({ kind: 'error', text: error.message, position: this.#position, line: this.#line });
    }
    return this.#tokens;
  }

  #readAll(): void {
    let trimNext = false;
    for (;;) {
      const open = this.#source.indexOf('{{', this.#position);
      this.#text(open === -1 ? this.#source.length : open, trimNext, open !== -1 && this.#trimsBefore(open));
      if (open === -1) break;
      trimNext = this.#action();
    }
    this.#push('end', this.#source.length);
  }

  #trimsBefore(open: number): boolean {
    return this.#source[open + 2] === '-' && isSpace(this.#source[open + 3]);
  }

  #text(end: number, trimLeft: boolean, trimRight: boolean): void {
    let start = this.#position;
    let stop = end;
    if (trimLeft) while (start < end && isSpace(this.#source[start])) start += 1;
    if (trimRight) while (stop > start && isSpace(this.#source[stop - 1])) stop -= 1;
    this.#skipTo(start);
    if (stop > start) this.#push('text', stop);
    this.#skipTo(end);
  }

  /** One `{{ … }}`; answers whether its end trims the text behind it. */
  #action(): boolean {
    const trims = this.#trimsBefore(this.#position);
    const inside = this.#position + 2 + (trims ? 2 : 0);
    if (this.#source.startsWith('/*', inside)) return this.#comment(inside);
    this.#push('open', this.#position + 2);
    this.#skipTo(inside);
    this.#parentheses = 0;
    for (;;) {
      const end = this.#endOfAction();
      if (end !== undefined) {
        if (this.#parentheses > 0) throw new LexicalError('unclosed left paren');
        this.#skipTo(end.at);
        this.#push('close', end.at + 2);
        return end.trims;
      }
      const { kind, end: ended } = this.#scan();
      this.#push(kind, ended);
      if (kind === 'left') this.#parentheses += 1;
      if (kind === 'right') this.#parentheses -= 1;
      if (this.#parentheses < 0) throw new LexicalError('unexpected right paren');
    }
  }

  #comment(inside: number): boolean {
    const end = this.#source.indexOf('*/', inside + 2);
    if (end === -1) throw new LexicalError('unclosed comment');
    const after = end + 2;
    const trims = isSpace(this.#source[after]) && this.#source.startsWith('-}}', after + 1);
    const close = trims ? after + 2 : after;
    if (!this.#source.startsWith('}}', close)) throw new LexicalError('comment ends before closing delimiter');
    this.#skipTo(close + 2);
    return trims;
  }

  #endOfAction(): { readonly at: number; readonly trims: boolean } | undefined {
    const at = this.#position;
    if (this.#source.startsWith('}}', at)) return { at, trims: false };
    if (isSpace(this.#source[at]) && this.#source.startsWith('-}}', at + 1)) return { at: at + 2, trims: true };
    return undefined;
  }

  /** What comes next inside an action, and where it ends. */
  #scan(): Scanned {
    const start = this.#position;
    const character = this.#source[start];
    if (character === undefined) throw new LexicalError('unclosed action');
    if (isSpace(character)) return this.#spaces();
    const kind = punctuation[character];
    if (kind !== undefined) return { kind, end: start + 1 };
    if (character === ':') {
      if (this.#source[start + 1] !== '=') throw new LexicalError('expected :=');
      return { kind: 'declare', end: start + 2 };
    }
    if (character === '"') return this.#quoted('"', 'string', 'unterminated quoted string');
    if (character === "'") return this.#quoted("'", 'character', 'unterminated character constant');
    if (character === '`') return this.#raw();
    if (character === '$') return this.#named('variable', start + 1);
    if (character === '.') return this.#dotOrField();
    if (/[0-9+-]/.test(character)) return this.#number();
    if (letters.test(character)) return this.#word();
    if (character > ' ' && character <= '~') return { kind: 'other', end: start + 1 };
    throw new LexicalError(`unrecognized character in action: ${unicode(this.#source, start)}`);
  }

  #spaces(): Scanned {
    let end = this.#position;
    while (isSpace(this.#source[end]) && !(this.#source.startsWith('-}}', end + 1) && end > this.#position)) end += 1;
    return { kind: 'space', end };
  }

  #quoted(quote: string, kind: TokenKind, unterminated: string): Scanned {
    let at = this.#position + 1;
    for (; this.#source[at] !== quote; at += 1) {
      if (this.#source[at] === '\\') at += 1;
      if (this.#source[at] === undefined || this.#source[at] === '\n') throw new LexicalError(unterminated);
    }
    return { kind, end: at + 1 };
  }

  #raw(): Scanned {
    const end = this.#source.indexOf('`', this.#position + 1);
    if (end === -1) throw new LexicalError('unterminated raw quoted string');
    return { kind: 'string', end: end + 1 };
  }

  #dotOrField(): Scanned {
    const next = this.#source[this.#position + 1];
    if (next !== undefined && /[0-9]/.test(next)) return this.#number();
    if (next !== undefined && letters.test(next)) return this.#named('field', this.#position + 1);
    return { kind: 'dot', end: this.#position + 1 };
  }

  #named(kind: TokenKind, from: number): Scanned {
    return { kind, end: this.#checkedEnd(from) };
  }

  #word(): Scanned {
    const end = this.#checkedEnd(this.#position);
    const word = this.#source.slice(this.#position, end);
    if (keywords.has(word)) return { kind: 'keyword', end };
    if (word === 'true' || word === 'false') return { kind: 'bool', end };
    return { kind: word === 'nil' ? 'nil' : 'identifier', end };
  }

  /** Where a word ends; what stands behind it must be able to. */
  #checkedEnd(from: number): number {
    let end = from;
    while (end < this.#source.length && letters.test(this.#source[end] ?? '')) end += 1;
    const next = this.#source[end];
    if (next === undefined || isSpace(next) || '.,|:=()'.includes(next) || this.#source.startsWith('}}', end)) return end;
    throw new LexicalError(`bad character ${unicode(this.#source, end)}`);
  }

  #number(): Scanned {
    const match = /^[+-]?(0[xX][0-9a-fA-F_]*|0[oO][0-7_]*|0[bB][01_]*|([0-9][0-9_]*)?\.?[0-9_]*([eE][+-]?[0-9_]+)?)/.exec(
      this.#source.slice(this.#position),
    );
    const text = match?.[0] ?? '';
    const end = this.#position + text.length;
    const next = this.#source[end];
    if (!/[0-9]/.test(text) || (next !== undefined && letters.test(next))) {
      throw new LexicalError(`bad number syntax: "${this.#source.slice(this.#position, end + 1)}"`);
    }
    return { kind: 'number', end };
  }

  #push(kind: TokenKind, end: number): void {
    const text = this.#source.slice(this.#position, end);
    this.#tokens.push({ kind, text, position: this.#position, line: this.#line });
    this.#skipTo(end);
  }

  #skipTo(end: number): void {
    for (let at = this.#position; at < end; at += 1) if (this.#source[at] === '\n') this.#line += 1;
    this.#position = end;
  }
}

function isSpace(character: string | undefined): boolean {
  return character !== undefined && spaceCharacters.includes(character);
}

/** As Go's `%#U` prints a character. */
function unicode(source: string, at: number): string {
  const code = source.codePointAt(at) ?? 0;
  const name = `U+${code.toString(16).toUpperCase().padStart(4, '0')}`;
  return code < 0x20 ? name : `${name} '${String.fromCodePoint(code)}'`;
}
