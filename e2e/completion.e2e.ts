import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { busybox, launcher, run, Store } from './support/store.ts';
import { Terminal } from './support/terminal.ts';

/** What is typed before the key Tab, and what the line is afterwards. */
const lines: readonly [typed: string, completed: string][] = [
  ['tspod ru', 'tspod run'],
  ['tspod volu', 'tspod volume'],
  ['tspod container li', 'tspod container list'],
  ['tspod run --read-only-t', 'tspod run --read-only-tmpfs'],
  ['tspod run --pull=alw', 'tspod run --pull=always'],
  ['tspod ps --sort run', 'tspod ps --sort runningfor'],
  ['tspod stop we', 'tspod stop webserver'],
  ['tspod start we', 'tspod start webmade'],
  ['tspod exec -it we', 'tspod exec -it webserver'],
  ['tspod cp webs', 'tspod cp webserver:'],
  ['tspod pod rm fru', 'tspod pod rm fruits'],
  ['tspod volume inspect da', 'tspod volume inspect data'],
  ['tspod network inspect podm', 'tspod network inspect podman'],
  ['tspod secret rm pass', 'tspod secret rm password'],
  ['tspod rmi busy', 'tspod rmi busybox:latest'],
  ['tspod load -i archi', 'tspod load -i archive.tar'],
];

describe('completion', () => {
  let store: Store;
  let id: string;
  let environment: string;
  let directory: string;
  beforeAll(async () => {
    store = await Store.create();
    id = await store.must('run', '-d', '--network', 'none', '--name', 'webserver', busybox, 'sleep', '1000');
    await store.must('create', '--network', 'none', '--name', 'webmade', busybox);
    await store.must('pod', 'create', '--infra=false', '--name', 'fruits');
    await store.must('volume', 'create', 'data');
    await store.must('secret', 'create', 'password', '/etc/hostname');
    directory = store.path('work');
    mkdirSync(join(directory, 'bin'), { recursive: true });
    symlinkSync(launcher, join(directory, 'bin', 'tspod'));
    writeFileSync(join(directory, 'archive.tar'), '');
    const configuration = join(directory, 'bin', 'storage.conf');
    writeFileSync(configuration, `[storage]\ndriver = "overlay"\ngraphroot = "${store.root}"\nrunroot = "${store.runRoot}"\n`);
    environment = `env -C ${directory} HOME=${directory} PATH=${join(directory, 'bin')}:$PATH CONTAINERS_STORAGE_CONF=${configuration}`;
  });
  afterAll(() => store[Symbol.asyncDispose]());

  test.each<[shell: string, command: string, prompt: string]>([
    ['bash', 'bash --norc --noprofile -i', `PS1='prompt> '; source <(tspod completion bash)`],
    ['zsh', 'zsh -f -i', `PS1='prompt> '; autoload -U compinit; compinit -u -D; source <(tspod completion zsh)`],
    ['fish', 'fish --no-config -i', `function fish_prompt; echo -n 'prompt> '; end; tspod completion fish | source`],
  ])('%s', async (_, command, preparation) => {
    using terminal = new Terminal(`${environment} ${command}`);
    terminal.enter(preparation);
    terminal.enter('clear');
    await terminal.ready();
    for (const [typed, completed] of [...lines, [`tspod rm ${id.slice(0, 6)}`, `tspod rm ${id.slice(0, 12)}`] as const]) {
      terminal.type(typed);
      terminal.press('Tab');
      await terminal.sees(new RegExp(`prompt> ${completed.replaceAll('.', '\\.')}( |:|$)`, 'm'));
      terminal.press('C-e', 'C-u');
      await terminal.ready();
    }
  });

  test('scripts are valid, and a shell that there is not is refused', async () => {
    for (const shell of ['bash', 'zsh', 'fish']) {
      const file = join(directory, `completion.${shell}`);
      await store.must('completion', shell, '-f', file, '--no-desc');
      expect(await run(shell, ['-n', file])).toMatchObject({ exitCode: 0, stderr: '' });
    }
    expect(await store.tspod(['completion', 'tcsh'])).toMatchObject({
      exitCode: 125,
      stderr: expect.stringContaining('there is no completion for the shell "tcsh": choose from bash, fish, zsh\n'),
    });
  });

  test('asking for what is not there disturbs nobody', async () => {
    for (const words of [
      ['nosuch', ''],
      ['container', 'nosuch', ''],
      ['run', '--bogus', ''],
      ['--root', '/dev/null/nosuch', 'rm', ''],
    ]) {
      expect(await run(launcher, ['__complete', ...words])).toMatchObject({ exitCode: 0, stderr: '' });
    }
  });
});
