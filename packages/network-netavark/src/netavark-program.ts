import { accessSync, constants } from 'node:fs';
import { join } from 'node:path';
import { RuntimeFailedError, UnavailableError } from '@tspod/core';
import type { NetavarkSettings } from './netavark-settings.ts';

/** What netavark reads, at set-up and again at tear-down. */
export interface NetavarkInput {
  readonly container_id: string;
  readonly container_name: string;
  readonly port_mappings?: readonly NetavarkPort[] | undefined;
  readonly networks: Readonly<Record<string, NetavarkAttachment>>;
  readonly network_info: Readonly<Record<string, unknown>>;
}

export interface NetavarkPort {
  readonly host_ip: string;
  readonly container_port: number;
  readonly host_port: number;
  readonly range: number;
  readonly protocol: string;
}

export interface NetavarkAttachment {
  readonly static_ips?: readonly string[] | undefined;
  readonly static_mac?: string | undefined;
  readonly aliases?: readonly string[] | undefined;
  readonly interface_name: string;
}

/** What it answers, by network. */
export type NetavarkStatus = Readonly<
  Record<
    string,
    {
      readonly dns_search_domains?: readonly string[] | undefined;
      readonly dns_server_ips?: readonly string[] | undefined;
      readonly interfaces?:
        | Readonly<
            Record<
              string,
              {
                readonly mac_address: string;
                readonly subnets?: readonly { readonly ipnet: string; readonly gateway?: string | undefined }[] | null;
              }
            >
          >
        | undefined;
    }
  >
>;

export class NetavarkProgram {
  readonly #settings: NetavarkSettings;

  constructor(settings: NetavarkSettings) {
    this.#settings = settings;
  }

  /** @throws {UnavailableError} `missing-helper` */
  get path(): string {
    const path = this.#find('netavark');
    if (path !== undefined) return path;
    throw new UnavailableError(`netavark is not in ${this.#settings.helperDirectories.join(', ')}`, {
      code: 'missing-helper',
      hint: 'install netavark, aardvark-dns and iptables, or name their directory in helper_binaries_dir of containers.conf',
    });
  }

  async setUp(namespace: string, input: NetavarkInput): Promise<NetavarkStatus> {
    const output = await this.#run('setup', namespace, input);
    return JSON.parse(output) as NetavarkStatus;
  }

  async tearDown(namespace: string, input: NetavarkInput): Promise<void> {
    await this.#run('teardown', namespace, input);
  }

  async version(): Promise<string> {
    const { exitCode, stdout } = await this.#spawn(['version'], '');
    return exitCode === 0 ? stdout.trim() : '';
  }

  #find(program: string): string | undefined {
    return this.#settings.helperDirectories
      .map((directory) => join(directory, program))
      .find((path) => {
        try {
          accessSync(path, constants.X_OK);
          return true;
        } catch {
          return false;
        }
      });
  }

  async #run(verb: 'setup' | 'teardown', namespace: string, input: NetavarkInput): Promise<string> {
    const aardvark = this.#find('aardvark-dns');
    const argv = [
      '--config',
      this.#settings.runDirectory,
      '--rootless=false',
      ...(aardvark === undefined ? [] : [`--aardvark-binary=${aardvark}`]),
      verb,
      namespace,
    ];
    const { exitCode, stdout, stderr } = await this.#spawn(argv, JSON.stringify(input));
    if (exitCode === 0) return stdout;
    throw new RuntimeFailedError(`netavark: ${messageOf(stdout) || stderr.trim() || `${verb} failed`}`, {
      code: verb === 'setup' ? 'network-setup-failed' : 'network-teardown-failed',
      argv: [this.path, ...argv],
      exitCode,
      stderr,
    });
  }

  async #spawn(
    argv: readonly string[],
    input: string,
  ): Promise<{ exitCode: number | undefined; stdout: string; stderr: string }> {
    const { spawn } = await import('node:child_process');
    const { dnsPort } = this.#settings;
    const child = spawn(this.path, argv, {
      cwd: '/',
      // a signal from the terminal is for the container, and would leave half of a network
      detached: true,
      stdio: ['pipe', 'pipe', 'pipe'],
      env: {
        PATH: `${process.env.PATH ?? ''}:/usr/local/sbin:/usr/sbin:/sbin:/usr/local/bin:/usr/bin:/bin`,
        RUST_LOG: 'netavark=warn',
        ...(process.env.NETAVARK_FW !== undefined && { NETAVARK_FW: process.env.NETAVARK_FW }),
        ...(dnsPort !== undefined && { NETAVARK_DNS_PORT: String(dnsPort) }),
      },
    });
    const stdout: Buffer[] = [];
    const stderr: Buffer[] = [];
    child.stdout.on('data', (chunk: Buffer) => stdout.push(chunk));
    child.stderr.on('data', (chunk: Buffer) => stderr.push(chunk));
    child.stdin.on('error', () => undefined); // it ended before it had read all: its exit code tells
    child.stdin.end(input);
    const exitCode = await new Promise<number | undefined>((resolve, reject) => {
      child.once('error', reject);
      child.once('exit', (code) => {
        // the name service that it starts may keep its stderr: the end of the program counts
        const finish = () => {
          clearTimeout(timer);
          child.stdout.destroy();
          child.stderr.destroy();
          resolve(code ?? undefined);
        };
        const timer = setTimeout(finish, 500);
        if (child.stdout.readableEnded) finish();
        else child.stdout.once('end', finish);
      });
    });
    return { exitCode, stdout: Buffer.concat(stdout).toString('utf8'), stderr: Buffer.concat(stderr).toString('utf8') };
  }
}

/** It says on stdout why it failed. */
function messageOf(stdout: string): string {
  try {
    return String((JSON.parse(stdout) as { error?: unknown }).error ?? '');
  } catch {
    return '';
  }
}
