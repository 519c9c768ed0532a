import { defaultValue, type Flag, type FlagTable } from './flags.ts';
import { UnknownFlagError, UsageError } from './usage-error.ts';
import { parseValue, ValueError } from './values.ts';

export interface Parsed {
  /** A value for every flag of the table. */
  readonly values: Record<string, unknown>;
  /** Names of the flags that were given. */
  readonly given: ReadonlySet<string>;
  /** What is no flag. */
  readonly positional: readonly string[];
  /** `--help` or `-h` was among the flags. */
  readonly help: boolean;
}

export interface ParseOptions {
  /** Whether flags may follow the first positional argument. Default: true. */
  readonly interspersed?: boolean | undefined;
}

/**
 * Parses words as Go's pflag does, whose rules podman's users know: `--name value`, `--name=value`, `-n value`, `-n=value`, `-nvalue`,
 * grouped `-abc`, `--` as the end of flags, and a switch takes a value only behind `=`.
 *
 * @throws {UsageError} in pflag's words.
 */
export function parseFlags(table: FlagTable, words: readonly string[], options: ParseOptions = {}): Parsed {
  return new Parser(table, words, options.interspersed ?? true).parse();
}

class Parser {
  readonly #table: FlagTable;
  readonly #rest: string[];
  readonly #interspersed: boolean;
  readonly #values: Record<string, unknown> = {};
  readonly #given = new Set<string>();
  readonly #positional: string[] = [];
  #help = false;

  constructor(table: FlagTable, words: readonly string[], interspersed: boolean) {
    this.#table = table;
    this.#rest = [...words];
    this.#interspersed = interspersed;
    for (const [name, flag] of Object.entries(table)) this.#values[name] = defaultValue(flag);
  }

  parse(): Parsed {
    for (let word = this.#rest.shift(); word !== undefined; word = this.#rest.shift()) {
      if (word === '--') {
        this.#positional.push(...this.#rest);
        break;
      }
      if (word.startsWith('--')) this.#long(word.slice(2), word);
      else if (word.length > 1 && word.startsWith('-')) this.#short(word.slice(1));
      else {
        this.#positional.push(word);
        if (this.#interspersed) continue;
        this.#positional.push(...this.#rest);
        break;
      }
    }
    return { values: this.#values, given: this.#given, positional: this.#positional, help: this.#help };
  }

  #long(text: string, word: string): void {
    if (text.startsWith('-') || text.startsWith('=')) throw misuse(`bad flag syntax: ${word}`);
    const equals = text.indexOf('=');
    const written = equals === -1 ? text : text.slice(0, equals);
    const name = this.#nameOf(written);
    if (name === undefined) {
      if (written !== 'help') throw new UnknownFlagError(written, this.#shownNames());
      this.#help = true;
      return;
    }
    if (equals !== -1) this.#set(name, text.slice(equals + 1));
    else if (this.#bare(name) !== undefined) this.#set(name, this.#bare(name) ?? '');
    else this.#set(name, this.#next(`flag needs an argument: --${written}`));
  }

  /** A group of shorthands; the last one may take a value. */
  #short(group: string): void {
    const letter = group.charAt(0);
    const after = group.slice(1);
    const name = Object.keys(this.#table).find((candidate) => this.#table[candidate]?.shorthand === letter);
    if (name === undefined) {
      if (letter !== 'h') throw misuse(`unknown shorthand flag: '${letter}' in -${group}`);
      this.#help = true;
      return;
    }
    if (after.length > 1 && after.startsWith('=')) this.#set(name, after.slice(1));
    else if (this.#table[name]?.kind === 'bool') {
      this.#set(name, 'true');
      if (after !== '') this.#short(after);
    } else this.#set(name, after === '' ? this.#next(`flag needs an argument: '${letter}' in -${group}`) : after);
  }

  /** What the flag alone stands for; undefined: it needs a value. */
  #bare(name: string): string | undefined {
    const flag = this.#table[name];
    if (flag?.kind === 'bool') return 'true';
    return flag?.kind === 'string' ? flag.bare : undefined;
  }

  #nameOf(written: string): string | undefined {
    if (Object.hasOwn(this.#table, written)) return written;
    return Object.keys(this.#table).find((name) => this.#table[name]?.aliases?.includes(written));
  }

  #shownNames(): string[] {
    return Object.entries(this.#table).flatMap(([name, flag]) => (flag.hidden ? [] : [name]));
  }

  #next(complaint: string): string {
    const value = this.#rest.shift();
    if (value === undefined) throw misuse(complaint);
    return value;
  }

  #set(name: string, text: string): void {
    const flag = this.#table[name] as Flag;
    try {
      this.#values[name] = parseValue(flag, text, this.#values[name]);
    } catch (error) {
      if (!(error instanceof ValueError)) throw error;
      const spelling = flag.shorthand === undefined ? `--${name}` : `-${flag.shorthand}, --${name}`;
      throw misuse(`invalid argument "${text}" for "${spelling}" flag: ${error.message}`);
    }
    this.#given.add(name);
  }
}

function misuse(message: string): UsageError {
  return new UsageError(message);
}
