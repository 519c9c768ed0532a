import { type CreateContainerOptions, InvalidArgumentError } from '@tspod/core';
import type { KubeContainer, KubeProbe } from './objects.ts';

type HealthCheck = NonNullable<CreateContainerOptions['healthCheck']>;

/**
 * A liveness probe as a health check of the container. Requests to a port are made by `curl` and `nc` in the container, as podman has it.
 * Defaults are those of Kubernetes: every 10 seconds, a second of patience, unhealthy after three failures.
 * @throws {InvalidArgumentError} `unsupported-field`
 */
export function healthOf(probe: KubeProbe, container: KubeContainer): HealthCheck {
  const seconds = (value: number | undefined, fallback: number) => (value ?? fallback) * 1000;
  return {
    test: testOf(probe, container),
    startPeriod: seconds(probe.initialDelaySeconds, 0),
    interval: seconds(probe.periodSeconds, 10),
    timeout: seconds(probe.timeoutSeconds, 1),
    retries: probe.failureThreshold ?? 3,
  };
}

function testOf({ exec, httpGet, tcpSocket }: KubeProbe, container: KubeContainer): readonly string[] {
  if (exec !== undefined) return ['CMD', ...exec.command];
  if (httpGet !== undefined) {
    const scheme = (httpGet.scheme ?? 'http').toLowerCase();
    const path = httpGet.path ?? '/';
    const address = `${scheme}://${httpGet.host ?? 'localhost'}:${portOf(httpGet.port, container)}${path.startsWith('/') ? '' : '/'}${path}`;
    return ['CMD', 'curl', '-f', '-s', '-o', '/dev/null', address];
  }
  if (tcpSocket !== undefined)
    return ['CMD', 'nc', '-z', tcpSocket.host ?? 'localhost', String(portOf(tcpSocket.port, container))];
  throw unsupported(`the liveness probe of container "${container.name}" is none of exec, httpGet and tcpSocket`);
}

/** A port by its number, or by its name in the container's list. */
function portOf(port: string | number, { name, ports }: KubeContainer): number {
  if (typeof port === 'number') return port;
  const found = ports?.find((candidate) => candidate.name === port)?.containerPort;
  if (found !== undefined) return found;
  throw unsupported(`container "${name}" has no port named "${port}"`);
}

function unsupported(message: string): InvalidArgumentError {
  return new InvalidArgumentError(message, { code: 'unsupported-field' });
}
