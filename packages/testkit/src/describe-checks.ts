import { describe, it } from 'vitest';
import type { Check } from './check.ts';

/**
 * Makes a test of every check, on a fixture of its own that is cleaned up whether the check passes, fails or is skipped.
 *
 * @param applies false: what the fixture has declares capabilities that rule the check out. Default: every check applies.
 */
export function describeChecks<Fixture extends { cleanup(): Promise<void> }, OneCheck extends Check<Fixture>>(
  title: string,
  checks: readonly OneCheck[],
  createFixture: () => Promise<Fixture>,
  applies: (check: OneCheck, fixture: Fixture) => boolean | Promise<boolean> = () => true,
): void {
  describe(title, () => {
    for (const check of checks) {
      it(check.name, async ({ skip }) => {
        const fixture = await createFixture();
        try {
          if (!(await applies(check, fixture))) skip('its capabilities rule it out');
          const lack = await check.lacks?.(fixture);
          if (lack !== undefined) {
            console.warn(`${title}: "${check.name}" is skipped: ${lack}`);
            skip(lack);
          }
          await check.run(fixture);
        } finally {
          await fixture.cleanup();
        }
      });
    }
  });
}
