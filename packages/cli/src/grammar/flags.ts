interface FlagText {
  /** One letter. */
  readonly shorthand?: string;
  /** What help says. */
  readonly help: string;
  /** Name of the value in help, in place of the kind. */
  readonly metavar?: string;
  /** Accepted, and not shown in help. */
  readonly hidden?: boolean;
  /** Other long names, accepted and not shown. */
  readonly aliases?: readonly string[];
}

/**
 * One flag of a command. Its long name is its key in the `FlagTable`. The kinds are named as help shows them, in the words of Go's
 * pflag.
 */
export type Flag = FlagText &
  (
    | {
        readonly kind: 'bool';
        /** `configured`: the engine's configuration decides, unless the flag is given. */
        readonly default?: boolean | 'configured';
      }
    | {
        readonly kind: 'string';
        readonly default?: string;
        readonly choices?: readonly string[];
        /** Its value when it is given without one; another one then only follows `=`. */
        readonly bare?: string;
      }
    | { readonly kind: 'uint' | 'int' | 'float'; readonly default?: number }
    /** May be repeated; each value is taken as it is. */
    | { readonly kind: 'stringArray' }
    /** May be repeated; each value is a list with commas. */
    | { readonly kind: 'strings' }
  );

export type FlagTable = Readonly<Record<string, Flag>>;

interface Scalars {
  bool: boolean;
  string: string;
  uint: number;
  int: number;
  float: number;
  stringArray: readonly string[];
  strings: readonly string[];
}

type AlwaysPresent = 'bool' | 'stringArray' | 'strings';

/** The value of a flag: undefined when it was not given and has no default. */
export type FlagValue<One extends Flag> = One extends { readonly default: 'configured'; readonly kind: 'bool' }
  ? boolean | undefined
  : One['kind'] extends AlwaysPresent
    ? Scalars[One['kind']]
    : One extends { readonly default: string | number }
      ? Scalars[One['kind']]
      : Scalars[One['kind']] | undefined;

export type FlagValues<Table extends FlagTable> = { readonly [Name in keyof Table]: FlagValue<Table[Name]> };

export function defaultValue(flag: Flag): unknown {
  if (flag.kind === 'stringArray' || flag.kind === 'strings') return [];
  if (flag.kind === 'bool') return flag.default === 'configured' ? undefined : (flag.default ?? false);
  return flag.default;
}
