/** Whether the tests run every line of their tables on every backend, as the soak has it; otherwise each line on one of them, to save time. */
export const runsAll = process.env.TSPOD_E2E_ALL !== undefined;

/** The lines of a table that this OCI runtime's tests run. `every` leaves out more of them: with 2, half of the lines run. */
export function shareOf<Line>(runtime: 'crun' | 'runc', lines: readonly Line[], every = 1): readonly Line[] {
  return runsAll ? lines : lines.filter((_, index) => index % (2 * every) === (runtime === 'crun' ? 0 : 1));
}
