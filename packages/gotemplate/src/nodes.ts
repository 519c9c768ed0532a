/** What a template consists of once it is parsed. `position` is the offset in the template's text, for messages. */
interface Positioned {
  readonly position: number;
}

export interface TextNode extends Positioned {
  readonly kind: 'text';
  readonly text: string;
}

export interface ActionNode extends Positioned {
  readonly kind: 'action';
  readonly pipeline: Pipeline;
}

export interface BranchNode extends Positioned {
  readonly kind: 'if' | 'with' | 'range';
  readonly pipeline: Pipeline;
  readonly body: readonly Statement[];
  readonly otherwise: readonly Statement[] | undefined;
}

export interface TemplateNode extends Positioned {
  readonly kind: 'template';
  readonly name: string;
  readonly pipeline: Pipeline | undefined;
}

export interface LoopControlNode extends Positioned {
  readonly kind: 'break' | 'continue';
}

export type Statement = TextNode | ActionNode | BranchNode | TemplateNode | LoopControlNode;

/** Commands of which each gets the result of the one before as its last argument. */
export interface Pipeline extends Positioned {
  readonly kind: 'pipeline';
  /** `$x :=`, `$i, $x :=` in front of it; with `assigns`, `$x =`. */
  readonly variables: readonly string[];
  readonly assigns: boolean;
  readonly commands: readonly CommandNode[];
  readonly text: string;
}

export interface CommandNode extends Positioned {
  readonly kind: 'command';
  readonly operands: readonly Operand[];
  readonly text: string;
}

interface OperandBase extends Positioned {
  /** As it is written, for messages. */
  readonly text: string;
}

export interface FieldNode extends OperandBase {
  readonly kind: 'field';
  readonly path: readonly string[];
}

export interface VariableNode extends OperandBase {
  readonly kind: 'variable';
  readonly name: string;
  readonly path: readonly string[];
}

/** Fields of something in parentheses: `(index .List 0).Name`. */
export interface ChainNode extends OperandBase {
  readonly kind: 'chain';
  readonly operand: Operand;
  readonly path: readonly string[];
}

export interface FunctionNode extends OperandBase {
  readonly kind: 'function';
  readonly name: string;
}

export interface LiteralNode extends OperandBase {
  readonly kind: 'literal';
  readonly value: string | number | bigint | boolean;
}

export interface PlainNode extends OperandBase {
  readonly kind: 'dot' | 'nil';
}

export type Operand = FieldNode | VariableNode | ChainNode | FunctionNode | LiteralNode | PlainNode | Pipeline;
