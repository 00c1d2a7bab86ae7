"""Charts in the words of Vega-Lite: small multiples, whose meaning hangs on position and form and never on colour.

The page's script gives them their width, their colours and the number of panels in a row.
"""

from collections.abc import Sequence
from typing import Any

Spec = dict[str, Any]
STEP = 22
PANEL_HEIGHT = 120
_NAMES = {"field": "annotator", "type": "nominal", "title": None, "sort": None}


def dots(rows: Sequence[Spec]) -> Spec:
    """Return a panel for each ``panel``: annotators below each other, ``share`` as a dot, ``others`` as a stroke.

    Where a row has ``low`` and ``high``, a line between them is the interval of its share.
    """
    panels = list(dict.fromkeys(row["panel"] for row in rows))
    several = [(row["share"], row.get("others"), row.get("high")) for row in rows]
    shares = [share for row in several for share in row if share is not None]
    axis = {"format": ".0%", "tickCount": 4, "title": None}
    scale = {"domain": [0, _rounded(max(shares, default=1.0))]}
    place = {"y": _NAMES, "x": {"field": "share", "type": "quantitative", "axis": axis, "scale": scale}}
    beside = {"field": "others", "type": "quantitative"}
    is_there = [{"filter": "isValid(datum.others)"}]
    layers: list[Spec] = [
        {"mark": {"type": "rule", "style": "link"}, "encoding": {**place, "x2": {"field": "others"}}},
        {
            "mark": {"type": "tick", "style": "others", "size": 15, "thickness": 3},
            "encoding": {"y": _NAMES, "x": beside},
        },
    ]
    reach = {"y": _NAMES, "x": {"field": "low", "type": "quantitative", "axis": axis}, "x2": {"field": "high"}}
    has_reach = [{"filter": "isValid(datum.low)"}]
    own: list[Spec] = [
        {"mark": {"type": "rule", "style": "reach"}, "encoding": reach, "transform": has_reach},
        {"mark": {"type": "point", "style": "own"}, "encoding": place},
    ]
    compared = [{**layer, "transform": is_there} for layer in layers]
    return _panels(rows, panels, {"height": {"step": STEP}, "layer": [*compared, *own]})


def bars(rows: Sequence[Spec], *, title: str) -> Spec:
    """Return a panel for each annotator with a bar for each day."""
    day = {"field": "day", "type": "temporal", "timeUnit": "utcyearmonthdate", **_time()}
    count = {"field": "answers", "type": "quantitative", "axis": {"title": title, "tickCount": 3, "format": "d"}}
    spec = {"height": PANEL_HEIGHT, "mark": {"type": "bar", "style": "bar"}, "encoding": {"x": day, "y": count}}
    return _panels(_in_panels(rows), list(dict.fromkeys(row["annotator"] for row in rows)), spec, between=60)


def course(rows: Sequence[Spec], marks: Sequence[Spec], *, title: str) -> Spec:
    """Return a panel for each annotator with alpha over time; ``marks`` are days with a name, drawn as broken lines."""
    day = {"field": "start", "type": "temporal", **_time()}
    lowest = min([0.0, *(row["alpha"] for row in rows if row["alpha"] is not None)])
    scale = {"domain": [lowest, 1]}
    alpha = {"field": "alpha", "type": "quantitative", "scale": scale, "axis": {"title": title, "tickCount": 4}}
    marked = {"field": "start", "type": "temporal"}
    layers = [
        {"data": {"values": marks}, "mark": {"type": "rule", "style": "mark"}, "encoding": {"x": marked}},
        {
            "data": {"values": marks},
            "mark": {"type": "text", "style": "mark-name"},
            "encoding": {"x": marked, "y": {"value": 2}, "text": {"field": "name"}},
        },
        {"mark": {"type": "line", "style": "course"}, "encoding": {"x": day, "y": alpha}},
        {"mark": {"type": "point", "style": "own"}, "encoding": {"x": day, "y": alpha}},
    ]
    panels = list(dict.fromkeys(row["annotator"] for row in rows))
    return _panels(_in_panels(rows), panels, {"height": PANEL_HEIGHT, "layer": layers}, between=60)


def calibration(rows: Sequence[Spec], *, said: str, right: str) -> Spec:
    """Return a panel for each ``panel``: how probable it was said to be, how often it was so, and where both agree."""
    shares = {"axis": {"format": ".0%", "tickCount": 4}, "scale": {"domain": [0, 1]}}
    place = {
        "x": {"field": "confidence", "type": "quantitative", **shares, "title": said},
        "y": {"field": "right", "type": "quantitative", **shares, "title": right},
    }
    ends = [{"confidence": 0, "right": 0}, {"confidence": 1, "right": 1}]
    layers = [
        {"data": {"values": ends}, "mark": {"type": "line", "style": "mark"}, "encoding": place},
        {"mark": {"type": "line", "style": "course"}, "encoding": place},
        {"mark": {"type": "point", "style": "own"}, "encoding": place},
    ]
    panels = list(dict.fromkeys(row["panel"] for row in rows))
    return _panels(rows, panels, {"height": 170, "layer": layers}, between=60)


def learning(rows: Sequence[Spec], *, units: str, score: str) -> Spec:
    """Return macro F1 by the number of units learned from, with intervals as upright strokes."""
    most = max(row["units"] for row in rows)
    x = {"field": "units", "type": "quantitative", "axis": {"title": units, "tickCount": 5, "format": "d"}}
    x |= {"scale": {"domain": [0, most * 1.03]}}
    axis = {"axis": {"title": score, "tickCount": 5, "format": ".1f"}, "scale": {"domain": [0, 1]}}
    y = {"field": "macro_f1", "type": "quantitative", **axis}
    reach = {"x": x, "y": {**y, "field": "low"}, "y2": {"field": "high"}}
    layers: list[Spec] = [
        {
            "mark": {"type": "rule", "style": "link"},
            "encoding": reach,
            "transform": [{"filter": "isValid(datum.low)"}],
        },
        {"mark": {"type": "line", "style": "course"}, "encoding": {"x": x, "y": y}},
        {"mark": {"type": "point", "style": "own"}, "encoding": {"x": x, "y": y}},
    ]
    return _panels(
        rows, list(dict.fromkeys(row["panel"] for row in rows)), {"height": 200, "layer": layers}, between=60
    )


def _panels(rows: Sequence[Spec], panels: Sequence[str], spec: Spec, *, between: int = 24) -> Spec:
    facet = {"field": "panel", "type": "nominal", "title": None, "sort": list(panels)}
    spacing = {"row": 40, "column": between}
    shape = {"columns": len(panels), "bounds": "flush", "spacing": spacing}
    return {"data": {"values": list(rows)}, "facet": facet, **shape, "spec": spec}


def _in_panels(rows: Sequence[Spec]) -> list[Spec]:
    return [{**row, "panel": row["annotator"]} for row in rows]


def _time() -> Spec:
    # Days are days of UTC, whichever zone the browser is in.
    axis = {"format": "%Y-%m-%d", "title": None, "tickCount": 3, "labelOverlap": True, "labelFlush": True}
    return {"axis": axis, "scale": {"type": "utc"}}


def _rounded(share: float) -> float:
    """Return the end of a scale: the next tenth, for nothing is seen of shares of 2 % on a scale up to 100 %."""
    return min(1.0, max(0.1, -(-share * 10 // 1) / 10))
