import { describe, expect, it } from 'vitest';
import { runtimeMessage } from './runtime-message.ts';

describe('runtimeMessage', () => {
  it('takes the message out of a JSON line', () => {
    expect(
      runtimeMessage('{"msg":"cannot open `/x`: No such file","level":"error","time":"2026-11-23T20:51:25.780966Z"}\n'),
    ).toBe('cannot open `/x`: No such file');
  });

  it('takes the message out of a key-value line and removes the quoting', () => {
    const line =
      'time="2026-11-23T20:51:25Z" level=error msg="exec: \\"nosuch\\": executable file not found" func="main.fatal()"';
    expect(runtimeMessage(line)).toBe('exec: "nosuch": executable file not found');
  });

  it('keeps the text of a message whose quoting only Go understands', () => {
    expect(runtimeMessage('time="t" level=error msg="a \\x00 b"')).toBe('a \\x00 b');
  });

  it('keeps plain text', () => {
    expect(runtimeMessage('error opening file `/run/crun/a/status`: No such file or directory\n')).toBe(
      'error opening file `/run/crun/a/status`: No such file or directory',
    );
  });

  it('prefers errors to warnings, and warnings to nothing', () => {
    const warning = 'time="t" level=warning msg="careful"';
    expect(runtimeMessage(`${warning}\n{"level":"error","msg":"broken"}\nsomething else`)).toBe('broken');
    expect(runtimeMessage(`${warning}\n`)).toBe('careful');
    expect(runtimeMessage('\n \n')).toBe('');
  });

  it('says each of several errors once', () => {
    expect(runtimeMessage('{"level":"error","msg":"one"}\n{"level":"error","msg":"two"}\n{"level":"error","msg":"one"}')).toBe(
      'one; two',
    );
  });

  it('takes braces that are no log line as text', () => {
    expect(runtimeMessage('{not json')).toBe('{not json');
    expect(runtimeMessage('{"other": 1}')).toBe('{"other": 1}');
  });
});
