/**
 * For V8 in processes that mostly wait for others: the young generation would grow to some 100 megabytes in a process that lives long. A
 * supervisor of 100 containers has 75 MB with them, and takes no more time.
 */
export const sparing: readonly string[] = ['--max-semi-space-size=1', '--optimize-for-size'];
