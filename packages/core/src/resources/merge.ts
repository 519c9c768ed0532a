import type { Resources } from '../oci/spec.ts';

/** Resources with those of an update in place of what they name, value by value; of a list the whole list. Rules for devices stay. */
export function mergeResources(present: Resources, update: Resources): Resources {
  return {
    ...present,
    ...update,
    ...merged('memory', present, update),
    ...merged('cpu', present, update),
    ...merged('blockIO', present, update),
    ...merged('unified', present, update),
  };
}

function merged<Name extends 'memory' | 'cpu' | 'blockIO' | 'unified'>(
  name: Name,
  present: Resources,
  update: Resources,
): Pick<Resources, Name> {
  if (present[name] === undefined && update[name] === undefined) return {} as Pick<Resources, Name>;
  return { [name]: { ...present[name], ...update[name] } } as Pick<Resources, Name>;
}

/** Resources for a cgroup that is new: what would be lifted need not be said. */
export function withoutLifted({ memory, cpu, pids, ...rest }: Resources): Resources {
  return {
    ...rest,
    ...withoutNegatives('memory', memory),
    ...withoutNegatives('cpu', cpu),
    // podman says 0 for no limit here
    ...(pids !== undefined && { pids: { limit: Math.max(pids.limit, 0) } }),
  };
}

function withoutNegatives<Name extends 'memory' | 'cpu'>(name: Name, values: Resources[Name]): Pick<Resources, Name> {
  const kept = Object.entries(values ?? {}).filter(([, value]) => !(typeof value === 'number' && value < 0));
  return (kept.length === 0 ? {} : { [name]: Object.fromEntries(kept) }) as Pick<Resources, Name>;
}
