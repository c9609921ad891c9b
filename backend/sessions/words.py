"""The words of session codes, chosen to be read out in front of a school or a congregation.

Every word stands in one of the EFF's word lists for dice-made passphrases (Bonneau, "EFF's new wordlists for
random passphrases", 2016), which hold everyday words. Of these, words of three to seven letters that name
a thing, a place, a calm quality: nothing of bodies, groups of people, belief, politics, drink, illness or
harm, so that no two of them make an unfit pair; none that is one letter from another, and none that
English spells in two ways.
"""

import re

ADJECTIVES = tuple(
    re.findall(
        r"[a-z]+",
        """
    active ageless agile amber amiable ample ancient aqua awake bamboo blazing bluish breezy bright
    brisk broad bronze bubbly busy calm candied capable caring catchy cedar chewy chirpy chosen
    chrome citric clean clever coastal cobalt comfy cosmic crafty crimson crisp crunchy crystal
    curly daily dainty dancing deluxe denim dotted dreamy dynamic early earthy elated elder emerald
    enamel fabric fancy feisty festive floral flying fresh frosty garnet gleeful glowing granite
    green groovy happy hardy helpful herbal humble icy ivory jolly jovial joyous jumbo kindly lavish
    level lilac little lively lucid lunar magenta maroon massive mauve moonlit natural neat nifty
    nimble olive onyx opal paper pastel patient playful poetic polar popular precise premium proud
    purple quiet rare refined regular robust rosy royal ruby rural saffron sage sandy scenic sepia
    shiny silent silver simple sincere singing skilled sleek smooth snazzy snowy spiral sporty
    spotted starlit sturdy tall tasty tidy unusual upbeat upright upscale urban valiant valid varied
    velvet vintage violet washed wavy willing winter wired wiry wise woven zealous zesty zippy
        """,
    )
)

NOUNS = tuple(
    re.findall(
        r"[a-z]+",
        """
    abacus acorn acrobat agenda album almanac anchor anklet answer anthem apricot apron arena aroma
    arrival art atrium attic audio author avenue award awning azalea badge bagel baggage bagpipe
    baker balcony banjo banner barley barn barrel basil basket baton blazer blender blimp blouse
    boat bobcat bonfire bonnet book booth bottle bouquet bronco broom brunch brush bucket buckle
    budget buffalo bulb bundle bungee bunny cabana cabbage cabin cable caboose cactus cake cameo
    camera campus canal canary candle canopy canteen canyon capsule caption caramel caravan card
    cargo carol carrot carton cascade cashew celery chair chalice chamber channel chapter chariot
    charm cheddar cheese chef chess chimney chip chive chowder cinema circle circus citadel citizen
    citrus city clamp clay climate clinic cloak cloth cloud coach coast cobweb coconut coffee coil
    collage compost concept cone console contour copilot copper coral corner cosmos cottage cotton
    country courier cover coyote cradle crane crayon crepe cricket crown crumpet cube cubicle
    cupcake curator curtain cushion custard cycling cyclist dance dawn daybed daycare decade decimal
    deck decor degree delta dentist depot desktop diagram diamond diary dinner diploma dish doctor
    dolphin dome donor doodle doorway drama dress drizzle drum dugout duvet eagle easel echo eclair
    eclipse edition editor eggnog elbow elixir elk email embassy emblem emu encore energy engine
    envoy episode essay essence estate factory falcon family fanfare faucet feast fedora fence
    ferret ferry fiction fiddle figure filing film finch flag flame flask flight flock florist foam
    fog fondue font footage fossil freeway freight friend fringe fruit gadget gala gallery gallon
    game garage garden garland garlic garment gecko gem gerbil geyser gift giraffe glacier glade
    glass glider glitter glove glue goggles golf gondola gong gopher gosling gourmet grain granola
    grape gravity greeter grill guide guitar gumdrop gymnast habitat haiku halo hamlet hammock
    hamper hamster handset harmony harness harpist harvest hatchet haven hazel header heading
    headset hedge helmet herald hexagon hub hula hydrant hyphen icing icon igloo iguana image island
    item jacket jaguar jam jasmine jaunt jaybird jazz jeep jersey jester jet jigsaw jingle jogger
    journal judo juice jukebox juniper juror karaoke karate kayak kelp kennel ketchup kettle kimono
    kingdom kiosk kitchen kite kitten kiwi knee koala ladder ladle ladybug lagoon land landing
    lantern lapel laptop latch laundry laurel legacy legend legume lemon lens leopard letter lettuce
    library lily lion lizard llama luggage lullaby lumber lunch lyric macaw majesty manatee mango
    manor map march margin marina mascot mocha monitor monsoon mosaic motion motor motto mouse movie
    mower mug mulch museum music mustang myth napkin nature nectar nugget nursery nutmeg oak oasis
    oboe ocean octagon octane octopus office onion opera ostrich otter outing outlook owl oxygen
    oyster pacific paddle padlock pageant palace panda panther pantry papaya paprika parade parcel
    park parsley parsnip party passage pasta pasture path patio pebble pecan pelican pencil pendant
    penguin penny perch perfume petal petunia phoenix photo plank plaster playoff playpen plaza poem
    point polka polo poncho pond popcorn poppy portal portion postage postbox poster poultry prairie
    preface prelude pretzel preview prism prize prodigy product profile pulley pumpkin puppet puzzle
    pyramid quail quality quarry quartet quill quintet quiver quota radar radio radish raft railway
    raisin ramp ranch ranger ravine ravioli recital record relay relish reptile resort reunion
    reward rhino rhyme ribbon rice ripple risotto river robin rock rocket routine rudder runner
    runway safari salad salami salon salsa salt sandal sandbar sandbox sandpit sapling sardine
    satchel sauna scale scallop scarf scholar science scooter scout screen script scroll sector
    seminar sequel series service sesame shadow shallot shelf shelter shield shingle shirt shore
    shovel shower shrimp shuttle siesta silk singer sitcom skate sketch skier sky skyline sled
    sleeve snack snippet snorkel snowman speech sphere sphinx spider spindle sponge spoon spring
    sprout spruce squad stadium stamp staple starter statue steam step stereo storage stove street
    strudel studio stylus suburb subway sugar supper surface surfer survey sushi swan swing switch
    syrup tablet tadpole tapioca target tassel theme thermos thicket thimble thread tiger tile
    tissue track tractor trapeze travel tray tree trident trilogy trio tripod triumph trophy tropics
    trout truffle trunk tulip turtle tutor tuxedo twig umpire unicorn valley variety vehicle vendor
    venture version vessel vest victory video viewer village vinegar violin visitor visor vista
    voyage waffle wagon walk walnut walrus waltz water wheat whisper widget wildcat willow wind
    wisdom wool wreath writing yacht yoga zebra zodiac
        """,
    )
)
