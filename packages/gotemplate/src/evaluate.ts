import { builtins, keyIn, type TemplateFunction, WrongCount, WrongType } from './builtins.ts';
import type { BranchNode, CommandNode, FunctionNode, Operand, Pipeline, Statement } from './nodes.ts';
import type { TemplateSet } from './parser.ts';
import { TemplateError } from './template-error.ts';
import { isList, isTrue, mapEntries, nilPointer, showResult, structName, typeOf, type Value } from './values.ts';

/** How deep templates may call each other. */
const depthLimit = 1_000;

export interface Program {
  readonly name: string;
  readonly source: string;
  readonly templates: TemplateSet;
  readonly functions: Readonly<Record<string, TemplateFunction>>;
}

/** Executes a template. @throws {TemplateError} */
export function evaluate(program: Program, data: Value): string {
  return new Evaluation(program, program.name, 0).run(data);
}

/** A part of the template, as messages name it. */
interface Place {
  readonly position: number;
  readonly text: string;
}

interface Call {
  readonly node: Operand;
  readonly place: Place;
  readonly args: readonly Operand[];
}

/** What ends a round of `range` early. */
class LoopControl {
  readonly kind: 'break' | 'continue';

  constructor(kind: 'break' | 'continue') {
    this.kind = kind;
  }
}

/** No last argument comes out of a pipeline: different from one that is nil. */
const none = Symbol('none');

class Evaluation {
  readonly #program: Program;
  readonly #template: string;
  readonly #depth: number;
  readonly #variables: { readonly name: string; value: Value }[] = [];
  #output = '';

  constructor(program: Program, template: string, depth: number) {
    this.#program = program;
    this.#template = template;
    this.#depth = depth;
  }

  run(data: Value): string {
    this.#variables.push({ name: '$', value: data });
    this.#walkAll(this.#program.templates.get(this.#template) ?? [], data);
    return this.#output;
  }

  #walkAll(statements: readonly Statement[], dot: Value): void {
    for (const statement of statements) this.#walk(statement, dot);
  }

  #walk(statement: Statement, dot: Value): void {
    switch (statement.kind) {
      case 'text':
        this.#output += statement.text;
        return;
      case 'action': {
        const value = this.#pipeline(statement.pipeline, dot);
        if (statement.pipeline.variables.length === 0) this.#output += this.#shown(value, statement.pipeline);
        return;
      }
      case 'if':
      case 'with':
        this.#branch(statement, dot);
        return;
      case 'range':
        this.#range(statement, dot);
        return;
      case 'template':
        this.#call(statement, dot);
        return;
      case 'break':
      case 'continue':
        throw new LoopControl(statement.kind);
    }
  }

  #shown(value: Value, node: Pipeline): string {
    if (typeof value === 'function') throw this.#error(node, `can't print ${node.text} of type func`);
    return showResult(value);
  }

  #branch({ kind, pipeline, body, otherwise }: BranchNode, dot: Value): void {
    this.#scoped(() => {
      const value = this.#pipeline(pipeline, dot);
      if (isTrue(value)) this.#walkAll(body, kind === 'with' ? value : dot);
      else if (otherwise !== undefined) this.#walkAll(otherwise, dot);
    });
  }

  #range({ pipeline, body, otherwise }: BranchNode, dot: Value): void {
    this.#scoped(() => {
      const value = this.#pipeline(pipeline, dot, false);
      const entries = this.#entriesOf(value, pipeline);
      if (entries.length === 0) {
        if (otherwise !== undefined) this.#walkAll(otherwise, dot);
        return;
      }
      for (const [key, element] of entries) if (this.#round(pipeline, body, key, element) === 'break') break;
    });
  }

  #entriesOf(value: Value, node: Pipeline): readonly (readonly [string | number, Value])[] {
    if (value === null || value === undefined || value === nilPointer) return [];
    if (isList(value)) return value.map((element, index) => [index, element] as const);
    const entries = mapEntries(value);
    if (entries === undefined) throw this.#error(node, `range can't iterate over ${showResult(value)}`);
    return entries;
  }

  #round(pipeline: Pipeline, body: readonly Statement[], key: Value, element: Value): 'break' | 'continue' | undefined {
    try {
      this.#scoped(() => {
        this.#setLoopVariables(pipeline, key, element);
        this.#walkAll(body, element);
      });
      return undefined;
    } catch (control) {
      if (control instanceof LoopControl) return control.kind;
      throw control;
    }
  }

  #setLoopVariables(pipeline: Pipeline, key: Value, element: Value): void {
    const values = pipeline.variables.length > 1 ? [key, element] : [element];
    pipeline.variables.forEach((name, index) => {
      if (pipeline.assigns) this.#assign(name, values[index], lastOperand(pipeline));
      else this.#variables.push({ name, value: values[index] });
    });
  }

  #scoped(act: () => void): void {
    const mark = this.#variables.length;
    try {
      act();
    } finally {
      this.#variables.length = mark;
    }
  }

  #call(statement: Extract<Statement, { kind: 'template' }>, dot: Value): void {
    const { name, pipeline } = statement;
    const shown = {
      position: statement.position,
      text: `{{template ${JSON.stringify(name)}${pipeline ? ` ${pipeline.text}` : ''}}}`,
    };
    if (!this.#program.templates.has(name)) throw this.#error(shown, `template ${JSON.stringify(name)} not defined`);
    if (this.#depth === depthLimit) throw this.#error(shown, `exceeded maximum template depth (${depthLimit})`);
    const data = pipeline === undefined ? null : this.#pipeline(pipeline, dot);
    this.#output += new Evaluation(this.#program, name, this.#depth + 1).run(data);
  }

  /** @param declares whether the variables in front of it are set here; `range` sets them itself. */
  #pipeline(pipeline: Pipeline, dot: Value, declares = true): Value {
    let value: Value = none;
    for (const command of pipeline.commands) value = this.#command(command, dot, value);
    if (declares) {
      for (const name of pipeline.variables) {
        if (pipeline.assigns) this.#assign(name, value, lastOperand(pipeline));
        else this.#variables.push({ name, value });
      }
    }
    return value;
  }

  #assign(name: string, value: Value, place: Place): void {
    const variable = this.#variables.findLast((known) => known.name === name);
    if (variable === undefined) throw this.#error(place, `undefined variable: ${name}`);
    variable.value = value;
  }

  #variable(name: string): Value {
    return this.#variables.findLast((known) => known.name === name)?.value;
  }

  #command(command: CommandNode, dot: Value, final: Value): Value {
    const [first, ...rest] = command.operands;
    if (first === undefined) return undefined;
    switch (first.kind) {
      case 'field':
        return this.#path(dot, first, first.path, dot, rest, final);
      case 'chain':
        return this.#path(this.#operand(first.operand, dot), first, first.path, dot, rest, final);
      case 'variable':
        if (first.path.length > 0) return this.#path(this.#variable(first.name), first, first.path, dot, rest, final);
        this.#takesNoArguments(first, rest, final);
        return this.#variable(first.name);
      case 'function':
        return this.#function(first, command, dot, rest, final);
      case 'nil':
        this.#takesNoArguments(first, rest, final);
        throw this.#error(first, 'nil is not a command');
      case 'pipeline':
        this.#takesNoArguments(command, rest, final, first);
        return this.#pipeline(first, dot);
      default:
        this.#takesNoArguments(first, rest, final);
        return this.#operand(first, dot);
    }
  }

  #takesNoArguments(at: Place, rest: readonly Operand[], final: Value, first: Place = at): void {
    if (rest.length === 0 && final === none) return;
    throw this.#error(at, `can't give argument to non-function ${first.text}`);
  }

  #operand(operand: Operand, dot: Value): Value {
    switch (operand.kind) {
      case 'dot':
        return dot;
      case 'nil':
        return null;
      case 'literal':
        return operand.value;
      case 'field':
        return this.#path(dot, operand, operand.path, dot, [], none);
      case 'variable':
        return this.#path(this.#variable(operand.name), operand, operand.path, dot, [], none);
      case 'chain':
        return this.#path(this.#operand(operand.operand, dot), operand, operand.path, dot, [], none);
      case 'function':
        return this.#function(operand, operand, dot, [], none);
      case 'pipeline':
        return this.#pipeline(operand, dot);
    }
  }

  /** Follows a path of fields; the last one gets the arguments, if it is a method. */
  #path(from: Value, node: Operand, path: readonly string[], dot: Value, args: readonly Operand[], final: Value): Value {
    return path.reduce<Value>((receiver, name, index) => {
      const isLast = index === path.length - 1;
      return this.#field(receiver, name, node, dot, isLast ? args : [], isLast ? final : none);
    }, from);
  }

  #field(receiver: Value, name: string, node: Operand, dot: Value, args: readonly Operand[], final: Value): Value {
    if (receiver === undefined) return undefined;
    if (receiver === null || receiver === nilPointer) throw this.#error(node, `nil pointer evaluating interface {}.${name}`);
    const type = structName(receiver);
    const found =
      typeof receiver === 'object' && (type !== undefined || mapEntries(receiver) !== undefined) ? keyIn(receiver, name) : none;
    if (found === none || (type !== undefined && found === undefined && !Object.hasOwn(receiver as object, name))) {
      throw this.#error(node, `can't evaluate field ${name} in type ${typeOf(receiver)}`);
    }
    if (typeof found === 'function' && type !== undefined) {
      const method = found as TemplateFunction;
      const values = this.#arguments(args, dot, final);
      if (values.length !== method.length) throw this.#error(node, wrongCount(name, method.length, values.length));
      return this.#invoke(name, () => method.call(receiver, ...values), { node, place: node, args });
    }
    if (args.length > 0 || final !== none) {
      throw this.#error(
        node,
        type === undefined
          ? `${name} is not a method but has arguments`
          : `${name} has arguments but cannot be invoked as function`,
      );
    }
    return found;
  }

  #arguments(args: readonly Operand[], dot: Value, final: Value): Value[] {
    const values = args.map((operand) => this.#operand(operand, dot));
    return final === none ? values : [...values, final];
  }

  /** @param place the command that the function is called by: there its failures are shown. */
  #function(node: FunctionNode, place: Place, dot: Value, args: readonly Operand[], final: Value): Value {
    const { name } = node;
    if (name === 'and' || name === 'or') return this.#junction(name, node, dot, args, final);
    const values = this.#arguments(args, dot, final);
    const own = Object.hasOwn(this.#program.functions, name) ? this.#program.functions[name] : undefined;
    const called = own ?? builtins[name];
    if (called === undefined) throw this.#error(node, `${JSON.stringify(name)} is not a defined function`);
    if (own !== undefined && own.length > 0 && own.length !== values.length) {
      throw this.#error(node, wrongCount(name, own.length, values.length));
    }
    return this.#invoke(name, () => called(...values), { node, place, args });
  }

  /** `and` and `or` answer the first argument that settles it and do not evaluate those behind it. */
  #junction(name: 'and' | 'or', node: Operand, dot: Value, args: readonly Operand[], final: Value): Value {
    if (args.length === 0 && final === none) throw this.#error(node, `wrong number of args for ${name}: want at least 1 got 0`);
    let value: Value = none;
    for (const operand of args) {
      value = this.#operand(operand, dot);
      if (isTrue(value) === (name === 'or')) return value;
    }
    return final === none ? value : final;
  }

  #invoke(name: string, call: () => Value, { node, place, args }: Call): Value {
    try {
      return call();
    } catch (error) {
      if (error instanceof TemplateError || !(error instanceof Error)) throw error;
      if (error instanceof WrongCount) throw this.#error(node, error.message, error);
      if (error instanceof WrongType) {
        const culprit = args[error.index] ?? node;
        const wanted = error.wanted === 'int' ? 'integer' : error.wanted;
        const message = culprit.kind === 'literal' ? `expected ${wanted}; found ${culprit.text}` : error.message;
        throw this.#error(culprit, message, error);
      }
      throw this.#error(place, `error calling ${name}: ${error.message}`, error);
    }
  }

  #error(node: Place, message: string, cause?: Error): TemplateError {
    const before = this.#program.source.slice(0, node.position);
    const line = before.split('\n').length;
    const column = new TextEncoder().encode(before.slice(before.lastIndexOf('\n') + 1)).length;
    const where = `template: ${this.#program.name}:${line}:${column}: executing ${JSON.stringify(this.#template)}`;
    return new TemplateError(`${where} at <${node.text}>: ${message}`, { cause });
  }
}

function wrongCount(name: string, wanted: number, got: number): string {
  return `wrong number of args for ${name}: want ${wanted} got ${got}`;
}

function lastOperand(pipeline: Pipeline): Place {
  return pipeline.commands.at(-1)?.operands.at(-1) ?? pipeline;
}
