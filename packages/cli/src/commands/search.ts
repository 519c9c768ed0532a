import type { FoundImage } from '@tspod/core';
import { readFormat } from '../format/report.ts';
import type { Column } from '../format/table.ts';
import type { Report } from '../format/template-report.ts';
import { truncate } from '../format/text.ts';
import { defineCommand } from '../grammar/command.ts';
import { exactly } from '../grammar/positional.ts';
import { UsageError } from '../grammar/usage-error.ts';
import { interruptible } from '../interruptible.ts';
import { authFileFlag, tlsFlags } from '../registry-flag-tables.ts';
import { registryAccess } from '../registry-flags.ts';

const longestDescription = 44;

export const command = defineCommand({
  description: ['Asks registries for images: the one that TERM begins with, or all search registries of registries.conf.'],
  usage: '[options] TERM',
  examples: [
    'search registry.example.com:5000/web',
    'search --list-tags registry.example.com/team/web',
    'search --filter stars=3 web',
  ],
  flags: {
    ...authFileFlag,
    ...tlsFlags,
    compatible: { kind: 'bool', help: 'Show stars and who made an image, too' },
    filter: { kind: 'strings', shorthand: 'f', help: 'Only those with stars=NUMBER, is-official=BOOL, is-automated=BOOL' },
    format: { kind: 'string', help: 'json or a Go template, in place of a table' },
    limit: { kind: 'int', default: 0, help: 'Most results of each registry; 25 by default' },
    'list-tags': { kind: 'bool', help: 'Show the tags of the repository TERM' },
    'no-trunc': { kind: 'bool', help: 'Do not shorten descriptions' },
  },
  positional: exactly(1),
  async run({ flags, given, positional: [term = ''], context }) {
    const { output } = context;
    const format = await readFormat(flags.format, report);
    const isWanted = parseFilters(flags.filter);
    if (flags['list-tags'] && flags.filter.length > 0) throw new UsageError('filters are not applicable to list tags result');
    const options = { ...(await registryAccess(flags, given, context)), limit: flags.limit };
    const { images } = await context.runtime();
    if (flags['list-tags']) {
      const found = await images.remoteTags(term, options);
      if (format === 'json')
        output.json(
          found.map(({ name, tags }) => ({ Name: name, Tags: tags })),
          4,
        );
      else
        output.table(
          tagColumns,
          found.flatMap(({ name, tags }) => tags.map((tag) => ({ name, tag }))),
          { heading: true },
        );
      return 0;
    }
    const found = await interruptible('nothing was found', (signal) => images.search(term, { ...options, signal }));
    const results = found.filter(isWanted);
    if (format === 'json') output.json(results.map(describe), 4);
    else if (format !== undefined) output.text(format(results));
    else if (results.length > 0) {
      const shown = [...columns(flags['no-trunc']), ...(flags.compatible ? compatibleColumns : [])];
      output.table(shown, results, { heading: true, whole: flags['no-trunc'] });
    }
    return 0;
  },
});

const columns = (whole: boolean): Column<FoundImage>[] => [
  { title: 'NAME', cell: ({ name }) => name },
  {
    title: 'DESCRIPTION',
    cell: ({ description }) => (whole ? description : truncate(description.replaceAll('\n', ' '), longestDescription)),
  },
];

const mark = (is: boolean) => (is ? '[OK]' : '');

const compatibleColumns: Column<FoundImage>[] = [
  { title: 'STARS', cell: ({ stars }) => String(stars) },
  { title: 'OFFICIAL', cell: ({ isOfficial }) => mark(isOfficial) },
  { title: 'AUTOMATED', cell: ({ isAutomated }) => mark(isAutomated) },
];

const tagColumns: Column<{ readonly name: string; readonly tag: string }>[] = [
  { title: 'NAME', cell: ({ name }) => name },
  { title: 'TAG', cell: ({ tag }) => tag },
];

const report: Report<FoundImage> = {
  name: 'search',
  type: 'entities.ImageSearchReport',
  fields: {
    Index: ({ registry }) => registry,
    Name: ({ name }) => name,
    Description: ({ description }) => description,
    Stars: ({ stars }) => stars,
    Official: ({ isOfficial }) => mark(isOfficial),
    Automated: ({ isAutomated }) => mark(isAutomated),
    Tag: () => '',
  },
};

function describe({ registry, name, description, stars, isOfficial, isAutomated }: FoundImage) {
  return {
    Index: registry,
    Name: name,
    Description: description,
    Stars: stars,
    Official: mark(isOfficial),
    Automated: mark(isAutomated),
    Tag: '',
  };
}

function parseFilters(filters: readonly string[]): (image: FoundImage) => boolean {
  const checks = filters.map((filter): ((image: FoundImage) => boolean) => {
    const [key = '', value = 'true'] = filter.split('=');
    if (key === 'stars') {
      if (!/^\d+$/.test(value)) {
        throw new UsageError(`incorrect value type for stars filter: strconv.Atoi: parsing "${value}": invalid syntax`);
      }
      return ({ stars }) => stars >= Number(value);
    }
    if (key === 'is-official') return ({ isOfficial }) => isOfficial === (value === 'true');
    if (key === 'is-automated') return ({ isAutomated }) => isAutomated === (value === 'true');
    throw new UsageError(`invalid filter type "${filter}"`);
  });
  return (image) => checks.every((check) => check(image));
}
