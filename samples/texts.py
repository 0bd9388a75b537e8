"""What the sample mails say: people, conversations, series. make_samples.py makes messages of it.

A conversation is (subject, start day, [(who, hours after the previous one, parent index or None for the one before,
text)...], options). Days count from 1 January 2025.
"""

ME = ("Camille Moreau", "camille@moreau.example")

PEOPLE = {
    "me": ME,
    "ines": ("Inês Duarte", "ines.duarte@estudio-ponte.example"),
    "jonas": ("Jonas Weber", "jonas@weber-orgelbau.example"),
    "haruka": ("佐藤 遥", "haruka.sato@minato.example"),
    "layla": ("ليلى حداد", "layla@haddad-bookshop.example"),
    "tom": ("Tom Okafor", "tom.okafor@tidewater.example"),
    "helene": ("Hélène Moreau", "helene.moreau@poste.example"),
    "bea": ("Beatrix Lindqvist", "bea@lindqvist.example"),
    "marc": ("Marc Le Goff", "marc.legoff@phare-mouettes.example"),
    "priya": ("Priya Raman", "priya@raman.example"),
    "olu": ("Olu Adeyemi", "olu@flourandsalt.example"),
    "sigrid": ("Sigrid Holm", "sigrid.holm@fjord.example"),
}

CONVERSATIONS = [
    ("Lighthouse lamp room: the survey", 12, [
        ("marc", 0, None, """Hello all,

the survey of the lamp room is done. Short version: the lantern glass is sound, the
gallery railing is not, and there is a family of starlings in the ventilator.

The long version is attached. Can we meet on Thursday to decide what to do before the
equinox storms?

Marc"""),
        ("ines", 3, None, """Thursday works for me. I can bring the drawings of the railing from 1911,
they turned up in the town archive behind the tram plans.

Inês"""),
        ("me", 2, None, """Thursday it is, 18:00 at the keeper's house. I will bring soup.

What do we do about the starlings? I would rather not evict anybody in January.

Camille"""),
        ("tom", 20, 0, """Starlings leave by June. The railing cannot wait that long, the ventilator can.

I have a friend with a rope-access certificate who owes me a favour since the regatta."""),
        ("bea", 1, None, """A favour big enough for forty metres of railing?"""),
        ("tom", 1, None, """It was a very good regatta."""),
        ("marc", 16, 2, """Minutes of Thursday, so that nobody has to remember:

 1. Railing first, with Tom's friend, as soon as there are two dry days.
 2. Inês draws the missing balusters; the foundry in Saint-Brieuc casts six.
 3. The starlings stay until June.
 4. Camille's soup is to become a tradition.

Marc"""),
    ], {"attach": {0: "pdf"}, "list": None}),

    ("The footbridge at the old mill", 33, [
        ("ines", 0, None, """Dear Camille,

I finished the first drawings of the footbridge. One span, 14 metres, larch on steel. The
mayor wants it to look as if it had always been there, the engineer wants it to hold a
tractor, and I would like it to be beautiful. Two out of three?

Sketch attached, be honest.

Inês"""),
        ("me", 26, None, """It is lovely. I keep looking at the place where the handrail meets the oak.

One question: the path floods in November, right up to the mill door. Is the deck high
enough?

Camille"""),
        ("ines", 5, None, """Good eye. Not by much: 60 cm above the flood of 2011. The engineer says that is
plenty, the miller says the engineer was not there in 2011. I will raise it by 20."""),
        ("me", 1, None, """Trust the miller."""),
        ("ines", 900, 0, """It stands! Opening on Saturday at eleven. The mayor will say a few words, the band will
play over them, and the miller will be the first to cross. Come.

P.S. It has already held a tractor. Nobody knows whose."""),
    ], {"attach": {0: "png"}}),

    ("Chœur : programme de printemps", 40, [
        ("helene", 0, None, """Bonjour à toutes et à tous,

voici le programme de printemps : Fauré, deux chansons de Ravel et, si les ténors
reviennent, le Poulenc. Les répétitions ont lieu le mardi à 20 h, salle des fêtes.

Les partitions sont chez moi, passez quand vous voulez, il y a du café.

Hélène"""),
        ("me", 7, None, """Maman, les ténors reviennent si on leur promet du gâteau. Je m'en occupe.

Camille"""),
        ("marc", 4, None, """Je suis ténor et j'ai lu « gâteau ». Je reviens.

Marc"""),
        ("helene", 22, None, """Voilà comment on sauve Poulenc. Merci à vous deux, à mardi !"""),
    ], {"charset": "iso-8859-1"}),

    ("Re: Orgelstimmung in der Kapelle", 51, [
        ("jonas", 0, None, """Liebe Camille,

die Orgel der Kapelle ist gestimmt, so gut es bei acht Grad geht. Die große Überraschung
steckte im Prinzipal: ein Mäusenest, gebaut aus dem Gesangbuch von 1952, hübsch
geheizt durch den Blasebalg.

Drei Pfeifen brauchen neues Leder. Ich schicke Dir den Kostenvoranschlag nächste Woche.

Viele Grüße aus Lübeck
Jonas"""),
        ("me", 9, None, """Lieber Jonas,

danke! Und die Mäuse? Marc sagt, sie seien evangelisch gewesen, das sehe man am Nest.

Herzlich
Camille"""),
        ("jonas", 30, None, """Die Mäuse wohnen jetzt in der Scheune. Sie waren musikalisch, aber kein Ensemble.

Der Kostenvoranschlag hängt an: Leder, zwei Tage Arbeit, eine Übernachtung bei Deiner
Mutter (unbezahlbar).

Jonas"""),
    ], {"attach": {2: "pdf"}, "charset": "iso-8859-1"}),

    ("港の写真について", 58, [
        ("haruka", 0, None, """カミーユさん

お久しぶりです。去年の夏に撮った港の写真を整理しています。
灯台の写真が三十枚もありました。霧の朝の一枚がとても気に入っています。
展覧会に使ってもいいでしょうか。

佐藤 遥"""),
        ("me", 11, None, """遥さん

もちろんです！灯台の会のみんなも喜びます。
四月に東京へ行く予定なので、展覧会に寄りたいです。

カミーユ"""),
        ("haruka", 14, None, """カミーユさん

それは嬉しいです。展覧会は四月十二日から二十日まで、横浜の小さな画廊です。
地図を添付します。駅から歩いて五分です。

佐藤 遥"""),
        ("haruka", 1100, 0, """カミーユさん

展覧会は無事に終わりました。霧の灯台の写真が一番人気でした。
来年はそちらで展覧会をしませんか。

佐藤 遥"""),
    ], {"charset": "iso-2022-jp", "attach": {2: "png"}}),

    ("رسالة من المكتبة", 66, [
        ("layla", 0, None, """عزيزتي كاميل،

وصلت الكتب التي طلبتِها: ديوان نزار قباني، وكتاب قديم عن المنارات في البحر المتوسط
مع خرائط مرسومة باليد. حجزته لك حتى نهاية الشهر.

تحياتي
ليلى"""),
        ("me", 20, None, """ليلى العزيزة، شكراً جزيلاً! سأمرّ يوم السبت ومعي الكعك.

Camille"""),
        ("layla", 3, None, """Saturday is perfect. There is tea, and a new cat: قطة صغيرة اسمها فنار.
She was found in a box of atlases and will not leave it.

Layla"""),
    ], {}),

    ("Tide tables: off by one hour?", 75, [
        ("tom", 0, None, """Camille,

the tide calculator says high water at 14:10 for the 30th. The harbour wall says 15:10. I
am inclined to believe the wall.

Tom"""),
        ("me", 1, None, """The 30th is the day the clocks change. We add the summer hour before looking up the
day, not after. The sea does not observe daylight saving.

I will write a test first, then fix it."""),
        ("priya", 2, None, """There was a test. It was skipped because it failed twice a year."""),
        ("me", 1, None, """...

Fixed, test no longer skipped. Thank you both, and thank the wall."""),
        ("tom", 1, None, """The wall says you are welcome."""),
    ], {}),

    ("Boat for sale (not mine, sadly)", 88, [
        ("bea", 0, None, """A 1964 Folkboat, mahogany on oak, one owner, engine "runs when it likes". The owner is
89 and wants it to go to somebody who will sail it, not somebody who will post it.

Shall we be three somebodies?

Bea"""),
        ("tom", 1, None, """I am in for a third and all of the varnishing."""),
        ("me", 6, None, """I should not. I really should not. When can we see her?"""),
        ("bea", 2, None, """Saturday, low water, 7:40. Wear boots."""),
        ("tom", 70, None, """For the record: we went to look, we had agreed to only look, and we now own a boat. She
is called Sterna. The engine liked us."""),
        ("priya", 5, None, """Congratulations! Does she need a ship's programmer?"""),
        ("bea", 1, None, """She needs a ship's plumber, but we will take what we can get."""),
    ], {}),

    ("Recipe, as promised", 97, [
        ("helene", 0, None, """Ma chérie,

la recette du kouign-amann, comme promis. Ne la donne à personne, surtout pas à Jonas,
il met de la margarine.

500 g de farine, 400 g de beurre demi-sel, 400 g de sucre, du levain. Et de la patience.

Maman"""),
        ("me", 3, None, """Merci maman ! Secret absolu."""),
        ("me", 2000, 0, """Maman, ça y est, il est réussi : doré, feuilleté, indécent. Il n'en reste rien.

Camille"""),
    ], {"charset": "windows-1252"}),

    ("Night walk, Saturday", 110, [
        ("sigrid", 0, None, """New moon on Saturday, so the night walk goes out to the point: glow-worms, owls if we
are quiet, stars if the clouds are kind. Meet at 22:30 at the slipway. Red torches only.

Sigrid"""),
        ("priya", 2, None, """Coming, with a telescope and biscuits."""),
        ("me", 1, None, """Coming with two visitors from Yokohama. They asked whether owls understand Japanese."""),
        ("sigrid", 1, None, """Owls ignore everybody equally."""),
        ("layla", 30, None, """Forty glow-worms, two owls, one shooting star and Tom, who fell into the only ditch
on the peninsula. Thank you Sigrid, that was wonderful."""),
        ("tom", 1, None, """It was a tactical ditch."""),
    ], {}),

    ("Minutes of the harbour meeting", 121, [
        ("marc", 0, None, """Please find the minutes attached. In brief: the crane is to be repaired, the café may put
four tables on the quay, dogs are to be kept from the nets.

Objections until the 15th.

Marc Le Goff, secretary"""),
        ("bea", 30, None, """No objection, but point 3 should read: the nets are to be kept from the dogs. There was a
vote."""),
        ("marc", 3, None, """Corrected."""),
    ], {"attach": {0: "pdf"}}),

    ("Train tickets for Lübeck", 140, [
        ("me", 0, None, """Jonas, I arrive on the 12th at 19:04 if every connection holds, and on the 13th if the
world is as it is. Shall I bring anything?

Camille"""),
        ("jonas", 8, None, """Bring salted butter. For me to learn.

I will be at the station at 19:04 and, with a book, until the 13th.

Jonas"""),
        ("me", 300, None, """I am back home. Thank you for the organ, the marzipan, the harbour at six in the morning.
The butter stays with you as ambassador.

Camille"""),
    ], {}),

    ("tidecalc 2.0: what should be in it", 222, [
        ("priya", 0, None, """Let us write down what 2.0 means before somebody writes it in C++.

 - secondary ports by the French method as well as the Admiralty one
 - tide curves as SVG, printable
 - the clock change, again, in both hemispheres
 - an output that a screen reader can say

Anything else?

Priya"""),
        ("sigrid", 10, None, """Currents, please. In the sound the stream turns two hours before high water and the
visitors find out in kayaks."""),
        ("me", 4, 0, """+1 to screen readers. Marc's brother reads the tables to the whole quay, he should get
them read to him for once.

Camille"""),
        ("tom", 2, None, """Can it print on waterproof paper?"""),
        ("priya", 1, None, """Tom, that is the printer's part."""),
        ("tom", 1, None, """I thought it was a cloud product."""),
        ("sigrid", 700, 1, """The stream data for the sound are in: I measured for two weeks with a grapefruit and a
stopwatch. See the table. Grapefruits float just right.

  hour   knots  direction
  -3      1.2   ENE
  -2      0.1   slack
  -1      0.9   WSW
  HW      1.8   WSW

Sigrid"""),
    ], {}),

    ("Sterna needs a name for her dinghy", 163, [
        ("bea", 0, None, """Proposals so far: Ternlet, Crumb, Son of a Birch. Vote by Friday. 🗳️"""),
        ("priya", 1, None, """Crumb! 🍞⛵"""),
        ("me", 1, None, """Crumb. 👍"""),
        ("tom", 1, None, """Son of a Birch, obviously 🌳😄"""),
        ("bea", 70, None, """Crumb it is: 3 to 1. Tom may paint the name on, in any font but that one. 🎨"""),
    ], {}),
]

# Mailing list "bread": (subject, start day, [(who, hours, parent, text)...]). Sent as format=flowed.
BREAD = [
    ("My starter smells of nail varnish", 20, [
        ("priya", 0, None, """Hello list, I inherited a starter called Gustav. Gustav smells of nail varnish since Tuesday. Is Gustav dying, or is this puberty?"""),
        ("olu", 2, None, """Hungry, not dying. Acetone means that the yeast has eaten everything and is now eating its own furniture. Feed twice a day, 1:3:3, somewhere around 24 degrees, and he will forgive you by the weekend."""),
        ("sigrid", 6, None, """Mine went through this each winter until I moved it away from the window. They dislike draughts as much as grandmothers do."""),
        ("priya", 80, 0, """Gustav smells of apples again. Thank you! First loaf attached in spirit, we ate the photographic evidence."""),
    ]),
    ("Rye at 80 per cent: gummy crumb", 64, [
        ("jonas", 0, None, """At 80 per cent rye my crumb stays gummy even a day later. Oven at 230, 60 minutes, core temperature 97. What do I do wrong?"""),
        ("olu", 3, None, """Nothing in the oven. More acid in the dough: the enzymes in rye turn starch to syrup until the pH stops them. Ripen the sour longer, 16 hours, and wait two days before cutting."""),
        ("jonas", 2, None, """Two days. You are a cruel man."""),
        ("olu", 60, None, """So? It is the second day."""),
        ("jonas", 3, None, """It is perfect. I shall never doubt again, or at least not about rye."""),
    ]),
    ("Baking at sea", 236, [
        ("bea", 0, None, """Has anyone baked on a boat? We have a paraffin oven the size of a hat and a heel of fifteen degrees."""),
        ("olu", 5, None, """Soda bread in a pot with a lid, turned by half every ten minutes. The heel makes the crumb slanted; call it artisanal."""),
        ("tom", 2, None, """Report from Sterna: slanted, slightly smoky, gone within four minutes. The gulls filed a complaint."""),
        ("sigrid", 9, 0, """On the ferry we steam dumplings over the engine cooling water. I have said too much."""),
    ]),
]

# The Lantern, an HTML newsletter: (title, first story, second story).
LANTERN = [
    ("Ice on the gallery", "The night of the 4th coated the gallery of the Pointe-aux-Mouettes light with two centimetres of ice. Keeper Marc Le Goff chipped it off by hand and reports that it tasted of salt.", "A seal has taken possession of the slipway. The harbour office asks that it be addressed politely."),
    ("A lens with a history", "The Fresnel lens in the museum turns out to have crossed the Channel twice: once in 1868, once in 1940 under a load of turnips.", "The ferry goes back to the winter timetable; the six o'clock boat sleeps until March."),
    ("Fog signal tested", "The fog signal will be tested on Wednesday at noon. Dogs, organists and babies have been informed.", "Volunteers counted 214 purple sandpipers on the breakwater, nine more than last year."),
    ("Letters from the keepers", "Forty letters of the keeper Yann Kerdoncuff, 1903 to 1911, are now readable online. He complains about oil, praises the cook and draws every ship.", "The bakery is looking for an apprentice who does not mind four in the morning."),
    ("The railing goes up", "Six new balusters were hoisted to the gallery by rope and good temper. The old ones stand in the garden, as trellis for peas.", "On the 8th the library stays open until midnight for the long night of maps."),
    ("Spring tides", "The highest tide of the year comes on the 30th. The causeway is closed from 15:00; the postwoman will come by boat and has asked for biscuits.", "The chapel organ sounds again. It had mice."),
    ("Starlings on the ventilator", "The starlings of the lamp room have five young. The ventilator remains closed, visitors may watch from the keeper's window.", "Lost on the quay: one left rubber boot, size 42, yellow, much loved."),
    ("A footbridge opens", "The footbridge at the old mill was opened with a brass band, two speeches and one tractor.", "The tide calculator of the sailing club now agrees with the harbour wall."),
    ("Painting days", "The tower is to be painted: white, red, white, in that order, after a lively discussion. Brushes are provided, heads for heights are not.", "The glow-worm walk is fully booked; owls remain available."),
    ("How bright is bright", "A visiting school measured our light from the ferry: it could be read by at eleven kilometres, provided that the book was large.", "The café on the quay has its four tables. A fifth was seen on Sunday and could not be identified."),
    ("Midsummer", "On the 21st the light is lit by hand, as it was in 1868, with oil from the museum. Sunset at 22:07, singing from 21:00.", "The dinghy Crumb was launched to applause and floated, mostly."),
    ("A storm in a bottle", "The barometer of the keeper's house fell by 31 hectopascal in a day. Nobody was hurt, three tents and a gazebo emigrated.", "The seal has a name now: Commodore."),
    ("Boats, counted", "On the day of the regatta 88 boats passed the light, 87 of them on purpose.", "The library found the missing volume of the pilot book, in the section for poetry, where it was felt to belong."),
    ("Night of the shooting stars", "The lamp was screened to the landward side for one hour on the 12th, by permission, so that the Perseids could be seen. 61 were counted and one satellite was cheered by mistake.", "Sourdough course with Olu Adeyemi: two places left."),
    ("The keeper's garden", "Potatoes, kale, and peas on the old railing: the garden of the keeper's house fed eleven volunteers this summer.", "The ferry gets a new ramp in September; expect detours and opinions."),
    ("Equinox", "The equinox storm came on a Tuesday and left on a Thursday. The new railing held, the starlings did not return, the pea trellis is in the next village.", "The exhibition of lighthouse photographs by Haruka Sato opens in October."),
    ("Long shadows", "The autumn light shows what the summer hid: the tower leans by four millimetres, as it has since 1871.", "Firewood for the keeper's house is welcome, wheelbarrows too."),
    ("Migrating birds", "On the night of the 9th thousands of thrushes passed the light. Volunteers dimmed the lantern on the hour, and few were harmed.", "The choir is looking for tenors again. There will be cake."),
]

# Commits and tickets of the tide calculator: (number, title, body).
TICKETS = [
    ("41", "High water is off by one hour on the day the clocks change", "Steps: ask for 30 March, Europe/Paris. Expected 15:10, got 14:10.\n\nThe summer hour is added before the day is looked up."),
    ("42", "Negative heights are printed with two minus signs", "At the lowest astronomical tide the table says --0.3 m."),
    ("43", "Secondary port: Saint-Cado is missing", "Its corrections are in the pilot book of 1998, page 214. I can type them in."),
    ("44", "The SVG curve is upside down in dark mode", "The axis is right, the sea is not."),
    ("45", "Screen reader says 'graphic, graphic, graphic'", "Give each curve a title and a description: 'Tide at the Pointe, 12 June, high water 07:52, 5.9 metres'."),
    ("46", "Crash on 29 February", "Only in years that have one."),
    ("47", "Print on A5 so that it fits the chart table", "Two days a page, landscape, bold hours."),
    ("48", "The French method gives another height than the table of the SHOM", "Difference 4 cm at half tide, coefficient 95. Rounding?"),
]

FORECAST_SKIES = ["fair", "cloudy, bright spells later", "drizzle at first", "showers, some of them heavy", "fog patches until noon",
                  "clear and cold", "squally showers", "high cloud, a ring around the moon"]
FORECAST_WINDS = ["south-west 4 or 5", "west 5 to 7, gusting", "variable 2 or 3", "north-east 3 or 4, backing north", "south 6, perhaps gale 8 later",
                  "light airs", "north-west 5, moderating"]

# (title, author, due day)
LIBRARY = [
    ("Le Phare du bout du monde", "Jules Verne"), ("La Promenade au phare", "Virginia Woolf"), ("Pêcheur d'Islande", "Pierre Loti"),
    ("Les Travailleurs de la mer", "Victor Hugo"), ("Le Grand Meaulnes", "Alain-Fournier"), ("L'Été", "Albert Camus"),
    ("Vingt mille lieues sous les mers", "Jules Verne"), ("Mémoires d'une fourmi âgée", "Anonyme"),
]

ORDERS = [
    ("Marine varnish, 2.5 l", "48.90"), ("Bronze screws 4 x 30, box of 200", "36.40"), ("Sail repair tape, white", "12.00"),
    ("Red head torch", "19.50"), ("Bread proving basket, oval", "14.20"), ("Chart 7144, waterproof", "27.00"),
    ("Wool socks, grey, 3 pairs", "31.80"), ("Paraffin oven, wick set", "9.95"),
]
