/** The numbers of a list as the kernel writes CPUs and memory nodes: `0-3,7`; undefined when it is none. */
export function parseCpuList(text: string): ReadonlySet<number> | undefined {
  const numbers = new Set<number>();
  for (const item of text.split(',')) {
    const [, first, last = first] = /^(\d{1,5})(?:-(\d{1,5}))?$/.exec(item.trim()) ?? [];
    if (first === undefined || Number(first) > Number(last)) return undefined;
    for (let number = Number(first); number <= Number(last); number += 1) numbers.add(number);
  }
  return numbers;
}
