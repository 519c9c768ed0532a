export interface MountEntry {
  /** `major:minor`; the same for every mount of one file system. */
  readonly device: string;
  /** The directory of the file system that is mounted. */
  readonly root: string;
  readonly mountPoint: string;
  readonly type: string;
  /** Options of the file system, not of the mount. */
  readonly superOptions: readonly string[];
}

/** Reads `/proc/<pid>/mountinfo`: the fields of proc_pid_mountinfo(5) that are used here. */
export function parseMountInfo(text: string): MountEntry[] {
  return text.split('\n').filter(Boolean).map(parseLine);
}

function parseLine(line: string): MountEntry {
  const fields = line.split(' ');
  // A number of optional fields stands before a lone hyphen.
  const end = fields.indexOf('-', 6);
  return {
    device: field(fields, 2),
    root: unescapeOctal(field(fields, 3)),
    mountPoint: unescapeOctal(field(fields, 4)),
    type: field(fields, end + 1),
    superOptions: field(fields, end + 3).split(','),
  };
}

function field(fields: readonly string[], index: number): string {
  return fields[index] ?? '';
}

/** The kernel writes space, tab, newline, backslash and `#` as three octal digits, byte by byte. */
function unescapeOctal(text: string): string {
  if (!text.includes('\\')) return text;
  return text.replace(/\\([0-7]{3})/g, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 8)));
}
