import { UnavailableError } from '@tspod/core';
import { explained } from '../explained.ts';
import { defineCommand } from '../grammar/command.ts';
import { exactly } from '../grammar/positional.ts';

export const command = defineCommand({
  description: ['Runs the health check of a container once. Exits with 0 if it passes, with 1 if it fails.'],
  usage: 'CONTAINER',
  examples: ['healthcheck run web'],
  flags: {},
  positional: exactly(1),
  async run({ positional: [name = ''], context: { output, runtime } }) {
    const container = await explained(`unable to look up ${name} to perform a health check`, (await runtime()).container(name));
    const { passed, timedOut } = await container.checkHealth();
    if (timedOut) {
      throw new UnavailableError(`healthcheck command exceeded timeout of ${seconds(container.config().healthCheck?.timeout)}`, {
        code: 'health-check-too-slow',
        hint: 'give it more with --health-timeout when the container is created',
      });
    }
    if (passed) return 0;
    output.line('unhealthy');
    return 1;
  },
});

function seconds(milliseconds = 0): string {
  return `${milliseconds / 1000}s`;
}
