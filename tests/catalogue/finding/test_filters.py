from __future__ import annotations

import pickle
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from auralis_lab.analysis.fingerprint import MEASURES
from auralis_lab.catalogue.finding.fields import FIELDS, FLAGS, SHOWN, Kind
from auralis_lab.catalogue.finding.filters import Condition, FilterError, Query, Word, parse, quote
from auralis_lab.catalogue.finding.orders import SORTS
from auralis_lab.catalogue.finding.values import Interval, read_interval
from auralis_lab.errors import ParameterError
from tests.thorough import tries

NOW = datetime(2026, 3, 15, 12, 0)


def _meant(name: str, comparison: str, text: str) -> Interval:
    return read_interval(FIELDS[name], comparison, text, NOW)


def test_a_text_is_words_terms_and_an_order() -> None:
    query = parse('miles "kind of blue" -live genre:jazz,"hard bop" year:1955..1965 sort:-plays')
    assert query == Query(
        words=(Word("miles"), Word("kind of blue", quoted=True), Word("live", negated=True)),
        conditions=(
            Condition("genre", ":", ("jazz", "hard bop")),
            Condition("year", ":", ("1955..1965",)),
        ),
        sort="plays",
        descending=True,
    )
    assert query.text == "miles kind of blue"


@pytest.mark.parametrize(
    ("text", "condition"),
    [
        ("loudness<-14", Condition("loudness", "<", ("-14",))),
        ("rating>=4", Condition("rating", ">=", ("4",))),
        ('-artist:"miles davis"', Condition("artist", ":", ("miles davis",), negated=True)),
        ('artist:="Bach"', Condition("artist", "=", ("Bach",))),
        ("artist=Bach", Condition("artist", "=", ("Bach",))),
        ("GENRE:Jazz", Condition("genre", ":", ("Jazz",))),
        ("albumartist:x", Condition("album_artist", ":", ("x",))),
        ("genre:none", Condition("genre", ":", (None,))),
        ('genre:"none"', Condition("genre", ":", ("none",))),
        ("played:never", Condition("played", ":", (None,))),
        ("has:artwork", Condition("has", ":", ("artwork",))),
        ("has:cover", Condition("has", ":", ("artwork",))),
        ("is:favorite", Condition("is", ":", ("favourite",))),
        ("loudness_lufs>-9", Condition("loudness", ">", ("-9",))),
        ("path:C:\\Music", Condition("path", ":", ("C:\\Music",))),
        (r'title:"say \"hi\" \\ there"', Condition("title", ":", ('say "hi" \\ there',))),
        ('album:"not closed', Condition("album", ":", ("not closed",))),
    ],
)
def test_a_term_about_a_field_is_understood(text: str, condition: Condition) -> None:
    assert parse(text) == Query(conditions=(condition,))


@pytest.mark.parametrize(
    "text",
    ["2001: a space odyssey", "Requiem: Lacrimosa", "12:30", "<3", "AC/DC: live", ":)", "a <b"],
)
def test_punctuation_in_a_title_is_only_punctuation(text: str) -> None:
    query = parse(text)
    assert query.conditions == ()
    assert query.text == text


def test_a_hyphen_by_itself_and_within_a_word_is_no_negation() -> None:
    assert [word.negated for word in parse("Jay-Z - 99 -live").words] == [False, False, False, True]


@pytest.mark.parametrize(
    ("text", "position", "sentence"),
    [
        ("re:stacks", 0, "no field 're'.*quotes.*\"re:stacks\""),
        ("blue loudnes<-14", 5, "no field 'loudnes'.*did you mean loudness"),
        ("blue genre: jazz", 11, "genre: wants a value"),
        ("genre:jazz,", 11, "genre: wants a value here"),
        ("genre<jazz", 5, "genre is text"),
        ("rating>=good", 8, "rating wants a number, not 'good'"),
        ("artist!=bach", 6, "hyphen: -artist:="),
        ("loudness < -14", 9, "< has no spaces around it"),
        ("genre:jazz OR genre:blues", 11, 'genre:jazz,blues.*"OR"'),
        ("rating>7", 7, "rating goes up to 5, not 7"),
        ("decade:3:20", 7, "decade"),
        ("rating>1,2", 0, "rating> takes one value"),
        ("rating>1..2", 7, "not a range"),
        ("year:1970.5", 5, "whole number"),
        ("year:1980..1970", 5, "wrong way round"),
        ("year:..", 5, "on one side"),
        ("duration:3q", 9, "no unit 'q': it has s, m"),
        ("year:9e9", 5, "no unit 'e'|wants a number"),
        (f"bits:{'9' * 400}", 5, "too large"),
        ("added:soon", 6, "date or an age"),
        ("added:2026-13", 6, "no date 2026-13"),
        ("added:0000", 6, "no date 0000"),
        ("added:30d", 6, "an age wants < or >"),
        ("added<30q", 6, "is no age"),
        ("is:lossles", 3, "did you mean lossless"),
        ("has:lyrcs", 4, "did you mean lyrics"),
        ("is=lossless", 2, "followed by a colon"),
        ("sort:titel", 5, "no order 'titel'.*did you mean title"),
        ("sort:genre", 5, "no order 'genre'"),
        ("-sort:title", 1, "sort:name"),
        ("sort:title sort:year", 11, "an order already"),
        ("sort:title,year", 10, "one order"),
        (" ".join(f"w{n}" for n in range(33)), 118, "33 words"),
        ("a." * 33, 0, "33 words"),
        ("id:1 " * 33, 160, "more than 32"),
        (f"id:{','.join(map(str, range(101)))}", 293, "more than 100"),
        ("x" * 20_001, 20_000, "20,001 characters"),
    ],
)
def test_an_error_says_what_is_wrong_and_where(text: str, position: int, sentence: str) -> None:
    with pytest.raises(FilterError, match=f"(?s){sentence}") as caught:
        parse(text)
    error = caught.value
    assert isinstance(error, ParameterError)
    assert error.position == position
    first, second = str(error).split("\n")
    assert first == error.sentence
    before, after = second.replace("…", "").split("^")
    assert text[:position].endswith(before)
    assert text[position:].startswith(after)
    assert len(second) < 70


def test_words_that_join_are_words_where_no_field_is_asked_for() -> None:
    assert parse("READY OR NOT").text == "READY OR NOT"
    assert parse('genre:rap READY "OR" "NOT"').text == "READY OR NOT"


def test_a_decade_may_be_written_as_one_says_it() -> None:
    assert parse("decade:1970s").conditions[0].values == ("1970s",)
    field = FIELDS["decade"]
    assert read_interval(field, ":", "1970s") == read_interval(field, ":", "1970")


def test_an_error_can_be_sent_to_another_process() -> None:
    with pytest.raises(FilterError) as caught:
        parse("loudnes<1")
    copy = pickle.loads(pickle.dumps(caught.value))
    assert (str(copy), copy.position) == (str(caught.value), 0)


@pytest.mark.parametrize("text", [None, 1, b"jazz", ["jazz"]])
def test_a_filter_is_text(text: Any) -> None:
    with pytest.raises(ParameterError, match="must be text"):
        parse(text)


@given(st.text(max_size=60))
@example("-")
@example('"')
@example('-"')
@example("--x:y")
@example('genre:"a"b')
@example("\udcff:\0")
@example("\u0301")
def test_any_text_is_understood_or_refused_with_a_place(text: str) -> None:
    refused = None
    try:
        query = parse(text)
    except FilterError as error:
        refused = error
    if refused:
        assert 0 <= refused.position <= len(text)
        assert "\n" not in refused.sentence
    else:
        assert parse(str(query)) == query


_plain = st.text("abcXYZé夢0129 .:=<>-_/\"'\\,", min_size=1, max_size=8).filter(str.strip)
_number = st.decimals(-999, 999, places=2, allow_nan=False).map(lambda value: f"{value:f}")
_values = {
    Kind.WHOLE: st.integers(-9999, 9999).map(str),
    Kind.STEPPED: _number,
    Kind.NUMBER: _number,
    Kind.DATE: st.dates().map(lambda day: day.isoformat()),
}


@st.composite
def conditions(draw: st.DrawFn) -> Condition:
    field = draw(st.sampled_from(SHOWN))
    negated = draw(st.booleans())
    if field.is_text:
        texts = st.lists(st.none() | _plain, min_size=1, max_size=3).map(tuple)
        return Condition(field.name, draw(st.sampled_from(":=")), draw(texts), negated)
    values = _values[field.kind]
    if field.highest is not None:
        highest = field.highest
        values = values.filter(lambda text: float(text) <= highest)
    comparison = draw(st.sampled_from((":", "=", "<", "<=", ">", ">=")))
    if comparison not in ":=":
        return Condition(field.name, comparison, (draw(values),), negated)
    several = st.lists(st.none() | values, min_size=1, max_size=3).map(tuple)
    return Condition(field.name, comparison, draw(several), negated)


@st.composite
def queries(draw: st.DrawFn) -> Query:
    words = [
        Word(text, quoted=True, negated=negated)
        for text, negated in draw(st.lists(st.tuples(_plain, st.booleans()), max_size=3))
    ]
    flags = st.sampled_from(sorted({flag.name for flag in FLAGS.values()}))
    known = st.sampled_from([field.name for field in SHOWN])
    terms = (
        conditions()
        | st.builds(
            Condition, st.just("is"), st.just(":"), flags.map(lambda f: (f,)), st.booleans()
        )
        | st.builds(Condition, st.just("has"), st.just(":"), known.map(lambda f: (f,)))
    )
    sort = draw(st.none() | st.sampled_from(sorted(set(SORTS.values()))))
    return Query(
        tuple(words),
        tuple(draw(st.lists(terms, max_size=3))),
        sort,
        draw(st.booleans()) if sort else False,
    )


@settings(max_examples=tries(200))
@given(queries())
def test_a_query_is_read_back_as_it_was_written(query: Query) -> None:
    assert parse(str(query)) == query


@given(st.text(max_size=20).filter(str.strip))
def test_a_quoted_value_is_read_back_as_it_is(value: str) -> None:
    (condition,) = parse(f"title:{quote(value)}").conditions
    assert condition.values == (value,)


def test_every_measure_has_a_field_and_an_order() -> None:
    for name in MEASURES:
        assert FIELDS[name].sql == name
        assert name in SORTS
    for short in ("loudness", "peak", "lra", "plr", "tempo", "width", "crest", "correlation"):
        assert FIELDS[short].name == short


def test_no_two_fields_share_a_name() -> None:
    names = [name for field in SHOWN for name in (field.name, *field.aliases)]
    assert len(names) == len(set(names)) == len(FIELDS)


@pytest.mark.parametrize(
    ("field", "comparison", "text", "meant"),
    [
        ("year", ":", "1970", Interval(1970, 1970)),
        ("year", ":", "1970..", Interval(1970, None)),
        ("rate", ":", "44.1k", Interval(44_100, 44_100)),
        ("rate", ">=", "96000", Interval(96_000, None)),
        ("rating", ":", "4.5", Interval(4.5, 4.5)),
        ("loudness", "<", "-14", Interval(None, -14, with_high=False)),
        ("loudness", ":", "-14", Interval(-14.5, -13.5, with_high=False)),
        ("loudness", ":", "-14.0", Interval(-14.05, -13.95, with_high=False)),
        ("loudness", ":", "-16lufs..-14", Interval(-16, -14)),
        ("bpm", ":", "118..122", Interval(118, 122)),
        ("duration", ">", "60", Interval(60, None, with_low=False)),
        ("duration", "<=", "3:20", Interval(None, 200)),
        ("duration", ">", "1:00:00", Interval(3600, None, with_low=False)),
        ("duration", ":", "3m..5m", Interval(180, 300)),
        ("duration", ">", "1m30s", Interval(90, None, with_low=False)),
        ("duration", ":", "1m30s", Interval(89.5, 90.5, with_high=False)),
        ("duration", ":", "1h2m", Interval(3690, 3750, with_high=False)),
        ("heard", "<", "1h2m3s", Interval(None, 3723, with_high=False)),
        ("duration", ":", "3m", Interval(150, 210, with_high=False)),
        ("duration", ":", "1.5h", Interval(5220, 5580, with_high=False)),
        ("size", ">", "5mb", Interval(5e6, None, with_low=False)),
    ],
)
def test_numbers_mean_what_they_say(
    field: str, comparison: str, text: str, meant: Interval
) -> None:
    found = _meant(field, comparison, text)
    assert (found.with_low, found.with_high) == (meant.with_low, meant.with_high)
    assert found.low == (None if meant.low is None else pytest.approx(meant.low))
    assert found.high == (None if meant.high is None else pytest.approx(meant.high))


_DAY = datetime(2026, 1, 15)


@pytest.mark.parametrize(
    ("comparison", "text", "meant"),
    [
        (":", "2026", Interval(datetime(2026, 1, 1), datetime(2027, 1, 1), with_high=False)),
        (":", "2026-12", Interval(datetime(2026, 12, 1), datetime(2027, 1, 1), with_high=False)),
        (":", "2026-01-15", Interval(_DAY, _DAY + timedelta(days=1), with_high=False)),
        ("<", "2026-01-15", Interval(None, _DAY, with_high=False)),
        ("<=", "2026-01-15", Interval(None, _DAY + timedelta(days=1), with_high=False)),
        (">", "2026-01-15", Interval(_DAY + timedelta(days=1), None)),
        (">=", "2026-01-15", Interval(_DAY, None)),
        (":", "2025-12..2026-01", Interval(datetime(2025, 12, 1), datetime(2026, 2, 1),
                                           with_high=False)),
        (":", "today", Interval(datetime(2026, 3, 15), datetime(2026, 3, 16), with_high=False)),
        (":", "yesterday", Interval(datetime(2026, 3, 14), datetime(2026, 3, 15),
                                    with_high=False)),
        ("<", "30d", Interval(NOW - timedelta(days=30), None, with_low=False)),
        ("<=", "2w", Interval(NOW - timedelta(days=14), None)),
        (">", "1y", Interval(None, NOW - timedelta(days=365), with_high=False)),
        (":", "1m..3m", Interval(NOW - timedelta(days=90), NOW - timedelta(days=30))),
        (":", "1m..", Interval(None, NOW - timedelta(days=30))),
        (">", "999999y", Interval(None, datetime.min, with_high=False)),
        ("<", "36h", Interval(NOW - timedelta(hours=36), None, with_low=False)),
        ("<=", "9999", Interval(None, datetime.max, with_high=False)),
    ],
)  # fmt: skip
def test_dates_are_whole_days_months_and_years_and_ages_end_now(
    comparison: str, text: str, meant: Interval
) -> None:
    assert _meant("added", comparison, text) == meant
