import { InvalidArgumentError } from '../errors.ts';
import type { DeviceCgroup } from '../oci/spec.ts';

/**
 * A rule as `--device-cgroup-rule` takes it: type, numbers and access, e.g. `c 1:3 rwm`; a number may be `*`.
 * @throws {InvalidArgumentError} `invalid-device-rule`
 */
export function parseDeviceRule(text: string): DeviceCgroup {
  const [type = '', numbers = '', access = '', ...rest] = text.split(' ');
  if (access === '' || rest.length > 0) {
    throw invalid(`invalid device cgroup rule requires type, major:Minor, and access rules: ${JSON.stringify(text)}`);
  }
  if (!/^[abc]$/.test(type)) throw invalid(`invalid device type in device-access-add: ${type}`);
  const [major, minor, ...more] = numbers.split(':');
  if (major === undefined || minor === undefined || more.length > 0) {
    throw invalid(`invalid device access in device-access-add: ${numbers}`);
  }
  if (!/^[rwm]{1,3}$/.test(access)) throw invalid(`invalid device access in device-access-add: ${access}`);
  const ofAll = type === 'a';
  return { allow: true, type, ...(!ofAll && { ...number('major', major), ...number('minor', minor) }), access };
}

function number<Name extends 'major' | 'minor'>(name: Name, text: string): { [key in Name]?: number } {
  if (text === '*') return {};
  if (!/^\d{1,10}$/.test(text)) throw invalid(`strconv.ParseUint: parsing ${JSON.stringify(text)}: invalid syntax`);
  return { [name]: Number(text) } as { [key in Name]: number };
}

function invalid(message: string): InvalidArgumentError {
  return new InvalidArgumentError(message, { code: 'invalid-device-rule', hint: 'a rule is like "c 1:3 rwm"' });
}
