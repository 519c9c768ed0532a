/** Whether a backend can work on this machine. The reason is kept and shown by `tspod info`. */
export type Usability = { readonly usable: true } | { readonly usable: false; readonly reason: string };

export const usable: Usability = { usable: true };

export function unusable(reason: string): Usability {
  return { usable: false, reason };
}
