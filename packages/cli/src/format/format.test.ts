import { describe, expect, test } from 'vitest';
import { formatTable } from './table.ts';
import { humanSize, truncate, unixSeconds } from './text.ts';
import { formatYaml } from './yaml.ts';

const columns = [
  { title: 'NAME', cell: ({ name }: { name: string }) => name },
  { title: 'PORTS', cell: () => '' },
  { title: 'LAST', cell: ({ name }: { name: string }) => name.toUpperCase() },
];

test('columns are 12 wide at least, two wider than their widest cell, and the last one as it is', () => {
  expect(formatTable(columns, [{ name: 'x' }], { heading: true })).toBe(
    'NAME        PORTS       LAST\nx                       X\n',
  );
  const wide = formatTable(columns, [{ name: 'twelve-chars' }, { name: 'ünïcöde' }], { heading: false });
  expect(wide).toBe('twelve-chars              TWELVE-CHARS\nünïcöde                   ÜNÏCÖDE\n');
});

test('a line end in a cell does not break the table', () => {
  expect(formatTable(columns.slice(0, 1), [{ name: 'a\nb\tc' }], { heading: false })).toBe('a b c\n');
});

test.each([
  [0, '0 B'],
  [999, '999 B'],
  [1000, '1 kB'],
  [11_300, '11.3 kB'],
  [2_131_027, '2.13 MB'],
  [154_000_000, '154 MB'],
  [1_200_000_000, '1.2 GB'],
])('%i bytes are %s', (bytes, text) => {
  expect(humanSize(bytes)).toBe(text);
});

test('a long text is cut', () => {
  expect(truncate('sh -c sleep 1000; echo x', 17)).toBe('sh -c sleep 1000;...');
  expect(truncate('exactly 17 chars!', 17)).toBe('exactly 17 chars!');
});

test('seconds since 1970, and the moment that has not come', () => {
  expect(unixSeconds('1970-01-01T00:01:00.999Z')).toBe(60);
  expect(unixSeconds(undefined)).toBe(-62135596800);
});

test('YAML: order, nesting, and what needs quotation marks', () => {
  const document = {
    b: ['x', { name: 'one', status: 'not usable: why' }],
    a: { empty: [], none: {}, nothing: null, yes: true, text: 'true', number: '1.0', lines: 'one\ntwo' },
    left: undefined,
  };
  expect(formatYaml(document)).toBe(`a:
  empty: []
  lines: |-
    one
    two
  none: {}
  nothing: null
  number: "1.0"
  text: "true"
  yes: true
b:
- x
- name: one
  status: "not usable: why"
`);
});

describe('in a terminal of few columns', () => {
  const wide = [
    { title: 'CONTAINER ID', cell: () => '0123456789ab' },
    { title: 'IMAGE', cell: () => 'registry.example.org/library/busybox:latest' },
    { title: 'COMMAND', cell: () => 'sleep 1000' },
    { title: 'NAMES', cell: () => 'a-name-of-some-length' },
  ];
  const lines = (width: number | undefined) => formatTable(wide, [{}], { heading: true, width }).trimEnd().split('\n');
  const longest = (width: number) => Math.max(...lines(width).map((line) => line.length));

  test.each([200, 95, 80, 66])('a table fits in %i', (width) => {
    expect(longest(width)).toBeLessThanOrEqual(width);
    expect(lines(width)[1]).toMatch(/^0123456789ab .* a-name-of-some-length$/);
  });

  test('the widest cells are cut, then names, and ids never', () => {
    expect(lines(80)[1]).toBe('0123456789ab  registry.example.org/library/b…  sleep 1000  a-name-of-some-length');
    expect(lines(52)[1]).toBe('0123456789ab  registr…  sleep 1…  a-name-of-some-le…');
    expect(lines(20)[1]).toBe('0123456789ab  registr…  sleep 1…  a-name-…');
  });

  test('with enough room, and without a terminal, nothing is narrower than podman has it', () => {
    expect(lines(200)).toEqual(lines(undefined));
    expect(lines(undefined)[0]).toMatch(/COMMAND {5}NAMES$/);
  });
});
