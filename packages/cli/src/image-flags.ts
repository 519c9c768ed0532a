/** The flag of commands that make images and take instructions for them. */
export const changeFlag = {
  kind: 'stringArray',
  shorthand: 'c',
  help: 'Instruction to apply: CMD, ENTRYPOINT, ENV, EXPOSE, LABEL, ONBUILD, STOPSIGNAL, USER, VOLUME or WORKDIR',
} as const;
