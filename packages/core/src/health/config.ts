/** How it is found out whether a container does its work. */
export interface HealthCheck {
  /**
   * Docker's form: `['CMD', program, argument…]`, `['CMD-SHELL', text]` for `/bin/sh -c`, or `['NONE']`: no check, whatever the image
   * says. Anything else is run as it is.
   */
  readonly test: readonly string[];
  /** Milliseconds from the end of one check to the next; 0: only on request. */
  readonly interval: number;
  /** Milliseconds after which a check has failed and its process is killed. */
  readonly timeout: number;
  /** Milliseconds after the start of the container in which failures do not count. */
  readonly startPeriod: number;
  /** So many failures in a row make it unhealthy. */
  readonly retries: number;
}

/** What is done to a container that is unhealthy. */
export type HealthFailureAction = 'none' | 'kill' | 'restart' | 'stop';

/** What a caller may say of it; what is left out is the image's, where `test` is, else a default: 30 s, 30 s, 0, 3. */
export type HealthCheckOptions = Partial<HealthCheck>;

/** The check that a container has, if it has one. */
export function hasHealthCheck(check: HealthCheck | undefined): check is HealthCheck {
  return commandOf(check) !== undefined;
}

/** The command of a check; undefined where there is none. */
export function commandOf(check: HealthCheck | undefined): readonly string[] | undefined {
  const [form = '', ...rest] = check?.test ?? [];
  if (form === 'CMD') return isRunnable(rest) ? rest : undefined;
  if (form === 'CMD-SHELL') return ['/bin/sh', '-c', rest.join(' ')];
  return form === 'NONE' || form === '' ? undefined : check?.test;
}

function isRunnable([program]: readonly string[]): boolean {
  return program !== undefined && program !== '';
}
