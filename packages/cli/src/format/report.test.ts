import { expect, test } from 'vitest';
import { alignTabs } from './align-tabs.ts';
import type { DocumentShape } from './document-shape.ts';
import { readDocumentsFormat, readFormat } from './report.ts';
import type { Report } from './template-report.ts';

interface Pet {
  readonly name: string;
  readonly legs: number;
  readonly tags: Readonly<Record<string, string>>;
}

const report: Report<Pet> = {
  name: 'pets',
  type: 'zoo.petReporter',
  fields: {
    Name: ({ name }) => name,
    LegCount: ({ legs }) => legs,
    ID: ['PET ID', ({ name }) => name.length],
    Tags: ({ tags }) => tags,
  },
};
const pets: Pet[] = [
  { name: 'cat', legs: 4, tags: { b: '2', a: '1' } },
  { name: 'hummingbird', legs: 2, tags: {} },
];

async function render(format: string): Promise<string> {
  const read = await readFormat(format, report);
  if (typeof read !== 'function') throw new Error(`no template: ${String(read)}`);
  return read(pets);
}

test.each(['json', ' json ', '{{json .}}', '{{ json }}'])('%j asks for JSON', async (format) => {
  expect(await readFormat(format, report)).toBe('json');
});

test('no format is no format', async () => {
  expect(await readFormat(undefined, report)).toBeUndefined();
});

test.each([
  ['{{.Name}} {{.LegCount}}', 'cat 4\nhummingbird 2\n'],
  ['{{.Name}}\\t{{.LegCount}}', 'cat\t4\nhummingbird\t2\n'],
  ['{{.Name}}\\n', 'cat\nhummingbird\n'],
  ['{{printf "%s\\n" .Name}}', 'cat\n\nhummingbird\n\n'],
  ['{{range .}}{{.Name}};{{end}}', 'cat;hummingbird;\n'],
  ['{{.Tags.a}}{{index .Tags "a"}}', '11\n<no value><no value>\n'],
  ['table', 'table\ntable\n'],
  [
    'table {{.ID}} {{.Name}} {{.LegCount}}',
    'PET ID      NAME         LEG COUNT\n3           cat          4\n11          hummingbird  2\n',
  ],
  ['table {{.Name}}\\t{{.LegCount}}', 'NAME         LEG COUNT\ncat          4\nhummingbird  2\n'],
])('%j', async (format, text) => {
  expect(await render(format)).toBe(text);
});

test('an unknown field, and what can’t be read, are Go’s errors', async () => {
  await expect(render('{{.Nope}}')).rejects.toThrow(
    'template: pets:1:13: executing "pets" at <.Nope>: can\'t evaluate field Nope in type zoo.petReporter',
  );
  await expect(render('{{.')).rejects.toThrow('template: pets:');
});

test('documents: structs and maps', async () => {
  const shape: DocumentShape = {
    ...{ type: 'T', maps: ['Labels'], times: ['At'], durations: ['Wait'], pointers: ['Pointer'], types: { State: '*T.State' } },
    more: { '': ({ Name }) => ({ Alias: Name, Size: 0 }) },
  };
  const document = {
    ...{ Name: 'x', State: { Pid: 1 }, Labels: { a: '1' }, List: [{ K: 'v' }], At: '2026-01-02T03:04:05Z', Wait: 90e9 },
    ...{ Nothing: null, Pointer: null },
  };
  const rendered = async (format: string) => {
    const read = await readDocumentsFormat(format, 'inspect');
    return typeof read === 'function' ? read([{ document, shape }]) : read;
  };
  expect(await rendered('{{.Name}} {{.State.Pid}} {{.Labels.a}} {{.Labels.b}} {{.State}} {{.Labels}} {{.List}}')).toBe(
    'x 1 1 <no value> {1} map[a:1] [{v}]\n',
  );
  await expect(rendered('{{.State.Nope}}')).rejects.toThrow("can't evaluate field Nope in type *T.State");
  expect(await rendered('{{.At.Year}} {{.At}} {{.Wait}} {{.Nothing}} {{.Pointer}} {{.Alias}} {{.Size}}')).toBe(
    '2026 2026-01-02 03:04:05 +0000 UTC 1m30s [] <nil> x 0\n',
  );
  expect(await rendered('{{json .State}} {{json .At}} {{json .Wait}} {{json .Nothing}} {{json .Pointer}}')).toBe(
    '{"Pid":1} "2026-01-02T03:04:05Z" 90000000000 null null\n',
  );
  expect(await rendered('{{range .List}}{{.K}}{{end}}{{range $key, $value := .Labels}}{{$key}}{{end}}')).toBe('va\n');
  expect(await rendered('{{range .}}{{.Name}}{{end}}')).toBe('x\n');
  expect(await rendered('table {{.Name}} {{.Alias}}')).toBe('x           x\n');
  await expect(rendered('{{.Name')).rejects.toThrow("template: inspect:1: bad character U+007B '{'");
});

test('the width of a column is that of its block of neighbouring lines', () => {
  expect(alignTabs('a\tb\tc\nlonger than twelve\tb\nno cells\nx\ty\n')).toBe(
    'a                   b           c\nlonger than twelve  b\nno cells\nx           y\n',
  );
});
