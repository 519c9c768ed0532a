import { describe, it } from 'vitest';

interface Check<Fixture> {
  readonly name: string;
  run(fixture: Fixture): Promise<void>;
}

/** Makes a test of every check, on a fixture of its own that is cleaned up whether the check passes or fails. */
export function describeChecks<Fixture extends { cleanup(): Promise<void> }>(
  title: string,
  checks: readonly Check<Fixture>[],
  createFixture: () => Promise<Fixture>,
): void {
  describe(title, () => {
    for (const check of checks) {
      it(check.name, async () => {
        const fixture = await createFixture();
        try {
          await check.run(fixture);
        } finally {
          await fixture.cleanup();
        }
      });
    }
  });
}
