import { type Usability, unusable } from '../contracts/usability.ts';
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
  /** It is what is used where nothing else is asked for. */
  readonly chosen: boolean;
  /** Why it was not chosen; empty for the one that was. */
  readonly reason: string;
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

/**
 * Every candidate's answer, and which one is chosen.
 * @param wanted name of the one that was asked for; undefined: the first usable.
 */
export async function considerAll(candidates: readonly Candidate[], wanted?: string): Promise<Considered[]> {
  const usabilities = await Promise.all(candidates.map((candidate) => candidate.probe()));
  const chosen = candidates.findIndex(({ name }, index) => usabilities[index]?.usable && (wanted ?? name) === name);
  const preferred = wanted === undefined ? `${candidates[chosen]?.name} comes first` : `${wanted} was asked for`;
  return candidates.map(({ name }, index) => {
    const usability = usabilities[index] ?? unusable('it did not answer');
    if (index === chosen) return { name, usability, chosen: true, reason: '' };
    return { name, usability, chosen: false, reason: usability.usable ? preferred : usability.reason };
  });
}
