const escapes: Readonly<Record<string, string>> = {
  a: '\x07',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
  '\\': '\\',
  "'": "'",
  '"': '"',
};

/** The text that a quoted or raw Go string stands for; undefined when it is not valid. */
export function unquote(literal: string): string | undefined {
  if (literal.startsWith('`')) return literal.slice(1, -1).replaceAll('\r', '');
  const quote = literal[0];
  const bytes: number[] = [];
  const encoder = new TextEncoder();
  const body = literal.slice(1, -1);
  for (let at = 0; at < body.length; ) {
    if (body[at] !== '\\') {
      const character = String.fromCodePoint(body.codePointAt(at) ?? 0);
      bytes.push(...encoder.encode(character));
      at += character.length;
      continue;
    }
    const rest = body.slice(at + 1);
    const numeric = /^(?:x([0-9a-fA-F]{2})|([0-7]{3})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8}))/.exec(rest);
    if (numeric !== null) {
      const [all, hexadecimal, octal, short, long] = numeric;
      if (hexadecimal !== undefined) bytes.push(Number.parseInt(hexadecimal, 16));
      else if (octal !== undefined) bytes.push(Number.parseInt(octal, 8) & 0xff);
      else {
        const code = Number.parseInt(short ?? long ?? '', 16);
        if (code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff)) return undefined;
        bytes.push(...encoder.encode(String.fromCodePoint(code)));
      }
      at += 1 + all.length;
      continue;
    }
    const plain = escapes[rest[0] ?? ''];
    if (plain === undefined || ((rest[0] === "'" || rest[0] === '"') && rest[0] !== quote)) return undefined;
    bytes.push(...encoder.encode(plain));
    at += 2;
  }
  return new TextDecoder().decode(Uint8Array.from(bytes));
}

/** A Go string literal for the text, as `%q` prints it. */
export function quote(text: string): string {
  let quoted = '"';
  for (const character of text) {
    const code = character.codePointAt(0) ?? 0;
    const name = Object.entries(escapes).find(([key, value]) => value === character && key !== "'")?.[0];
    if (name !== undefined) quoted += `\\${name}`;
    else if (code < 0x20 || code === 0x7f) quoted += `\\x${code.toString(16).padStart(2, '0')}`;
    else quoted += character;
  }
  return `${quoted}"`;
}

/** The number that a Go literal stands for: an integer (big beyond 2^53) or a float; undefined when it is not valid. */
export function parseNumber(literal: string): number | bigint | undefined {
  const text = literal.replaceAll('_', '');
  const [, sign = '', digits = ''] = /^([+-]?)(.*)$/.exec(text) ?? [];
  if (/^(0[xX][0-9a-fA-F]+|0[oO][0-7]+|0[bB][01]+|[1-9][0-9]*|0)$/.test(digits)) return integer(sign, digits);
  if (/^0[0-7]+$/.test(digits)) return integer(sign, `0o${digits.slice(1)}`);
  if (/^([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?$/.test(digits)) return Number(text);
  return undefined;
}

function integer(sign: string, digits: string): number | bigint {
  const value = sign === '-' ? -BigInt(digits) : BigInt(digits);
  return value >= BigInt(Number.MIN_SAFE_INTEGER) && value <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(value) : value;
}
