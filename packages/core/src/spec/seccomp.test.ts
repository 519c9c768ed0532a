import { describe, expect, test } from 'vitest';
import { generateSeccomp, parseSeccompProfile } from './seccomp.ts';

const facts = { capabilities: ['CAP_CHOWN'], architecture: 'amd64', kernel: '6.1.0-13-amd64' };
const rule = { names: ['call'], action: 'SCMP_ACT_ALLOW', args: null, includes: {}, excludes: {} };
const profile = { defaultAction: 'SCMP_ACT_ERRNO', defaultErrnoRet: 38, defaultErrno: 'ENOSYS' };
const applies = (conditions: object, other: object = {}) =>
  generateSeccomp({ ...profile, syscalls: [{ ...rule, ...conditions }] }, { ...facts, ...other }).syscalls?.length === 1;

test('a rule loses its conditions and what is empty', () => {
  const argument = { index: 0, value: 4294967295, valueTwo: 0, op: 'SCMP_CMP_EQ' };
  const syscalls = [
    { ...rule, comment: '', args: [] },
    { ...rule, name: 'first', action: 'SCMP_ACT_ERRNO', errno: 'EPERM', errnoRet: 99, args: [argument] },
  ];
  expect(generateSeccomp({ ...profile, syscalls }, facts)).toEqual({
    defaultAction: 'SCMP_ACT_ERRNO',
    defaultErrnoRet: 38,
    syscalls: [
      { names: ['call'], action: 'SCMP_ACT_ALLOW' },
      {
        names: ['first', 'call'],
        action: 'SCMP_ACT_ERRNO',
        errnoRet: 1,
        args: [{ index: 0, value: 4294967295, op: 'SCMP_CMP_EQ' }],
      },
    ],
  });
});

test('the architectures are the machine’s', () => {
  const archMap = [
    { architecture: 'SCMP_ARCH_X86_64', subArchitectures: ['SCMP_ARCH_X86', 'SCMP_ARCH_X32'] },
    { architecture: 'SCMP_ARCH_AARCH64', subArchitectures: ['SCMP_ARCH_ARM'] },
  ];
  expect(generateSeccomp({ ...profile, archMap }, facts).architectures).toEqual([
    'SCMP_ARCH_X86_64',
    'SCMP_ARCH_X86',
    'SCMP_ARCH_X32',
  ]);
  expect(generateSeccomp({ ...profile, archMap }, { ...facts, architecture: 'arm64' }).architectures).toEqual([
    'SCMP_ARCH_AARCH64',
    'SCMP_ARCH_ARM',
  ]);
  expect(generateSeccomp({ ...profile, architectures: ['SCMP_ARCH_X86'] }, facts).architectures).toEqual(['SCMP_ARCH_X86']);
});

describe('conditions', () => {
  test('every capability that is included, none that is excluded', () => {
    expect(applies({ includes: { caps: ['CAP_CHOWN'] } })).toBe(true);
    expect(applies({ includes: { caps: ['CAP_CHOWN', 'CAP_BPF'] } })).toBe(false);
    expect(applies({ excludes: { caps: ['CAP_BPF', 'CAP_CHOWN'] } })).toBe(false);
    expect(applies({ excludes: { caps: ['CAP_BPF'] } })).toBe(true);
  });

  test('architectures', () => {
    expect(applies({ includes: { arches: ['amd64', 'x32'] } })).toBe(true);
    expect(applies({ includes: { arches: ['arm64'] } })).toBe(false);
    expect(applies({ excludes: { arches: ['amd64'] } })).toBe(false);
  });

  test.each([
    ['4.8', true],
    ['6.1', true],
    ['6.2', false],
    ['6.10', false],
    ['7.0', false],
  ])('kernel at least %s', (minKernel, expected) => {
    expect(applies({ includes: { minKernel } })).toBe(expected);
    expect(applies({ excludes: { minKernel } })).toBe(!expected);
  });
});

test.each(['no JSON', '[]', '{}', '{"defaultAction":"x","syscalls":{}}', 'null'])('refuses the profile %s', (text) => {
  expect(() => parseSeccompProfile(text, '/some/profile.json')).toThrowError(
    expect.objectContaining({ code: 'invalid-seccomp-profile', message: expect.stringContaining('/some/profile.json') }),
  );
});

test('refuses an errno and a kernel version that do not exist', () => {
  expect(() => generateSeccomp({ ...profile, defaultErrno: 'ENOTHING' }, facts)).toThrowError('unknown errno ENOTHING');
  expect(() => applies({ includes: { minKernel: 'new' } })).toThrowError('"new" is no kernel version');
});
