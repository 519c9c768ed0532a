/** The executable, and how it is called. */
export interface ConmonProgram {
  readonly path: string;
  readonly logLevel: string;
}
