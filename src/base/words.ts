/** The two halves of a generated name: short, plain, and safe to read aloud. */
export const adjectives: readonly string[] =
  "able agile amber ample apt bold brave brief bright brisk calm candid clear clever coral cosy crisp curious dapper daring deft dusty eager early easy exact fair fancy fast fine firm fleet fond free fresh gentle glad golden grand green happy hardy hazel honest humble ideal ivory jolly keen kind late leafy light lively loud loyal lucid lucky lunar mellow merry mild misty modest neat nimble noble north olive open patient plain polite prime proud quick quiet rapid rare ready regal robust rosy royal rustic sage salty sandy sharp shiny silent silver simple sincere sleek smooth snowy sober solar solid south spare spry steady still strong subtle sunny swift tame tender tidy tiny tough true upbeat vast velvet vivid warm west wide wild wise witty young zesty".split(
    " ",
  );
export const nouns: readonly string[] =
  "acorn alder anchor apple arrow aspen badger basin beacon beaver birch bison brook canyon cedar cliff clover comet condor coral crane creek cricket delta dune eagle ember falcon fern finch fjord flint forest fox garnet gecko glacier grove gull harbor hare hawk hazel heron hill ibex iris island jade jaguar kestrel kite lagoon lark laurel lemur lichen lily lotus lynx magpie maple marlin marsh marten meadow mesa meteor mole moose moss newt oak oasis orbit orchid osprey otter owl panda pebble pelican pine planet plover pond poplar puffin quail quartz raven reef ridge river robin salmon sparrow spruce squid star stoat stone stork summit swan swift teal thistle thrush tiger topaz trout tulip tundra valley viper walnut warbler whale willow wolf wren yak zebra".split(
    " ",
  );
