import { corruptDatabase } from './sqlite-error.ts';

/** A record as it was written. @throws {CorruptError} `corrupt-state` naming the database */
export function parse<Value>(json: unknown, path: string): Value {
  try {
    return JSON.parse(String(json)) as Value;
  } catch (error) {
    throw corruptDatabase(path, 'a record in it is not JSON', error);
  }
}
