/** What a look at a file or directory answers; undefined where there is none, or none any more. Other failures are thrown. */
export async function unlessAbsent<Value>(look: Promise<Value>): Promise<Value | undefined> {
  try {
    return await look;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    throw error;
  }
}
