const powers: Readonly<Record<string, number>> = { k: 1, m: 2, g: 3, t: 4 };

/** Bytes of `64m`, `65536k` or `1024`, in thousands as podman reads them, and of `64MiB`; undefined when `text` is no size above zero. */
export function parseByteSize(text: string): number | undefined {
  const [, digits, unit = '', binary] = /^(\d+)\s*([kmgt]?)(i?)b?$/i.exec(text) ?? [];
  const bytes = Number(digits) * (binary ? 1024 : 1000) ** (powers[unit.toLowerCase()] ?? 0);
  return bytes > 0 && Number.isSafeInteger(bytes) ? bytes : undefined;
}
