import { InvalidArgumentError } from '../errors.ts';
import type { SecurityOptions } from './options.ts';

/**
 * The values of `--security-opt`: `no-new-privileges[=BOOL]`, `seccomp=`, `mask=`, `unmask=`, `systempaths=unconfined`, `proc-opts=`,
 * `label=`, `apparmor=`. A colon may stand for the equals sign, as Docker once had it.
 *
 * @throws {InvalidArgumentError} `invalid-security-option`
 */
export function parseSecurityOptions(values: readonly string[]): SecurityOptions {
  const parsed = { mask: [] as string[], unmask: [] as string[], labels: [] as string[] };
  let single: Pick<SecurityOptions, 'seccomp' | 'noNewPrivileges' | 'procOptions' | 'apparmor'> = {};
  for (const value of values) {
    if (value === 'no-new-privileges') {
      single = { ...single, noNewPrivileges: true };
      continue;
    }
    const [key, rest] = split(value);
    switch (key) {
      case 'apparmor':
        single = { ...single, apparmor: rest };
        break;
      case 'label':
        parsed.labels.push(rest);
        break;
      case 'mask':
        parsed.mask.push(...rest.split(':').filter(Boolean));
        break;
      case 'no-new-privileges':
        single = { ...single, noNewPrivileges: truth(rest) };
        break;
      case 'proc-opts':
        single = { ...single, procOptions: rest.split(',').filter(Boolean) };
        break;
      case 'seccomp':
        single = { ...single, seccomp: rest };
        break;
      case 'systempaths':
        if (rest !== 'unconfined') {
          throw invalid(`invalid systempaths option "${rest}", only \`unconfined\` is supported`);
        }
        parsed.unmask.push('ALL');
        break;
      case 'unmask':
        parsed.unmask.push(...rest.split(':').filter(Boolean));
        break;
      default:
        throw invalid(`invalid --security-opt 2: "${value}"`);
    }
  }
  return { ...parsed, ...single };
}

function split(value: string): readonly [string, string] {
  const at = value.includes('=') ? value.indexOf('=') : value.indexOf(':');
  if (at === -1) throw invalid(`invalid --security-opt 1: "${value}"`);
  return [value.slice(0, at), value.slice(at + 1)];
}

function truth(text: string): boolean {
  if (/^(1|t|T|true|TRUE|True)$/.test(text)) return true;
  if (/^(0|f|F|false|FALSE|False)$/.test(text)) return false;
  throw invalid(`invalid --security-opt 2: "no-new-privileges:${text}"`);
}

function invalid(message: string): InvalidArgumentError {
  return new InvalidArgumentError(message, {
    code: 'invalid-security-option',
    hint: 'use no-new-privileges, seccomp=FILE, mask=PATHS, unmask=PATHS, proc-opts=OPTIONS, label=OPTION or apparmor=PROFILE',
  });
}
