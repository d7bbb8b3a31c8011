"""The panels beside a player in a real page: they follow the sound, and a hand moves them."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = pytest.mark.browser

NOTEBOOK = """
from ipywidgets import VBox
from auralis_lab.player.sights import Sights
from auralis_lab.player.widget import Player
from tests.browser.outlined import JoinedNoise, swinging_plan

track = JoinedNoise(70.0)
player = Player(track)
sights = Sights(player)
sights.load(track)
sights.explain(track, swinging_plan(track))
VBox([player, sights.waveform, sights.meters, sights.live, sights.health])
"""

WAIT_MS = 15_000


@pytest.fixture(scope="module")
def page(open_notebook: Callable[..., Page]) -> Page:
    made = open_notebook(NOTEBOOK, width=1000, height=1900)
    made.wait_for_selector(".au-health dd")
    made.wait_for_function("document.querySelector('.au-range').textContent.includes('–')")
    return made


def engine(page: Page, expression: str) -> object:
    engines = "[...globalThis[Symbol.for('auralis.engines')].engines.values()]"
    value: object = page.evaluate(f"(() => {{ const [e] = {engines}; return {expression}; }})()")
    return value


def shown_s(page: Page) -> tuple[float, float]:
    """First and last second in view."""
    text = page.inner_text(".au-range")
    times = [t.split(":") for t in re.findall(r"\d+:[\d.]+", text)]
    first, last = (60 * int(minutes) + float(seconds) for minutes, seconds in times)
    return first, last


def test_wheel_keys_and_drags_move_the_view_and_not_the_page(page: Page) -> None:
    strip = page.locator(".au-strip")
    strip.focus()
    before = shown_s(page)
    strip.hover(position={"x": 100, "y": 80})
    page.mouse.wheel(0, -300)
    page.wait_for_timeout(100)
    closer = shown_s(page)
    assert closer[1] - closer[0] < before[1] - before[0]
    page.keyboard.press("End")
    assert shown_s(page)[1] == pytest.approx(70, abs=0.1)
    page.keyboard.press("0")
    assert shown_s(page) == pytest.approx((0, 70), abs=1)
    for _ in range(3):
        page.keyboard.press("+")
    start = shown_s(page)[0]
    box = strip.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + 400, box["y"] + 90)
    page.mouse.down()
    page.mouse.move(box["x"] + 300, box["y"] + 90, steps=4)
    page.mouse.up()
    assert shown_s(page)[0] > start
    assert page.evaluate("document.scrollingElement.scrollTop") == 0


def test_the_outline_is_drawn_at_every_magnification(page: Page) -> None:
    # Columns in which something is drawn above the middle line.
    ink = """() => { const c = document.querySelector('.au-strip canvas'), h = c.height >> 1;
        const d = c.getContext('2d').getImageData(0, h / 2, c.width, h / 2 - 4).data;
        const seen = new Set();
        for (let i = 3; i < d.length; i += 4) if (d[i] > 60) seen.add(((i - 3) / 4) % c.width);
        return seen.size / c.width; }"""
    page.locator(".au-strip").focus()
    page.keyboard.press("0")
    for _ in range(14):
        page.keyboard.press("+")
        page.wait_for_timeout(60)
    page.wait_for_function(f"({ink})() > 0.15", timeout=WAIT_MS)
    page.keyboard.press("0")
    page.wait_for_function(f"({ink})() > 0.5", timeout=WAIT_MS)
    assert "0:00" in page.inner_text(".au-range")


def test_times_are_told_as_finely_as_they_are_seen(page: Page) -> None:
    strip = page.locator(".au-strip")
    strip.focus()
    whole, close = r"from 0:00 to 1:10 of 1:10\.", r"from \d:\d\d\.\d\d\d? to \d:\d\d\."
    for steps, told in ((0, whole), (9, close)):
        page.keyboard.press("0")
        for _ in range(steps):
            page.keyboard.press("+")
        page.wait_for_function(
            "told => new RegExp(told).test(document.querySelector('.au-strip').ariaLabel)",
            arg=told,
            timeout=WAIT_MS,
        )


def test_a_join_is_looped_when_it_is_chosen(page: Page) -> None:
    assert page.locator(".au-seam.au-seam-audible").count() >= 1
    page.locator(".au-seams button").nth(1).click()
    page.wait_for_function("document.querySelector('.auralis-player').dataset.state == 'playing'")
    looped = engine(page, "[e.looped.a, e.looped.b]")
    assert looped == [round(18.5 * 44_100), round(21.5 * 44_100)]
    first, last = shown_s(page)
    assert first < 20 < last
    page.locator(".au-strip").focus()
    page.keyboard.press("Escape")
    assert engine(page, "e.looped") is None


def test_caption_and_colours_are_those_of_what_is_heard(page: Page) -> None:
    from playwright.sync_api import expect

    note = page.locator(".au-waveform .au-sight-note")
    colour = "getComputedStyle(document.querySelector('.au-key-rms')).backgroundColor"
    enhanced = page.evaluate(colour)
    page.click(".auralis-enhance")
    expect(note).to_contain_text("The original is heard", timeout=WAIT_MS)
    assert page.evaluate(colour) != enhanced
    page.click(".auralis-enhance")
    expect(note).to_contain_text(re.compile(r"^\d+ joins"), timeout=WAIT_MS)
    assert page.evaluate(colour) == enhanced


def test_meters_and_spectrum_follow_what_is_heard(page: Page) -> None:
    page.locator(".au-tool", has_text="Follow").click()
    page.wait_for_function(
        "Number(document.querySelector('.au-m-value').textContent.replace('−', '-')) < 0",
        timeout=WAIT_MS,
    )
    page.wait_for_function(
        "document.querySelector('.au-band b').textContent.startsWith('+')", timeout=WAIT_MS
    )
    assert page.locator(".au-band").count() == 3
    page.wait_for_function(
        "document.querySelector('.au-m-bar').getAttribute('aria-valuetext').includes('LUFS')",
        timeout=WAIT_MS,
    )
    page.wait_for_function(
        "document.querySelector('.au-live .au-heard').textContent.startsWith('Loudest')",
        timeout=WAIT_MS,
    )
    before = shown_s(page)
    page.wait_for_timeout(1500)
    assert shown_s(page)[0] > before[0]


def test_health_is_told_and_nothing_overflows_a_phone(page: Page) -> None:
    figures = page.locator(".au-health dd")
    assert figures.nth(0).inner_text().endswith(" s")
    for latency in (3, 4):  # of the click that began, and of the change of sound since
        assert figures.nth(latency).inner_text().endswith(" ms")
    page.set_viewport_size({"width": 360, "height": 1900})
    page.wait_for_timeout(300)
    for name in (".au-waveform", ".au-meters-panel", ".au-live", ".au-health"):
        wide = page.evaluate(
            f"(e => e.scrollWidth - e.clientWidth)(document.querySelector('{name}'))"
        )
        assert wide <= 1, name
    page.set_viewport_size({"width": 1000, "height": 1900})
