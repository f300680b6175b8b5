"""Transcripts of other videos, generated: the same for the same seed. Plausible sentences of many subjects, half of them
neighbours of the corpus' own, that also use words of the corpus."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from functools import cache

from sessions_app.knowledge.stop_words import STOP_WORDS

from . import corpus

SEED = 20_261_201
WORDS = 900  # of a transcript
PACE = 1.85  # words a second

# title: nouns; verbs; qualities
SUBJECTS = """
Truing a wheel: spoke, rim, hub, tyre, brake pad, saddle, pedal, gear cable, workshop, inner tube; tighten, loosen, inflate, align, replace, lubricate; bent, rusty, tight, loose, worn
Cakes and pastry: flour, butter, oven, dough, cream, sugar, yeast, baking tin, crust, filling; bake, knead, whisk, fold, cool, slice; golden, fluffy, dense, sticky, sweet
Investing for beginners: share, fund, interest, bank, account, savings, loan, mortgage, pension, tax, salary; invest, save, spend, borrow, repay, calculate; risky, cheap, monthly, yearly, safe
Botany in the field: leaf, root, stem, pollen, seed, flower, cell, water, sunlight, carbon dioxide, tree; grow, absorb, bloom, store, breathe, release; green, dry, tall, tiny, rare
Programming with python: function, variable, file, branch, commit, test, error, server, editor, library, loop; write, run, debug, merge, delete, rename; empty, broken, local, remote, slow
Eating for health: vitamin, blood, sugar, coffee, alcohol, stomach, brain, night, heart, doctor, pressure; eat, drink, digest, rest, avoid, recover; healthy, tired, heavy, awake, regular
Landscape photography: camera, lens, aperture, shutter, tripod, light, shadow, sky, filter, horizon, exposure; photograph, focus, expose, frame, edit, print; sharp, bright, dark, grainy, blue
Growing vegetables: soil, bed, tomato, seedling, worm, mulch, spade, rain, slug, harvest, greenhouse; sow, water, dig, weed, plant, rake; moist, ripe, fresh, hungry, sunny
Insulating a house: wall, window, boiler, radiator, roof, heat, draught, foam, attic, electricity, temperature; insulate, heat, seal, measure, install, drill; warm, cold, expensive, damp, thick
Piano from the start: key, chord, scale, finger, hand, rhythm, song, metronome, pedal, note, melody; play, practise, press, listen, repeat, count; quiet, loud, slow, easy, sad
Safety on the mountain: rope, helmet, ambulance, wound, bandage, snow, weather, rescue, breath, leg, emergency; climb, rescue, carry, call, protect, treat; steep, dangerous, frozen, broken, safe
Planets and moons: planet, orbit, telescope, star, gravity, moon, gas, light, galaxy, satellite, rocket; observe, orbit, measure, shine, collide, launch; giant, distant, bright, rocky, cold
Knitting a jumper: wool, needle, stitch, sleeve, collar, pattern, row, button, yarn, thread; knit, cast on, count, unravel, sew, wash; soft, thick, woollen, striped, loose
Keeping bees: hive, queen, honey, frame, swarm, wax, smoke, nectar, colony, drone; inspect, feed, harvest, smoke, count, move; calm, angry, sweet, heavy, busy
Fishing at the lake: rod, hook, line, pike, bait, reel, boat, shore, net, float; cast, catch, release, wait, row, clean; silent, deep, muddy, early, strong
Learning chess: pawn, knight, bishop, opening, endgame, king, board, clock, tactic, queen; move, attack, defend, sacrifice, calculate, castle; weak, strong, open, closed, quick
Sailing: mast, sail, wind, keel, rudder, harbour, anchor, wave, rope, crew; steer, tack, hoist, moor, reef, sail; windy, calm, rough, narrow, fast
Renovating furniture: chair, varnish, drawer, sandpaper, glue, plank, hinge, brush, table, veneer; sand, paint, glue, screw, polish, saw; wooden, scratched, smooth, old, solid
Training a dog: dog, leash, treat, puppy, command, collar, walk, ball, bark, trainer; train, reward, fetch, sit, bark, stay; patient, playful, nervous, young, calm
Public speaking: audience, stage, slide, voice, speech, pause, joke, microphone, gesture, story; speak, breathe, rehearse, pause, smile, persuade; nervous, clear, honest, short, loud
The Roman empire: emperor, legion, road, senate, province, temple, slave, aqueduct, battle, coin; conquer, rule, build, march, trade, fall; ancient, powerful, wealthy, rebellious, huge
Databases: table, index, query, row, column, transaction, lock, backup, key, cache; store, query, join, lock, migrate, copy; large, slow, unique, consistent, missing
Marathon training: runner, shoe, pace, muscle, knee, interval, breath, heart rate, hill, marathon; run, stretch, jog, rest, breathe, train; slow, sore, fast, steady, tired
Making cheese: milk, rennet, curd, whey, mould, salt, rind, cellar, goat, culture; heat, stir, press, cut, ripen, salt; fresh, hard, creamy, salty, mild
""".strip().splitlines()

FRAMES = """
The first thing you need to know about the {n} is that it can {v} the {n}.
If the {n} is {a}, then you should {v} it before you touch the {n}.
Many people ask me how to {v} a {n}, and my answer is always the same.
Look at the {n} here, it is {a}, and that is what we want.
You take the {n}, you {v} it slowly, and you wait for {x} minutes.
Do not {v} the {n} when it is {a}.
I once had a {a} {n}, and it took me {x} days to find out why.
The {c} is not the same as the {n}, although both are {a}.
When I began I did not know what a {c} has to do with it.
Let me show you what happens to the {n} when you {v} the {c}.
There are {x} kinds of {n}, and the {a} one is the best for beginners.
Why is the {n} {a}? Because the {c} is gone.
After {x} weeks the {n} becomes {a}, and then you can {v} it again.
It costs about {x} euros, and a {a} {n} costs twice as much.
Keep the {n} away from the {c}, or it will be {a} in no time.
What I like most is the moment when the {n} and the {n} come together.
You can see that the {c} changes as soon as we {v} the {n}.
My teacher always said that a {a} {n} is better than {x} {c}.
So we {v}, and we {v}, and at the end the {n} is {a}.
With a {n} and a bit of {c} you are on the safe side.
Remember that {x} percent of all problems come from the {c}.
The reason is simple, the {n} has to {v} and the {c} does not.
Before winter I {v} every {n}, and I put the {c} in a dry place.
In the second part we talk about how the {n} and the {c} belong together.
At {x} degrees the {n} turns {a}, and you may begin to {v}.
Nobody tells you that the {n} gets {a} when there is too much {c}.
Now we need to {v} the {n} until it is {a}.
Is it worth it to {v} the {n} every day? I think that {x} times a month is enough.
""".strip().splitlines()


def transcripts(number: int, seed: int = SEED) -> Iterator[tuple[str, list[corpus.Cue]]]:
    """Titles and cues."""
    for each in range(number):
        chance = random.Random(seed + each)
        subject = SUBJECTS[each % len(SUBJECTS)]
        yield f"{subject.partition(':')[0]}, part {each // len(SUBJECTS) + 1}", list(_cues(subject, chance))


def _cues(subject: str, chance: random.Random) -> Iterator[corpus.Cue]:
    at, said = 1000, 0
    while said < WORDS:
        text = sentence(subject, chance)
        length = round(1000 * len(text.split()) / PACE)
        yield at, at + length, "", text
        at, said = at + length + 350, said + len(text.split())


def sentence(subject: str, chance: random.Random) -> str:
    pools = [[word.strip() for word in part.split(",")] for part in subject.partition(":")[2].split(";")]
    slots = dict(zip("nva", pools, strict=True)) | {"c": vocabulary()}

    def filled(slot: re.Match[str]) -> str:
        return str(chance.randint(2, 90)) if slot[1] == "x" else chance.choice(slots[slot[1]])

    return re.sub(r"\{(\w)\}", filled, chance.choice(FRAMES))


@cache
def vocabulary() -> list[str]:
    """The words of the corpus that say something, as often as they are said."""
    text = " ".join(cue[3] for name in corpus.names() for cue in corpus.cues(name))
    return [word for word in re.findall(r"[a-z]{4,}", text.lower()) if word not in STOP_WORDS["en"]]
