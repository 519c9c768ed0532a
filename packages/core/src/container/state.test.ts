import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type ContainerEvent, type ContainerState, type ContainerStatus, displayStatus, isAlive, transition } from './state.ts';

const process = { pid: 10, startTime: 20 };
const exit = { exitCode: 3, finishedAt: '2026-11-23T20:00:00Z', oomKilled: false };
const startedAt = '2026-11-23T19:00:00Z';

const states: { readonly [Status in ContainerStatus]: Extract<ContainerState, { status: Status }> } = {
  configured: { status: 'configured' },
  created: { status: 'created', process },
  running: { status: 'running', process, startedAt },
  paused: { status: 'paused', process, startedAt },
  stopping: { status: 'stopping', process, startedAt },
  stopped: { status: 'stopped', startedAt, ...exit },
  exited: { status: 'exited', startedAt, ...exit },
  removing: { status: 'removing' },
  unknown: { status: 'unknown', reason: 'test' },
};

const events: { readonly [Type in ContainerEvent['type']]: Extract<ContainerEvent, { type: Type }> } = {
  initialised: { type: 'initialised', process },
  started: { type: 'started', at: startedAt },
  paused: { type: 'paused' },
  unpaused: { type: 'unpaused' },
  'stop-requested': { type: 'stop-requested' },
  died: { type: 'died', ...exit },
  'cleaned-up': { type: 'cleaned-up' },
  'removal-began': { type: 'removal-began' },
  lost: { type: 'lost', reason: 'test' },
};

/** Every pair that is allowed, and where it leads. What is not here is an error. */
const allowed: { readonly [Type in ContainerEvent['type']]: Partial<Record<ContainerStatus, ContainerStatus>> } = {
  initialised: { configured: 'created', stopped: 'created', exited: 'created' },
  started: { created: 'running' },
  paused: { running: 'paused' },
  unpaused: { paused: 'running' },
  'stop-requested': { created: 'created', running: 'stopping', paused: 'stopping', stopping: 'stopping' },
  died: { created: 'stopped', running: 'stopped', paused: 'stopped', stopping: 'stopped' },
  'cleaned-up': { configured: 'configured', created: 'configured', stopped: 'exited', exited: 'exited' },
  'removal-began': Object.fromEntries(Object.keys(states).map((status) => [status, 'removing'])),
  lost: Object.fromEntries(Object.keys(states).map((status) => [status, 'unknown'])),
};

const pairs = Object.values(states).flatMap((state) => Object.values(events).map((event) => ({ state, event })));

describe('transition', () => {
  test.each(pairs.map(({ state, event }) => ({ state, event, from: state.status, what: event.type })))(
    '$what in $from',
    ({ state, event }) => {
      const expected = allowed[event.type][state.status];
      if (expected === undefined) {
        expect(() => transition(state, event)).toThrowError(
          expect.objectContaining({ code: 'container-state-improper', actual: state.status }),
        );
      } else {
        expect(transition(state, event).status).toBe(expected);
      }
    },
  );

  test('a pid exists only with a process, an exit code only after one', () => {
    const anyEvents = fc.array(fc.constantFrom(...Object.values(events)), { maxLength: 30 });
    fc.assert(
      fc.property(anyEvents, (sequence) => {
        let state: ContainerState = states.configured;
        for (const event of sequence) {
          if (allowed[event.type][state.status] === undefined) continue;
          state = transition(state, event);
          expect(isAlive(state)).toBe(['created', 'running', 'paused', 'stopping'].includes(state.status));
          expect('exitCode' in state).toBe(['stopped', 'exited'].includes(state.status));
        }
      }),
    );
  });

  test('the moment of the start is kept to the end', () => {
    const ended = transition(transition(states.running, events.died), events['cleaned-up']);
    expect(ended).toEqual({ status: 'exited', startedAt, ...exit });
  });
});

test('people see podman’s words', () => {
  expect(Object.values(states).map(displayStatus)).toEqual([
    'created',
    'initialized',
    'running',
    'paused',
    'stopping',
    'stopped',
    'exited',
    'removing',
    'unknown',
  ]);
});
