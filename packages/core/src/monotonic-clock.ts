/** Milliseconds of a clock that nobody sets, the same for all processes of a boot. For whatever lasts, in place of the time of day. */
export function monotonicNow(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}
