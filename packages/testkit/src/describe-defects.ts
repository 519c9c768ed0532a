import { describe, expect, it } from 'vitest';
import type { Check } from './check.ts';

/** Milliseconds: who waits in vain gives up only after a while. */
const timeout = 60_000;

/**
 * Proves that each check can fail: makes a test of every one, in which something that breaks just this promise has to be noticed.
 *
 * @param defects ways to break a good implementation, by the names of the checks that have to notice.
 * @param createFixture a fixture with something that has this defect; its clean-up works all the same.
 * @param applies as for `describeChecks`: a check that its capabilities rule out is skipped.
 */
export function describeDefects<Fixture extends { cleanup(): Promise<void> }, OneCheck extends Check<Fixture>, Defect>(
  title: string,
  checks: readonly OneCheck[],
  defects: Readonly<Record<string, Defect>>,
  createFixture: (defect: Defect) => Promise<Fixture>,
  applies: (check: OneCheck, fixture: Fixture) => boolean | Promise<boolean> = () => true,
): void {
  describe(title, () => {
    it('has a defect for each of its checks', () => {
      expect(Object.keys(defects).sort()).toEqual(checks.map(({ name }) => name).sort());
    });

    for (const check of checks) {
      it(
        `notices who does not keep this: ${check.name}`,
        async ({ skip }) => {
          const defect = defects[check.name];
          if (defect === undefined) throw new Error('it has no defect');
          const fixture = await createFixture(defect);
          try {
            if (!(await applies(check, fixture))) skip('its capabilities rule it out');
            await expect(check.run(fixture)).rejects.toThrow();
          } finally {
            await fixture.cleanup();
          }
        },
        timeout,
      );
    }
  });
}
