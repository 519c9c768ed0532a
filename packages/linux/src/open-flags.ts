/** open(2) flags that `fs.constants` lacks. */
export const O_PATH = 0o10000000;
