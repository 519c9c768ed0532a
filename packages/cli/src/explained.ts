/** Puts words before the message of a failure. */
export async function explained<Result>(words: string, work: Promise<Result>): Promise<Result> {
  try {
    return await work;
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    const { hint } = error as { readonly hint?: string };
    throw Object.assign(new Error(`${words}: ${error.message}`, { cause: error }), { hint });
  }
}
