import { describe, expect, test } from 'vitest';
import { compileTemplate, goTime, nilPointer, podmanFunctions, struct } from './index.ts';

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

  test('a moment prints itself as Go does, has the methods of time.Time, and is a text in JSON', () => {
    const data = struct('T', { At: goTime('2026-03-07T04:05:06.07Z'), Never: goTime('0001-01-01T00:00:00Z') });
    const render = (source: string) => compileTemplate(source, { functions: podmanFunctions })(data);
    expect(render('{{.At}} {{.Never}}')).toBe('2026-03-07 04:05:06.07 +0000 UTC 0001-01-01 00:00:00 +0000 UTC');
    expect(render('{{.At.Year}} {{.At.Month}} {{.At.Unix}} {{.At.UnixNano}} {{.Never.IsZero}} {{if .At}}yes{{end}}')).toBe(
      '2026 March 1772856306 1772856306070000000 true yes',
    );
    expect(render('{{.At.Format "Mon Jan _2 3:04PM 06"}}|{{.At.Format "2006-01-02T15:04:05.000Z07:00"}}')).toBe(
      'Sat Mar  7 4:05AM 26|2026-03-07T04:05:06.070Z',
    );
    expect(render('{{json .At}}')).toBe('"2026-03-07T04:05:06.07Z"');
  });

  test('a pointer to nothing is <nil>, false, null in JSON, and has no fields', () => {
    const render = (source: string) => compileTemplate(source, { functions: podmanFunctions })(struct('T', { P: nilPointer }));
    expect(render('{{.P}} {{if .P}}some{{else}}none{{end}} {{json .P}}{{range .P}}x{{end}}')).toBe('<nil> none null');
    expect(() => render('{{.P.X}}')).toThrow('nil pointer evaluating');
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
