from annotator.codebook.builtin import load_codebook
from annotator.codebook.rollup import frames_of, has_frames
from annotator.codebook.tallies import tally
from annotator.codebook.values import Label, Question

LABELS = tuple(Label(id=name[0], name=name) for name in ("weak", "middling", "strong"))


def lines(question: Question, *answers: dict) -> list[tuple]:
    found = tally(question, answers, names={"t1": "Russia", "t2": "Ukraine"}).lines
    return [(line.about, line.name, line.count, round(line.share, 2)) for line in found]


def test_labels_are_counted_over_the_sentences_answered():
    frames = Question(id="q", name="frames", type="choices", labels=LABELS)
    assert lines(frames, {"q": ["s", "w"]}, {"q": ["s"]}, {"q": []}, {}, {"other": ["w"]}) == [
        (None, "weak", 1, 0.33),
        (None, "strong", 2, 0.67),
        (None, "none", 1, 0.33),
    ]


def test_stances_are_counted_by_target_the_commonest_first():
    stance = Question(id="q", name="stance", type="stance", labels=LABELS)
    one, two = ({"target": target, "label": "w", "holder": {"kind": "author"}} for target in ("t1", "t2"))
    assert lines(stance, {"q": [one]}, {"q": [two, {**two, "label": "s"}]}, {"q": []}) == [
        ("Ukraine", "weak", 1, 0.5),
        ("Ukraine", "strong", 1, 0.5),
        ("Russia", "weak", 1, 1.0),
    ]


def test_a_scale_has_a_median_and_a_metric_one_a_mean():
    answers = [{"q": one} for one in "wsms"]
    ordinal = Question(id="q", name="strength", type="scale", level="ordinal", labels=LABELS)
    interval = Question(id="q", name="strength", type="scale", level="interval", labels=LABELS)
    assert tally(ordinal, answers, names={}).median == ("middling", "strong")
    assert tally(ordinal, answers, names={}).mean is None
    assert tally(interval, answers, names={}).mean == 2.25
    assert (tally(interval, [], names={}).median, tally(interval, [], names={}).mean) == ((), None)


def test_marks_are_counted():
    loaded = Question(id="q", name="loaded", type="spans")
    found = tally(loaded, [{"q": [{"start": 0, "end": 2}, {"start": 3, "end": 4}]}, {"q": []}, {}], names={})
    assert (found.answered, found.marks) == (2, 2)


def test_a_label_that_was_retired_is_left_out():
    frames = Question(id="q", name="frames", type="choices", labels=LABELS)
    assert lines(frames, {"q": ["gone"]}) == []


def test_items_stand_together_by_their_frame():
    (items,) = load_codebook("generic-frames").questions
    frames = frames_of(items, ["government-can-help", "solution", "not-there"])
    assert has_frames(items)
    assert [frame.name for frame in frames][:2] == ["responsibility", "conflict"]
    assert [round(frame.value, 2) for frame in frames][:2] == [0.4, 0.0]
    assert sum(len(frame.labels) for frame in frames) == len(items.labels)
