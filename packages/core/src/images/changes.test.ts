import { expect, it } from 'vitest';
import { applyChanges } from './changes.ts';

it('knows every instruction, in both ways of writing it', () => {
  const changes = [
    'USER 1:2',
    'expose 80',
    'EXPOSE=53/UDP',
    'ENV A=b',
    'ENV A="c d"',
    'ENV P q',
    'ENTRYPOINT /bin/x y',
    'CMD ["a","b"]',
    'VOLUME /v /w',
    'VOLUME ["/x y"]',
    'WORKDIR /w',
    'WORKDIR sub',
    'LABEL "x"="y z"',
    'STOPSIGNAL SIGINT',
    'ONBUILD RUN x',
  ];
  expect(applyChanges({ Env: ['PATH=/bin', 'A=a'], Labels: { kept: 'yes' } }, changes)).toEqual({
    User: '1:2',
    ExposedPorts: { '80/tcp': {}, '53/udp': {} },
    Env: ['PATH=/bin', 'A=c d', 'P q='],
    Entrypoint: ['/bin/sh', '-c', '/bin/x y'],
    Cmd: ['a', 'b'],
    Volumes: { '/v': {}, '/w': {}, '/x y': {} },
    WorkingDir: '/w/sub',
    Labels: { kept: 'yes', x: 'y z' },
    StopSignal: '2',
    OnBuild: ['RUN x'],
  });
  expect(applyChanges({ Cmd: ['sh'], Entrypoint: ['x'] }, ['CMD=', 'ENTRYPOINT []'])).toEqual({ Cmd: [], Entrypoint: [] });
});

it.each([
  ['FOO x', 'invalid change "FOO x" - invalid instruction FOO'],
  ['constructor x', 'invalid instruction CONSTRUCTOR'],
  ['USER', 'must be formatted as KEY VALUE'],
  ['USER ', 'must provide a value to USER'],
  ['EXPOSE bad', 'EXPOSE port must be an integer'],
  ['EXPOSE 65536', 'EXPOSE port must be a valid port number'],
  ['EXPOSE 1/2/3', 'EXPOSE port must be formatted as PORT[/PROTO]'],
  ['EXPOSE 1/sctp', 'EXPOSE protocol must be TCP or UDP'],
  ['ENV =x', 'ENV must have at least one argument'],
  ['VOLUME []', 'must provide at least one argument to VOLUME'],
  ['VOLUME a  b', 'VOLUME paths must not be empty'],
  ['WORKDIR ', 'must provide a non-empty WORKDIR'],
  ['LABEL x', 'LABEL must be formatted key=value'],
  ['LABEL =x', 'LABEL must have a non-empty key'],
  ['STOPSIGNAL nosuch', 'KILLSIGNAL must be given a valid signal'],
  ['ONBUILD ', 'ONBUILD must be given an argument'],
])('%j is refused', (change, message) => {
  expect(() => applyChanges({}, [change])).toThrow(
    expect.objectContaining({ code: 'invalid-change', message: expect.stringContaining(message) }),
  );
});
