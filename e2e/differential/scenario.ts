/** What is left out of a comparison, or looked at in another way. */
export interface Comparison {
  /** Paths into the JSON on stdout, as `0.Config.Env`; only their values are compared. */
  readonly json: readonly string[];
  /** Paths of objects in the JSON on stdout of which only the names of members are compared. `.`: the whole document. */
  readonly keys: readonly string[];
  /** Only the titles of the columns, and how many lines and columns there are. */
  readonly shape: boolean;
  /** The text on stdout is each engine's own: compared is only whether there is any. */
  readonly own: boolean;
  /** Lines of stdout in any order. */
  readonly unordered: boolean;
}

export const aspects = ['exit', 'stdout', 'stderr'] as const;
export type Aspect = (typeof aspects)[number];

/** One command line that both engines are given. */
export interface Scenario extends Comparison {
  readonly kind: 'scenario';
  /** It changes nothing that another one sees, so that it may be left out. */
  readonly asksOnly: boolean;
  readonly line: string;
  readonly place: string;
  readonly input: string | undefined;
  /** Why the engines may differ in this. A listed difference has to be there. */
  readonly differs: Readonly<Partial<Record<Aspect, string>>>;
}

/** What has to succeed with both engines before the next scenarios; `shell` runs in the directory of each. */
export interface Preparation {
  readonly kind: 'engine' | 'shell';
  readonly line: string;
  readonly place: string;
}

export type Step = Scenario | Preparation;

type Draft = { -readonly [Key in keyof Scenario]: Scenario[Key] };

/**
 * Reads a list of scenarios; README.md beside it has the notation. `file` is for messages.
 * @throws {SyntaxError} with the file and line.
 */
export function readScenarios(text: string, file: string): Step[] {
  const steps: Step[] = [];
  let current: Draft | undefined;
  for (const [index, line] of text.split('\n').entries()) {
    const place = `${file}:${index + 1}`;
    if (line.trim() === '' || line.startsWith('#')) continue;
    const marked = /^([$?!%]) (.+)$/.exec(line);
    if (marked !== null) {
      const [, mark, words = ''] = marked;
      current = mark === '$' || mark === '?' ? { ...blank, asksOnly: mark === '?', line: words, place } : undefined;
      steps.push(current ?? { kind: mark === '!' ? 'engine' : 'shell', line: words, place });
    } else if (/^ {2}\S/.test(line) && current !== undefined) annotate(current, line.trim(), place);
    else
      throw new SyntaxError(
        `${place}: neither "$ command", "? command", "! command", "% shell command" nor a note below a command: ${line}`,
      );
  }
  return steps;
}

const blank: Scenario = {
  ...{ kind: 'scenario', asksOnly: false, line: '', place: '', input: undefined },
  ...{ json: [], keys: [], shape: false, own: false, unordered: false, differs: {} },
};

function annotate(scenario: Draft, note: string, place: string): void {
  const [, word = '', rest = ''] = /^(\w+)(?: (.*))?$/.exec(note) ?? [];
  const difference = /^differs (exit|stdout|stderr): (\S.*)$/.exec(note);
  if (difference !== null) scenario.differs = { ...scenario.differs, [difference[1] as Aspect]: difference[2] };
  else if (word === 'json' && rest !== '') scenario.json = rest.split(' ');
  else if (word === 'keys' && rest !== '') scenario.keys = rest.split(' ');
  else if (note === 'shape') scenario.shape = true;
  else if (note === 'own') scenario.own = true;
  else if (note === 'unordered') scenario.unordered = true;
  else if (word === 'input') scenario.input = rest.replaceAll('\\n', '\n');
  else throw new SyntaxError(`${place}: no such note: ${note}`);
}

/** Words of a line as a shell splits them: quotes and backslashes, nothing else. */
export function splitWords(line: string): string[] {
  const words: string[] = [];
  for (const [word] of line.matchAll(/(?:'[^']*'|"(?:\\.|[^"\\])*"|\\.|[^\s'"\\])+/g)) {
    words.push(
      word.replace(
        /'([^']*)'|"((?:\\.|[^"\\])*)"|\\(.)/g,
        (_, single?: string, double?: string, escaped?: string) =>
          single ?? double?.replace(/\\(["\\$])/g, '$1') ?? escaped ?? '',
      ),
    );
  }
  return words;
}
