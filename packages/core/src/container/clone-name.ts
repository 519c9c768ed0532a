import { EngineError } from '../errors.ts';

/**
 * Makes a clone under the name of its original with `-clone` behind it, and a number where that is taken.
 * @param taken the code of the failure that says so; others are thrown.
 */
export async function underCloneName<Made>(
  original: string,
  taken: 'container-exists' | 'pod-exists',
  make: (name: string) => Promise<Made>,
): Promise<Made> {
  for (let number = 0; ; number += 1) {
    try {
      return await make(`${original}-clone${number === 0 ? '' : number}`);
    } catch (error) {
      if (!EngineError.isInstance(error) || error.code !== taken) throw error;
    }
  }
}
