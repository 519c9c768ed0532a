import type { UserModeNetwork } from '@tspod/core';
import { SandboxProcesses } from './sandbox-processes.ts';
import type { UserModeSettings } from './user-mode-settings.ts';

/** Networks of containers by slirp4netns and pasta. */
export function createUserModeNetwork(settings: UserModeSettings): UserModeNetwork {
  return new SandboxProcesses(settings);
}
