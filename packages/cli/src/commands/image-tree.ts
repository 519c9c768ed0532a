import { type LayerNode, shortId } from '@tspod/core';
import { defineCommand } from '../grammar/command.ts';
import { exactly } from '../grammar/positional.ts';

export const command = defineCommand({
  description: ['Shows the layers of an image, or what is built on it, as a tree.'],
  usage: '[options] IMAGE',
  examples: ['image tree busybox', 'image tree --whatrequires busybox'],
  flags: { whatrequires: { kind: 'bool', help: 'Layers and images that are built on this one' } },
  positional: exactly(1),
  async run({ flags, positional: [reference = ''], context: { output, runtime } }) {
    const { image, nodes } = await (await runtime()).images.tree(reference, { above: flags.whatrequires });
    output.line(`Image ID: ${shortId(image.id)}`);
    output.line(`Tags:     [${image.names.join(' ')}]`);
    output.line(`Size:     ${sizeText(image.size)}`);
    const [top] = nodes;
    if (top === undefined) output.line('No Image Layers');
    else {
      output.line('Image Layers');
      const isAbove = flags.whatrequires;
      output.text(lines(isAbove ? [{ ...top, children: [] }, ...top.children] : nodes, ''));
      output.line('');
    }
    return 0;
  },
});

function lines(nodes: readonly LayerNode[], indent: string): string {
  return nodes
    .map(({ layer, topOf, children }, index) => {
      const isLast = index === nodes.length - 1;
      const names = topOf.length > 0 ? ` Top Layer of: [${topOf.join(' ')}]` : '';
      const line = `${indent}${isLast ? '└──' : '├──'} ID: ${shortId(layer.id)} Size: ${sizeText(layer.size).padStart(7)}${names}\n`;
      return line + lines(children, `${indent}${isLast ? '   ' : '│  '}`);
    })
    .join('');
}

/** Four digits and no space, as podman prints sizes here alone. */
function sizeText(bytes: number): string {
  let value = bytes;
  let unit = 0;
  for (; value >= 1000 && unit < 5; unit += 1) value /= 1000;
  return `${Number(value.toPrecision(4))}${['B', 'kB', 'MB', 'GB', 'TB', 'PB'][unit]}`;
}
