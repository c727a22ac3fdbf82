"""200 phrases whose tokens are compared: what people write, and what they should not.

Code points that Unicode has not assigned are not among them: the tokenizer in Python drops them, the one in Rust, which
`transformers` prefers, takes them for unknown words.
"""

from __future__ import annotations

import random

PLAIN = """the person in red
the person in red.
a man on a horse
two dogs running. a cat.
a cat. a remote control.
the tallest tree
woman with a green hat
person in blue . person in red . referee
is there a dog? a cat? a bird?
left hand of the man, holding a cup
THE PERSON IN RED
The Red Car
McDonald's sign
it's the dog's ball
well-known state-of-the-art semi-transparent glass
mother-in-law
x-ray, t-shirt, e-mail
3 dogs
number 10 on the shirt
12,345.67 pounds
1/2 of an apple
50% of the sky
route 66 & highway 101
3840x2160
00042
1st 2nd 3rd 4th
a.b.c.d
...
. . .
.
?
??!
who is it? the person who sits.
a person , a dog ; a cat : a bird
(the person) [in] {red}
"the person in red"
'single' `back` ~tilde~
C++ and C# and F
me@example.com
https://example.com/a?b=c&d=e#f
/usr/bin/env
snake_case_words and camelCaseWords
back\\slash
tab\there
   spaces   in   front
trailing spaces   
no\u00a0break\u2003wide\u200bzero
soft\u00adhyphen
word\u2014dash\u2013dash\u2012dash
ellipsis\u2026 here
\u201ccurly\u201d \u2018quotes\u2019
caf\u00e9 cr\u00e8me
cafe\u0301 with a combining accent
na\u00efve \u00fcber stra\u00dfe
Stra\u00dfe STRASSE \u1e9e
\u00c5ngstr\u00f6m sm\u00f6rg\u00e5sbord
\u0130stanbul Iğdır
\u0141\u00f3d\u017a \u015bwiat
pi\u00f1ata ni\u00f1o
\u01c4 \u01c5 \u01c6 \ufb01sh \ufb02ower
\u0410\u043d\u0434\u0440\u0435\u0439 \u0432 \u043a\u0440\u0430\u0441\u043d\u043e\u043c
\u0451\u043b\u043a\u0430 \u0439\u043e\u0434
\u03b1\u03b2\u03b3 \u03a3\u03af\u03c3\u03c5\u03c6\u03bf\u03c2
\u05e9\u05dc\u05d5\u05dd \u05d0\u05d1\u05d2
\u0645\u0631\u062d\u0628\u0627 \u0645\u0646
\u0939\u093f\u0928\u094d\u0926\u0940
\u0e44\u0e17\u0e22
\u7ea2\u8272\u7684\u4eba
\u7a7f\u7ea2\u8863\u7684\u4eba.\u72d7
\u4eba man \u72d7 dog
\u65e5\u672c\u8a9e\u306e\u72ac
\u8d64\u3044\u8eca\u3042\u3044
\u30a2\u30f3\u30ab\u30fc
\ud55c\uad6d \uac15\uc544\uc9c0
\U00020000\U0002a700 rare characters
\u3002\uff0e\uff1f full width stops
\uff24\uff2f\uff27 \uff11\uff12\uff13
a dog \U0001f415
\U0001f415\U0001f408
\U0001f469\u200d\U0001f680 in space
\U0001f1e9\U0001f1ea flag
thumbs \U0001f44d\U0001f3fd up
\u2764\ufe0f red heart
\u2600 sun \u2602 umbrella
\u00bd \u00b2 \u2460 \u2163
\u20ac100 \u00a350 \u00a5900
\u00a9 \u00ae \u2122
\u2192 \u2190 \u2191
\u00d7 \u00f7 \u00b1 \u2260
a\u0300\u0301\u0302\u0303 stacked
\ufeffbyte order mark
nul\u0000byte
bell\u0007escape\u001b
private \ue000 use
replacement \ufffd character
[CLS] person [SEP]
[MASK] person
[UNK] [PAD]
[cls] person [sep]
##ing ##s
person ##s
[unused5]
qqqqzzzzxxxx
supercalifragilisticexpialidocious
antidisestablishmentarianism person
pneumonoultramicroscopicsilicovolcanoconiosis
donaudampfschifffahrtsgesellschaft
\u2581sentence\u2581piece
\u0130 \u0131 \u017f \u212a""".split("\n")


def phrases() -> list[str]:
    """All of them."""
    found = PLAIN + ["line\nbreak", "carriage\r\nreturn"]
    found += ["", " ", "a", "z" * 100, "z" * 101, "ab" * 80, "person " * 300, "a red car. " * 90, "\u7ea2" * 400,
              "person in red and " * 60 + "blue.", "- " * 280, "one, two; three! " * 50]
    words = ("person man woman dog cat horse red blue green car tree hat the a in on with of left running standing tall "
             "tower street water ball").split()
    odd = ["caf\u00e9", "\u72d7", "x2", "No.7", "T-shirt", "\U0001f697", "d'art", "\u00dcber", "3.5", "\u2014", "(big)",
           "unmaskable", "rotoscoped", "WHITE", "k9", "zzyzx"]
    source = random.Random(7)
    while len(found) < 200:
        count = source.randint(2, 12)
        picked = [source.choice(odd) if source.random() < 0.25 else source.choice(words) for _ in range(count)]
        ends = [source.choice(["", "", "", ".", ". ", " .", "?", ","]) for _ in picked]
        found.append(" ".join(word + end for word, end in zip(picked, ends)))
    return found
