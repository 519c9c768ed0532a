import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { eventually } from './machine.ts';

/** A real terminal, run by tmux, with a shell in it. Dispose of it. */
export class Terminal implements Disposable {
  readonly #socket = `tspod-e2e-${randomBytes(4).toString('hex')}`;

  /** `shell` is a command line; it has to ask with `prompt> `. */
  constructor(shell = 'env PS1="prompt> " sh') {
    this.#tmux('-f', '/dev/null', 'new-session', '-d', '-s', 'main', '-x', '80', '-y', '24', shell);
  }

  type(text: string): void {
    this.#tmux('send-keys', '-t', 'main', '-l', text);
  }

  press(...keys: string[]): void {
    this.#tmux('send-keys', '-t', 'main', ...keys);
  }

  enter(line: string): void {
    this.type(line);
    this.press('Enter');
  }

  resize(columns: number, rows: number): void {
    this.#tmux('resize-window', '-t', 'main', '-x', String(columns), '-y', String(rows));
  }

  /** What is shown, and `above` lines of what went off at the top. */
  screen(above = 200): string {
    return this.#tmux('capture-pane', '-p', '-J', '-t', 'main', '-S', String(-above));
  }

  /** Waits for the shell to ask for the next line: what is typed before that may go to a program that is just ending. */
  async ready(): Promise<void> {
    await this.sees(/prompt>\s*$/);
  }

  async sees(pattern: RegExp): Promise<string> {
    return eventually(`${pattern} on the screen:\n${this.screen()}`, () =>
      pattern.test(this.screen()) ? this.screen() : undefined,
    ).catch((error: unknown) => {
      throw new Error(`${(error as Error).message}\n--- now:\n${this.screen()}`);
    });
  }

  [Symbol.dispose](): void {
    this.#tmux('kill-server');
  }

  #tmux(...args: string[]): string {
    return execFileSync('tmux', ['-L', this.#socket, ...args], { encoding: 'utf8' });
  }
}
