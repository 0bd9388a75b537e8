// Places of a list, against a plain array of which all is known.
import assert from "node:assert/strict";
import { test } from "node:test";
import { load } from "../load.mjs";
import { Dice } from "../store-support.mjs";

const { Positions } = await load("src/store/positions.ts");

/** What is shown: the truth without what is hidden, with what is kept in front of the places where it was. */
function drawn(truth, kept, hidden) {
  const out = [];
  for (let i = 0; i <= truth.length; i++) {
    out.push(...kept.filter((k) => k.at === i && !hidden.has(k.id)).map((k) => k.id));
    if (i < truth.length && !hidden.has(truth[i])) out.push(truth[i]);
  }
  return out;
}

function check(positions, truth, known, kept, marked) {
  const isHere = (id) => known.has(id) || kept.some((k) => k.id === id);
  const hidden = new Set([...marked].filter(isHere)); // where the others would be nobody knows
  const expected = drawn(truth, kept, hidden);
  assert.equal(positions.shownTotal, expected.length);
  expected.forEach((id, i) => {
    assert.equal(positions.idAt(i), isHere(id) ? id : undefined, `place ${i}`);
    assert.equal(positions.indexOf(id), isHere(id) ? i : -1, id);
  });
  assert.equal(positions.idAt(expected.length), undefined);
  assert.equal(positions.idAt(-1), undefined);
  for (const id of hidden) assert.equal(positions.indexOf(id), -1);
}

for (let seed = 1; seed <= 60; seed++) {
  test(`places, seed ${seed}`, () => {
    const dice = new Dice(seed);
    const positions = new Positions();
    let next = 0, truth = Array.from({ length: 40 + dice.below(200) }, () => `e${next++}`), known = new Set(), kept = [];
    const hidden = new Set();
    positions.total = truth.length;
    for (let step = 0; step < 40; step++) {
      const what = dice.of(["fetch", "fetch", "hide", "change", "change", "forget"]);
      if (what === "fetch") {
        const start = dice.below(truth.length), ids = truth.slice(start, start + 1 + dice.below(30));
        positions.put(start, ids);
        ids.forEach((id) => known.add(id));
        kept = kept.filter((k) => !ids.includes(k.id));
      } else if (what === "hide") {
        const id = dice.of(truth);
        if (!known.has(id)) continue;
        const isHidden = dice.below(3) > 0;
        assert.equal(positions.hide(id, isHidden), hidden.has(id) !== isHidden);
        if (isHidden) hidden.add(id);
        else hidden.delete(id);
      } else if (what === "forget") {
        const from = dice.below(truth.length), to = from + dice.below(truth.length);
        if (dice.below(4) || positions.seen < 30) continue;
        const other = dice.below(truth.length), ranges = dice.below(2) ? [[from, to]] : [[from, to], [other - 10, other + 20]];
        positions.keepOnly(...ranges);
        known = new Set(truth.filter((id, i) => known.has(id) && ranges.some(([from, to]) => i >= from && i < to)));
      } else {
        // only what is known is taken out, or anything where all is known from the beginning on: otherwise nobody could follow (list.ts)
        const out = new Set(truth.filter((id) => known.has(id) && dice.below(8) === 0));
        const keeps = new Set([...out].filter(() => dice.below(3) === 0));
        const after = truth.filter((id) => !out.has(id));
        const keptNow = kept.map((k) => ({ id: k.id, place: k.at - 0.5, at: k.at - truth.slice(0, k.at).filter((id) => out.has(id)).length }));
        truth.forEach((id, i) => keeps.has(id) && keptNow.push({ id, at: truth.slice(0, i).filter((each) => !out.has(each)).length, place: i }));
        kept = keptNow.sort((a, b) => a.place - b.place).map(({ id, at }) => ({ id, at }));
        const back = [...out].filter((id) => !keeps.has(id) && dice.below(2));
        const added = [];
        for (const id of [...back, ...Array.from({ length: dice.below(4) }, () => `e${next++}`)]) after.splice(dice.below(after.length + 1), 0, id);
        after.forEach((id, index) => !truth.includes(id) || out.has(id) ? added.push({ id, index }) : undefined);
        for (const { index } of added) for (const k of kept) if (k.at > index) k.at++;
        const wasKnown = known;
        positions.update(out, added, (id) => keeps.has(id) || keptNow.some((k) => k.id === id));
        positions.total = after.length;
        truth = after;
        known = new Set(truth.filter((id) => (wasKnown.has(id) && !out.has(id)) || positions.placeOf(id) >= 0));
        for (const { id, index } of added) if (positions.placeOf(id) >= 0) assert.equal(positions.placeOf(id), index);
        // what is put in beside what is here is here
        for (const { id, index } of added) if (known.has(truth[index - 1]) && known.has(truth[index + 1])) assert.equal(positions.placeOf(id), index);
      }
      check(positions, truth, known, kept, hidden);
    }
  });
}
