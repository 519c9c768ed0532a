import { checkOptionTypes, checkType } from '../argument-types.ts';
import type { CreateContainerOptions } from './create-options.ts';

/** @throws {InvalidArgumentError} `wrong-type` naming the option */
export function checkCreateTypes(options: CreateContainerOptions): void {
  checkOptionTypes('createContainer', options, {
    name: 'a string',
    command: 'an array of strings',
    entrypoint: 'an array of strings',
    environment: 'an object of strings',
    user: 'a string',
    workingDirectory: 'a string',
    hostname: 'a string',
    labels: 'an object of strings',
    annotations: 'an object of strings',
    terminal: 'a boolean',
    stdin: 'a boolean',
    network: 'a string',
    networking: 'an object',
    namespaces: 'an object',
    pod: 'a string',
    requires: 'an array of strings',
    readOnly: 'a boolean',
    readOnlyTmpfs: 'a boolean',
    privileged: 'a boolean',
    capAdd: 'an array of strings',
    capDrop: 'an array of strings',
    isolation: 'an object',
    mounts: 'an array',
    volumesFrom: 'an array of strings',
    secrets: 'an array',
    stopSignal: 'a string',
    stopTimeout: 'a number',
    init: 'a boolean',
    logDriver: 'a string',
    logOptions: 'an object of strings',
    autoRemove: 'a boolean',
    timeLimit: 'a number',
    pidFile: 'a string',
    cidFile: 'a string',
    resources: 'an object',
    ulimits: 'an array of strings',
    shmSize: 'a number',
    oomScoreAdj: 'a number',
    deviceCgroupRules: 'an array of strings',
    cgroupParent: 'a string',
    runtime: 'a string',
    storage: 'a string',
    createCommand: 'an array of strings',
  });
  checkType('rootfs of createContainer', options.rootfs, 'an object');
  const source = 'image' in options.rootfs ? options.rootfs.image : options.rootfs.directory;
  checkType('image or directory in rootfs of createContainer', source, 'a string');
}
