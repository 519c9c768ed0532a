/** What an argument is, as usage lines name it: `CONTAINER`, `IMAGE`, `FILE` and the like; undefined: nothing that could be listed. */
export type ArgumentKinds = readonly string[];

/**
 * The kinds of what may stand at a position of the arguments, by the usage line of a command. `[options] CONTAINER [CONTAINER...]`: containers at
 * every place. `LIST [IMAGE...]`: a list first, then images. `IMAGE [COMMAND [ARG...]]`: an image, and then what only the user knows.
 */
export function argumentAt(usage: string, position: number): ArgumentKinds {
  const words = usage.replace('[options]', '').trim().split(/\s+/).filter(Boolean);
  const places = words.filter((word) => word !== '[...]').map(kindsOf);
  const last = words.at(-1) ?? '';
  const repeats = /\.\.\.\]*$/.test(last);
  return places[position] ?? (repeats ? (places.at(-1) ?? []) : []);
}

function kindsOf(word: string): ArgumentKinds {
  if (word.includes(':]')) return ['CONTAINER:', 'FILE'];
  return word
    .replace(/[[\]{}]|\.\.\./g, '')
    .split('|')
    .filter(Boolean);
}
