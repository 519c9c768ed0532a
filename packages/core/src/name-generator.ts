const adjectives = (
  'able agile airy alert amber ample apt autumn azure balmy bold brave breezy bright brisk bronze calm candid careful cheerful ' +
  'chipper clear clever cloudless coastal cobalt comfy copper coral cosy crimson crisp curious dapper daring dawning deft dewy ' +
  'eager early earnest easy elegant emerald evening fair faithful fearless fine floral fluent fond fresh friendly gallant gentle ' +
  'gilded glad gleaming golden graceful grand hardy hazel hearty honest humble indigo ivory jade jolly jovial joyful keen kind ' +
  'lively lofty loyal lucid lucky lunar mellow merry mighty mild misty modest mossy neat nimble noble olive opal open patient ' +
  'pearly placid playful plucky polished prompt proud quick quiet radiant rapid ready rosy rustic sage scarlet serene sharp shining ' +
  'silent silver simple sincere sleek smooth snowy snug solar sonic spirited spry starlit steady sterling stout sturdy sunny sure ' +
  'swift tall tender tidy tranquil trusty twilight upbeat valiant velvet verdant violet vivid warm willing windy winsome wise witty'
).split(' ');

const things = (
  'acacia accordion agate albatross alder almond anchor antelope apricot ash aspen atoll aurora badger bagpipe bamboo banjo barley ' +
  'basalt bassoon bay beacon beaver beech bell birch bison blossom bluebell boulder bramble breeze brook bugle buttercup butterfly ' +
  'canyon caravel cardamom cardinal cedar cello cherry chestnut chickadee chime cinnamon clarinet cliff clover comet condor cornet ' +
  'cove coyote crane creek cricket crocus curlew cypress cymbal daffodil dahlia daisy delta dolphin dove dragonfly drum dulcimer dune ' +
  'eagle egret elder elk elm ermine falcon fen fern fiddle field finch fir firefly fjord flint flute fox foxglove gannet garnet ' +
  'gazelle geyser ginger glacier glade glen granite grove guitar gull harbor hare harmonica harp harvest hawk hawthorn hazelnut heath ' +
  'heather hedgehog heron hill hollow honeybee horizon horn ibex ibis inlet iris island ivy jasmine jasper juniper kestrel kingfisher ' +
  'kite koala lagoon lake lantern lapwing larch lark laurel lavender leaf lemon lighthouse lilac lily linden linnet lotus lute lynx ' +
  'lyre magnolia magpie mandolin maple marigold marimba marsh marten meadow melon mesa meteor mint moon moor moose moss mountain ' +
  'myrtle narwhal nebula nectar nightingale nutmeg oak oasis oboe ocean orchard orchid organ oriole osprey otter owl panther papaya ' +
  'pebble pelican peony peregrine petal piano piccolo pier pine planet plover plum poplar poppy prairie puffin quail quartz quince ' +
  'rabbit rain rainbow raven reed reef ridge river robin rocket rowan saffron salmon sandpiper sapling saxophone seal sequoia shore ' +
  'skylark snowdrop sparrow spring spruce squirrel star starling stork stream summit sunrise swallow swan sycamore tambourine teal ' +
  'tern thicket thistle thrush tide timpani topaz trombone trumpet tulip tundra turtle ukulele valley viola violin walnut warbler ' +
  'waterfall wave whale whistle willow wind wombat woodpecker wren xylophone yarrow yew zephyr zinnia zither'
).split(' ');

/**
 * A name such as `quiet_otter`, one of some 45,000; whether it is free is the caller's to find out.
 * @param random answers a number from 0 up to, not including, 1. Default: `Math.random`.
 */
export function generateName(random: () => number = Math.random): string {
  return `${pick(adjectives, random)}_${pick(things, random)}`;
}

function pick(words: readonly string[], random: () => number): string {
  return words[Math.floor(random() * words.length)] ?? '';
}
