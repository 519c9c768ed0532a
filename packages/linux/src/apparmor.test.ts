import { expect, it } from 'vitest';
import { apparmorProfiles, parseProfiles } from './apparmor.ts';

it('reads the names of AppArmor profiles from the kernel’s list, where there is one', () => {
  expect(parseProfiles('/usr/bin/man (enforce)\na name with (parentheses) (complain)\n\n')).toEqual([
    '/usr/bin/man',
    'a name with (parentheses)',
  ]);
  expect(apparmorProfiles('/no/such/file')).toEqual([]);
});
