import { InvalidArgumentError } from '@tspod/core';

/** What the words of a label's command stand for. */
export interface LabelNames {
  readonly image: string;
  readonly name: string;
  readonly workingDirectory: string;
}

/**
 * The words of the command that a label holds, quoted as in a shell. `IMAGE` and `NAME`, alone or behind an equals sign, stand for their
 * values, `$PWD` for the working directory; other variables are empty. See podman-container-runlabel(1).
 *
 * @throws {InvalidArgumentError} `invalid-label`
 */
export function labelCommand(text: string, { image, name, workingDirectory }: LabelNames): readonly string[] {
  const variables: Readonly<Record<string, string>> = { PWD: workingDirectory, IMAGE: image, NAME: name };
  const expanded = text.replace(
    /\$(?:\{(\w+)\}|(\w+))/g,
    (_, braced?: string, plain?: string) => variables[braced ?? plain ?? ''] ?? '',
  );
  const words = splitWords(expanded);
  if (words.length === 0) throw invalid('the label holds no command');
  return words.map((word) =>
    word.replace(/^((?:--?[\w-]+=|\w+=)?)(IMAGE|NAME)$/, (_, before: string, key: string) => before + variables[key]),
  );
}

function splitWords(text: string): string[] {
  const words: string[] = [];
  let word: string | undefined;
  for (let at = 0; at < text.length; at += 1) {
    const one = text.charAt(at);
    if (/\s/.test(one)) {
      if (word !== undefined) words.push(word);
      word = undefined;
    } else if (one === "'" || one === '"') {
      const end = closing(text, at);
      const quoted = text.slice(at + 1, end);
      word = (word ?? '') + (one === '"' ? quoted.replace(/\\(["\\$`])/g, '$1') : quoted);
      at = end;
    } else if (one === '\\') {
      at += 1;
      word = (word ?? '') + text.charAt(at);
    } else word = (word ?? '') + one;
  }
  if (word !== undefined) words.push(word);
  return words;
}

function closing(text: string, start: number): number {
  const quote = text.charAt(start);
  for (let at = start + 1; at < text.length; at += 1) {
    if (text.charAt(at) === '\\' && quote === '"') at += 1;
    else if (text.charAt(at) === quote) return at;
  }
  throw invalid('a quotation in the command of the label does not end');
}

function invalid(message: string): InvalidArgumentError {
  return new InvalidArgumentError(message, { code: 'invalid-label' });
}
