"""What the queries look for: the words that the generator plants, or such words out of somebody's own mail."""
import collections
import email
import email.policy
import os
import re
import time

import corpus


class Words:
    """rare, frequent, other: words; phrase: a list of words; sender: of a From; prefix: without its star; year: a year with mail."""

    def __init__(self, rare, frequent, other, phrase, sender, prefix, year):
        self.rare, self.frequent, self.other = rare, frequent, other
        self.phrase, self.sender, self.prefix, self.year = phrase, sender, prefix, year

    def queries(self):
        """(name, the filter of Email/query, the query for notmuch and mu)."""
        phrase = '"' + " ".join(self.phrase) + '"'
        mix = {"operator": "AND", "conditions": [{"text": self.frequent}, {"operator": "OR", "conditions": [
            {"from": self.sender}, {"operator": "NOT", "conditions": [{"text": self.other}]}]}]}
        year = {"after": f"{self.year}-01-01T00:00:00Z", "before": f"{self.year + 1}-01-01T00:00:00Z"}
        return [
            ("rare word", {"text": self.rare}, self.rare),
            ("frequent word", {"text": self.frequent}, self.frequent),
            ("phrase", {"text": phrase}, phrase),
            ("from:", {"from": self.sender}, f"from:{self.sender}"),
            ("prefix", {"text": self.prefix + "*"}, self.prefix + "*"),
            ("boolean mix", mix, f"{self.frequent} and (from:{self.sender} or not {self.other})"),
            ("date range", year, f"date:{self.year}-01-01..{self.year}-12-31"),
        ]


def generated():
    return Words(corpus.RARE, corpus.FREQUENT, "budget", corpus.PHRASE, "tanaka", "quart", 2015)


def of_maildir(directory, sample=1500):
    """Words out of an even sample of a Maildir: those in most, in some and in one of the messages."""
    paths = [os.path.join(directory, s, n) for s in ("cur", "new") for n in sorted(os.listdir(os.path.join(directory, s)))]
    documents, phrases, senders, years = (collections.Counter() for _ in range(4))
    paths = paths[::max(1, len(paths) // sample)]
    for path in paths:
        with open(path, "rb") as f:
            message = email.message_from_binary_file(f, policy=email.policy.compat32)
        words = re.findall(r"\b[a-z]{5,12}\b", text_of(message).lower())
        documents.update(set(words))
        phrases.update(set(zip(words, words[1:], words[2:])))
        senders.update(set(re.findall(r"[a-z]{4,}(?=[a-z.]*@)", str(message.get("From", "")).lower())))
        date = email.utils.parsedate(str(message.get("Date", "")))
        years[date[0] if date else time.gmtime().tm_year] += 1
    if not documents or not phrases or not senders:
        raise SystemExit(f"{directory}: too few words to ask for")
    ranked = [w for w, _ in documents.most_common()]
    common = [w for w in ranked if documents[w] <= len(paths) / 2] or ranked
    return Words(ranked[-1], common[0], common[len(common) // 100], phrases.most_common(20)[-1][0], senders.most_common(1)[0][0],
                 common[min(50, len(common) - 1)][:5], years.most_common(1)[0][0])


def text_of(message):
    for part in message.walk():
        if part.get_content_type() == "text/plain" and not part.is_multipart():
            return (part.get_payload(decode=True) or b"").decode("latin-1")
    return ""
