import { describe, expect, test } from 'vitest';
import { compileTemplate, struct } from './index.ts';

describe('values of JavaScript', () => {
  test('a Map is a map with keys of any type, in their order', () => {
    const ports = new Map<number, string>([
      [443, 'tls'],
      [80, 'plain'],
    ]);
    expect(compileTemplate('{{range $port, $name := .}}{{$port}}={{$name}} {{end}}{{index . 80}}')(ports)).toBe(
      '80=plain 443=tls plain',
    );
  });

  test('bigints are integers', () => {
    expect(compileTemplate('{{.}} {{printf "%x" .}} {{eq . 18446744073709551615}}')(18446744073709551615n)).toBe(
      '18446744073709551615 ffffffffffffffff true',
    );
  });

  test('what is inherited is no field', () => {
    expect(compileTemplate('{{.toString}}{{.constructor}}{{.__proto__}}')({})).toBe('<no value><no value><no value>');
    expect(() => compileTemplate('{{.constructor}}')(struct('T', {}))).toThrow("can't evaluate field constructor in type T");
  });

  test('functions of one’s own win over the built-in ones, and what they throw is shown with its place', () => {
    expect(compileTemplate('{{len .}}', { functions: { len: () => 'mine' } })('x')).toBe('mine');
    const failing = compileTemplate('a\n{{f .}}', {
      name: 'x',
      functions: {
        f: (_value) => {
          throw new Error('no');
        },
      },
    });
    expect(() => failing('x')).toThrow('template: x:2:2: executing "x" at <f .>: error calling f: no');
  });
});
