import assert from 'node:assert/strict';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { EngineError, type ImageBuilder } from '@tspod/core';
import type { Check } from './check.ts';
import { assertRefuses } from './refusal.ts';
import { until } from './waiting.ts';

/** A builder for a store that has one image. */
export interface ImageBuilderFixture {
  readonly instance: ImageBuilder;
  /** Name of the image of `writeBusyboxArchive`. */
  readonly image: string;
  /** Every image that the store has, and the names that they have. */
  images(): Promise<readonly { readonly id: string; readonly names: readonly string[] }[]>;
  /** Empty, for contexts. */
  readonly directory: string;
  cleanup(): Promise<void>;
}

/** A context with these lines as Containerfile. `RUN` has no network, which it would need root's rules for. */
function contextOf({ directory, image }: ImageBuilderFixture, ...lines: readonly string[]): string {
  const context = join(directory, 'context');
  mkdirSync(context, { recursive: true });
  writeFileSync(join(context, 'Containerfile'), [`FROM ${image}`, ...lines, ''].join('\n'));
  return context;
}

const flags = [['network', 'none']] as const;

/** Builds, and answers what it said on both streams. */
async function built(fixture: ImageBuilderFixture, context: string, ...more: readonly (readonly [string, string])[]) {
  let output = '';
  const add = (bytes: Uint8Array) => {
    output += Buffer.from(bytes).toString();
  };
  const workingDirectory = fixture.directory;
  const request = { context, workingDirectory, flags: [...flags, ...more], onOutput: add, onComplaint: add };
  const { id } = await fixture.instance.build(request);
  return { id, output };
}

export const imageBuilderChecks: readonly Check<ImageBuilderFixture>[] = [
  {
    name: 'says that it is usable',
    async run({ instance }) {
      assert.deepEqual(await instance.probe(), { usable: true });
    },
  },
  {
    name: 'builds an image that the store then has by its id and name, and tells its steps',
    async run(fixture) {
      const before = (await fixture.images()).length;
      contextOf(fixture, 'LABEL kit=one');
      const { id, output } = await built(fixture, './context', ['tag', 'localhost/built:1']);
      assert.match(id ?? '', /^[0-9a-f]{64}$/);
      assert.ok((await fixture.images()).find((image) => image.id === id)?.names.includes('localhost/built:1'));
      assert.ok((await fixture.images()).length > before);
      assert.match(output, /LABEL/);
    },
  },
  {
    name: 'gives commands what the flags say, the later ones',
    async run(fixture) {
      const context = contextOf(fixture, 'ARG WORD', 'RUN echo "the word is $WORD"');
      const { output } = await built(fixture, context, ['build-arg', 'WORD=first'], ['build-arg', 'WORD=second']);
      assert.match(output, /the word is second/);
    },
  },
  {
    name: 'fails with the exit code of the command that failed',
    async run(fixture) {
      const failure: unknown = await built(fixture, contextOf(fixture, 'RUN exit 7')).then(
        () => assert.fail('it was built'),
        (error) => error,
      );
      if (!EngineError.isInstance(failure)) throw failure;
      assert.deepEqual({ kind: failure.kind, code: failure.code }, { kind: 'runtime-failed', code: 'build-failed' });
      assert.equal('exitCode' in failure && failure.exitCode, 7);
    },
  },
  {
    name: 'begins where the last build failed',
    async run(fixture) {
      const first = 'RUN head -c 16 /dev/urandom | md5sum >/once; echo "made $(cat /once)"';
      let output = '';
      const onOutput = (bytes: Uint8Array) => {
        output += Buffer.from(bytes).toString();
      };
      const failing = fixture.instance.build({
        context: contextOf(fixture, first, 'RUN exit 1'),
        flags,
        onOutput,
        onComplaint: () => undefined,
      });
      await assertRefuses(failing, 'runtime-failed', 'build-failed');
      const [, made] = /^made (\w+)/m.exec(output) ?? [];
      assert.ok(made, 'the first step was done');
      const again = await built(fixture, contextOf(fixture, first, 'RUN echo "has $(cat /once)"'));
      assert.ok(again.output.includes(`has ${made}`), 'it did the first step again');
    },
  },
  {
    name: 'stops when it is told to, with the reason, and keeps no container',
    async run(fixture) {
      const { instance } = fixture;
      const reason = new Error('enough');
      const context = contextOf(fixture, 'RUN echo begun; sleep 60');
      await assert.rejects(instance.build({ context, flags, signal: AbortSignal.abort(reason) }), reason);
      const stopped = new AbortController();
      let output = '';
      const building = instance.build({
        context,
        flags: [...flags, ['tag', 'localhost/stopped:1']],
        signal: stopped.signal,
        onOutput: (bytes) => {
          output += Buffer.from(bytes).toString();
        },
        onComplaint: () => undefined,
      });
      const ended = assert.rejects(building, reason);
      await until(() => /^begun/m.test(output), 'the command runs');
      stopped.abort(reason);
      await ended;
      assert.ok(!(await fixture.images()).some(({ names }) => names.includes('localhost/stopped:1')));
    },
  },
  {
    name: 'refuses a directory that is not there',
    async run(fixture) {
      const workingDirectory = join(fixture.directory, 'nosuch');
      await assertRefuses(
        fixture.instance.build({ context: '.', workingDirectory, flags }),
        'not-found',
        'no-such-file',
        workingDirectory,
      );
    },
  },
  {
    name: 'writes the result elsewhere, and has no id but of an image of the store',
    async run(fixture) {
      const out = join(fixture.directory, 'out');
      const { id } = await built(fixture, contextOf(fixture, 'LABEL kit=out'), ['output', `type=local,dest=${out}`]);
      assert.ok(id === undefined || (await fixture.images()).some((image) => image.id === id), `the store has no ${id}`);
      assert.ok(existsSync(join(out, 'bin/busybox')));
    },
  },
];
