import type { Usability } from '../contracts/usability.ts';
import { UnavailableError } from '../errors.ts';

/** A backend that can say whether it works on this machine. */
export interface Candidate {
  readonly name: string;
  probe(): Promise<Usability>;
}

/** What was considered for one role and what came of it, for `info`. */
export interface Considered {
  readonly name: string;
  readonly usability: Usability;
}

/**
 * The first candidate that is usable here.
 *
 * @throws {UnavailableError} `no-usable-backend` with every candidate's reason.
 */
export async function chooseUsable<Backend extends Candidate>(role: string, candidates: readonly Backend[]): Promise<Backend> {
  const reasons: string[] = [];
  for (const candidate of candidates) {
    const usability = await candidate.probe();
    if (usability.usable) return candidate;
    reasons.push(`${candidate.name}: ${usability.reason}`);
  }
  throw new UnavailableError(`no ${role} is usable here${reasons.length > 0 ? `: ${reasons.join('; ')}` : ''}`, {
    code: 'no-usable-backend',
    hint:
      reasons.length > 0
        ? 'install what is missing, or choose another one; `tspod info` shows what was considered'
        : `configure a ${role}`,
  });
}

/** Every candidate's answer. */
export async function considerAll(candidates: readonly Candidate[]): Promise<Considered[]> {
  return Promise.all(candidates.map(async (candidate) => ({ name: candidate.name, usability: await candidate.probe() })));
}
