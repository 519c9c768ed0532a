import { type Token, type TokenKind, tokenise } from './lexer.ts';
import { parseNumber, quote, unquote } from './literals.ts';
import type { BranchNode, CommandNode, FieldNode, Operand, Pipeline, Statement } from './nodes.ts';
import { TemplateError } from './template-error.ts';

/** A template and those that it defines, by name. */
export type TemplateSet = ReadonlyMap<string, readonly Statement[]>;

/**
 * Parses a template text.
 * @param isFunction whether a function of this name exists
 * @throws {TemplateError}
 */
export function parse(name: string, source: string, isFunction: (name: string) => boolean): TemplateSet {
  return new Parser(name, tokenise(source), isFunction).parse();
}

const startsOperand = new Set<TokenKind>([
  ...(['bool', 'character', 'dot', 'field', 'identifier', 'left', 'nil', 'number', 'string', 'variable'] as const),
]);

/** How a list of statements ended. */
interface Ended {
  readonly statements: readonly Statement[];
  readonly by: 'end' | 'else';
}

class Parser {
  readonly #name: string;
  readonly #tokens: readonly Token[];
  readonly #isFunction: (name: string) => boolean;
  readonly #templates = new Map<string, readonly Statement[]>();
  #variables: string[] = ['$'];
  #loops = 0;
  #next = 0;

  constructor(name: string, tokens: readonly Token[], isFunction: (name: string) => boolean) {
    this.#name = name;
    this.#tokens = tokens;
    this.#isFunction = isFunction;
  }

  parse(): TemplateSet {
    const statements: Statement[] = [];
    while (this.#peek().kind !== 'end') {
      if (this.#startsWith('define')) {
        this.#define();
        continue;
      }
      const statement = this.#statement();
      if (statement === 'end' || statement === 'else') throw this.#error(`unexpected {{${statement}}}`);
      statements.push(statement);
    }
    this.#templates.set(this.#name, statements);
    return this.#templates;
  }

  #startsWith(keyword: string): boolean {
    if (this.#peek().kind !== 'open') return false;
    const after = this.#tokens[this.#next + 1];
    const word = after?.kind === 'space' ? this.#tokens[this.#next + 2] : after;
    return word?.kind === 'keyword' && word.text === keyword;
  }

  #define(): void {
    this.#take();
    this.#takeNonSpace();
    const name = this.#string('define clause');
    this.#expect('close', 'define clause');
    const outer = this.#variables;
    this.#variables = ['$'];
    const { statements, by } = this.#list('define');
    if (by !== 'end') throw this.#error(`unexpected {{else}} in define clause`);
    this.#variables = outer;
    this.#templates.set(name, statements);
  }

  #string(context: string): string {
    const token = this.#takeNonSpace();
    if (token.kind !== 'string') throw this.#unexpected(token, context);
    return this.#unquoted(token);
  }

  #unquoted(token: Token): string {
    const text = unquote(token.text);
    if (text === undefined) throw this.#error('invalid syntax');
    return text;
  }

  /** Statements up to `{{end}}` or `{{else`, of which the keyword is taken. */
  #list(context: string): Ended {
    const statements: Statement[] = [];
    for (;;) {
      if (this.#peek().kind === 'end') throw this.#error('unexpected EOF');
      const statement = this.#statement();
      if (statement === 'end') {
        this.#expect('close', 'end');
        return { statements, by: 'end' };
      }
      if (statement === 'else') return { statements, by: 'else' };
      statements.push(statement);
      if (context === 'define' && this.#startsWith('define')) throw this.#error('unexpected {{define}}');
    }
  }

  #statement(): Statement | 'end' | 'else' {
    const token = this.#takeNonSpace();
    if (token.kind === 'text') return { kind: 'text', text: token.text, position: token.position };
    if (token.kind !== 'open') throw this.#unexpected(token, 'input');
    const first = this.#peekNonSpace();
    if (first.kind !== 'keyword') return this.#action(first.position);
    this.#takeNonSpace();
    switch (first.text) {
      case 'end':
      case 'else':
        return first.text;
      case 'if':
      case 'with':
      case 'range':
        return this.#branch(first.text, first.position);
      case 'template':
        return this.#templateCall();
      case 'block':
        return this.#block(first.position);
      case 'break':
      case 'continue':
        this.#expect('close', first.text);
        if (this.#loops === 0) throw this.#error(`{{${first.text}}} outside {{range}}`);
        return { kind: first.text, position: first.position };
      default:
        throw this.#unexpected(first, 'command');
    }
  }

  #action(position: number): Statement {
    return { kind: 'action', position, pipeline: this.#pipeline('command', 'close') };
  }

  #branch(kind: BranchNode['kind'], position: number): BranchNode {
    const variables = this.#variables.length;
    const pipeline = this.#pipeline(kind, 'close');
    if (kind === 'range') this.#loops += 1;
    const body = this.#list(kind);
    if (kind === 'range') this.#loops -= 1;
    const otherwise = body.by === 'else' ? this.#otherwise(kind) : undefined;
    this.#variables.length = variables;
    return { kind, position, pipeline, body: body.statements, otherwise };
  }

  /** What follows `{{else`: the statements up to the end, or another `if` that shares it. */
  #otherwise(kind: BranchNode['kind']): readonly Statement[] {
    const next = this.#peekNonSpace();
    if (kind === 'if' && next.kind === 'keyword' && next.text === 'if') {
      this.#takeNonSpace();
      return [this.#branch('if', next.position)];
    }
    this.#expect('close', 'else');
    const { statements, by } = this.#list(kind);
    if (by === 'else') throw this.#error('expected end; found {{else}}');
    return statements;
  }

  #templateCall(): Statement {
    const { position } = this.#peekNonSpace();
    const name = this.#string('template clause');
    if (this.#peekNonSpace().kind === 'close') {
      this.#takeNonSpace();
      return { kind: 'template', position, name, pipeline: undefined };
    }
    return { kind: 'template', position, name, pipeline: this.#pipeline('template clause', 'close') };
  }

  #block(position: number): Statement {
    const name = this.#string('block clause');
    const pipeline = this.#pipeline('block clause', 'close');
    const outer = this.#variables;
    this.#variables = ['$'];
    const { statements, by } = this.#list('block clause');
    if (by !== 'end') throw this.#error('unexpected {{else}} in block clause');
    this.#variables = outer;
    this.#templates.set(name, statements);
    return { kind: 'template', position, name, pipeline };
  }

  #pipeline(context: string, end: TokenKind): Pipeline {
    const start = this.#peekNonSpace().position;
    const { variables, assigns } = this.#declarations(context);
    const commands: CommandNode[] = [];
    for (;;) {
      const token = this.#peekNonSpace();
      if (token.kind === end) {
        this.#takeNonSpace();
        this.#checkPipeline(commands, context);
        const written = variables.length === 0 ? '' : `${variables.join(', ')} ${assigns ? '=' : ':='} `;
        const text = written + commands.map((command) => command.text).join(' | ');
        return { kind: 'pipeline', position: start, variables, assigns, commands, text };
      }
      if (!startsOperand.has(token.kind)) throw this.#unexpected(this.#takeNonSpace(), context);
      commands.push(this.#command());
    }
  }

  #checkPipeline(commands: readonly CommandNode[], context: string): void {
    if (commands.length === 0) throw this.#error(`missing value for ${context}`);
    commands.slice(1).forEach((command, index) => {
      const [first] = command.operands;
      if (first?.kind === 'literal' || first?.kind === 'dot' || first?.kind === 'nil') {
        throw this.#error(`non executable command in pipeline stage ${index + 2}`);
      }
    });
  }

  #declarations(context: string): { readonly variables: string[]; readonly assigns: boolean } {
    const saved = this.#next;
    const variables: string[] = [];
    for (;;) {
      const token = this.#peekNonSpace();
      if (token.kind !== 'variable') break;
      this.#takeNonSpace();
      const next = this.#peekNonSpace();
      if (next.kind === 'declare' || next.kind === 'assign') {
        this.#takeNonSpace();
        variables.push(token.text);
        const assigns = next.kind === 'assign';
        if (!assigns) this.#variables.push(...variables);
        return { variables, assigns };
      }
      if (next.kind !== 'comma') break;
      this.#takeNonSpace();
      variables.push(token.text);
      if (context !== 'range' || variables.length >= 2) throw this.#error(`too many declarations in ${context}`);
    }
    this.#next = saved;
    return { variables: [], assigns: false };
  }

  #command(): CommandNode {
    const operands: Operand[] = [];
    const { position } = this.#peekNonSpace();
    for (;;) {
      const operand = this.#operand();
      if (operand !== undefined) operands.push(operand);
      const token = this.#peek();
      if (token.kind === 'space') {
        this.#take();
        if (this.#peek().kind !== 'pipe') continue;
      }
      const next = this.#peek();
      if (next.kind === 'close' || next.kind === 'right') break;
      if (next.kind === 'pipe') {
        this.#take();
        break;
      }
      throw this.#unexpected(this.#take(), 'operand');
    }
    if (operands.length === 0) throw this.#error('empty command');
    return { kind: 'command', position, operands, text: operands.map(operandText).join(' ') };
  }

  #operand(): Operand | undefined {
    const term = this.#term();
    if (term === undefined || this.#peek().kind !== 'field') return term;
    const { position } = this.#peek();
    const path: string[] = [];
    while (this.#peek().kind === 'field') path.push(this.#take().text.slice(1));
    const text = `${operandText(term)}.${path.join('.')}`;
    if (term.kind === 'field' || term.kind === 'variable') return { ...term, position, path: [...term.path, ...path], text };
    if (term.kind === 'literal' || term.kind === 'nil' || term.kind === 'dot') {
      throw this.#error(`unexpected . after term ${quote(term.text)}`);
    }
    return { kind: 'chain', position, operand: term, path, text };
  }

  #term(): Operand | undefined {
    const token = this.#peekNonSpace();
    const { position, text } = token;
    switch (token.kind) {
      case 'identifier':
        this.#takeNonSpace();
        if (!this.#isFunction(text)) throw this.#error(`function ${quote(text)} not defined`);
        return { kind: 'function', position, name: text, text };
      case 'dot':
      case 'nil':
        this.#takeNonSpace();
        return { kind: token.kind, position, text };
      case 'variable':
        this.#takeNonSpace();
        if (!this.#variables.includes(text)) throw this.#error(`undefined variable ${quote(text)}`);
        return { kind: 'variable', position, name: text, path: [], text };
      case 'field':
        this.#takeNonSpace();
        return { kind: 'field', position, path: [text.slice(1)], text } satisfies FieldNode;
      case 'bool':
        this.#takeNonSpace();
        return { kind: 'literal', position, value: text === 'true', text };
      case 'number': {
        this.#takeNonSpace();
        const value = parseNumber(text);
        if (value === undefined) throw this.#error(`illegal number syntax: ${quote(text)}`);
        return { kind: 'literal', position, value, text };
      }
      case 'character': {
        this.#takeNonSpace();
        const character = this.#unquoted(token);
        if ([...character].length !== 1) throw this.#error(`malformed character constant: ${text}`);
        return { kind: 'literal', position, value: character.codePointAt(0) ?? 0, text };
      }
      case 'string':
        this.#takeNonSpace();
        return { kind: 'literal', position, value: this.#unquoted(token), text };
      case 'left':
        this.#takeNonSpace();
        return this.#pipeline('parenthesized pipeline', 'right');
      default:
        return undefined;
    }
  }

  #expect(kind: TokenKind, context: string): void {
    const token = this.#takeNonSpace();
    if (token.kind !== kind) throw this.#unexpected(token, context);
  }

  #peek(): Token {
    return this.#tokens[this.#next] ?? (this.#tokens.at(-1) as Token);
  }

  #take(): Token {
    const token = this.#peek();
    this.#next += 1;
    return token;
  }

  #peekNonSpace(): Token {
    while (this.#peek().kind === 'space') this.#next += 1;
    return this.#peek();
  }

  #takeNonSpace(): Token {
    this.#peekNonSpace();
    return this.#take();
  }

  #unexpected(token: Token, context: string): TemplateError {
    if (token.kind === 'error') return this.#error(token.text, token);
    return this.#error(`unexpected ${describe(token)} in ${context}`, token);
  }

  #error(message: string, token: Token | undefined = this.#tokens[Math.max(0, this.#next - 1)]): TemplateError {
    return new TemplateError(`template: ${this.#name}:${token?.line ?? 1}: ${message}`);
  }
}

function describe({ kind, text }: Token): string {
  if (kind === 'end') return 'EOF';
  if (kind === 'keyword' || kind === 'dot' || kind === 'nil') return `<${text}>`;
  return text.length > 10 ? `${quote(text.slice(0, 10))}...` : quote(text);
}

function operandText(operand: Operand): string {
  return operand.kind === 'pipeline' ? `(${operand.text})` : operand.text;
}
