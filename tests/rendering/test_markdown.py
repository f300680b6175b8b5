import threading

import pytest

from sessions_app.rendering import MAX_RENDER_BYTES, render, render_person

from .page import Page

FEATURES = [
    ("# Title", "<h1>Title</h1>"),
    ("a\n===", "<h1>a</h1>"),
    ("**a** *b* ~~c~~ `d`", "<strong>a</strong> <em>b</em> <s>c</s> <code>d</code>"),
    ("- a\n- b", "<ul>\n<li>a</li>\n<li>b</li>\n</ul>"),
    ("3. a", '<ol start="3">'),
    ("> a", "<blockquote>\n<p>a</p>\n</blockquote>"),
    ("---", "<hr>"),
    ("| a |\n|--:|\n| 1 |", '<td class="align-right">1</td>'),
    ("| a |\n|:-:|\n| 1 |", '<th class="align-center">a</th>'),
    ("see www.example.org.", '<a href="http://www.example.org"'),
    ("https://example.org/_a_/b", ">https://example.org/_a_/b</a>"),
    ("<https://example.org>", '<a href="https://example.org"'),
    ("readme.md and a@b.example", "<p>readme.md and a@b.example</p>"),
    ("[a]\n\n[a]: https://a.example 't'", '<a href="https://a.example" title="t"'),
    ("a  \nb", "<p>a<br>\nb</p>"),
    ("a\nb", "<p>a\nb</p>"),
    ("&copy; \\*", "<p>© *</p>"),
    ("<b>a</b>", "&lt;b&gt;a&lt;/b&gt;"),
    ("$5 and $10 or US$5/US$6", "<p>$5 and $10 or US$5/US$6</p>"),
    ("$x$ costs 5", "<mi>x</mi>"),
    ("$$\nx\n$$", '<math display="block">'),
    ("$\\frac{$", '<code class="math-source">\\frac{</code>'),
    ("    code", "<code>code\n</code>"),
]


@pytest.mark.parametrize(("text", "expected"), FEATURES)
def test_each_feature_comes_out_as_html(text: str, expected: str) -> None:
    assert expected in render(text)


def test_tasks_have_boxes_that_cannot_be_changed_and_are_named() -> None:
    done, open_task = Page(render("- [x] a\n- [ ] b")).all("input")
    assert "checked" in done
    assert "checked" not in open_task
    assert [box["aria-label"] for box in (done, open_task)] == ["Done", "Not done"]
    assert all("disabled" in box for box in (done, open_task))


def test_code_has_a_head_with_its_language_and_a_copy_button() -> None:
    html = render("```Python title=x\nx = 1\n```")
    assert Page(html).all("button") == [{"type": "button", "class": "code__copy", "aria-label": "Copy code"}]
    assert '<span class="code__lang">Python</span>' in html
    assert '<span class="mi">1</span>' in html


@pytest.mark.parametrize("label", ["", "no-such-language", "text", '"><b>'])
def test_code_without_a_known_language_keeps_every_character(label: str) -> None:
    assert Page(render(f"```{label}\n  <a> & 'b'\n\n\n```")).text.endswith("  <a> & 'b'\n\n\n\n")


@pytest.mark.parametrize("language", ["python", "json", "diff", "html", "bash", "sql", "yaml", "console"])
def test_coloured_code_keeps_every_character(language: str) -> None:
    code = '\n$ a <b c="d"> & {"e": [1, null]}\n\n- f\n+ g  # h\n'
    assert code in Page(render(f"```{language}\n{code}```")).text


def test_a_line_too_long_for_a_lexer_is_shown_without_colours() -> None:
    assert '<span class="p">' not in render("```json\n" + "[" * 5_000 + "\n```")


def test_footnotes_of_two_messages_share_no_id() -> None:
    text = "a[^n] b[^n]\n\n[^n]: note"
    ids = [
        tag["id"] for prefix in ("m-1-", "m-2-") for _, tag in Page(render(text, prefix)).tags if "id" in tag
    ]
    assert len(ids) == len(set(ids)) == 6


def test_footnote_links_lead_to_their_note_and_back() -> None:
    page = Page(render("a[^n]\n\n[^n]: note", "m-1-"))
    ids = {tag["id"] for _, tag in page.tags if "id" in tag}
    assert {link["href"].removeprefix("#") for link in page.all("a")} == ids == {"m-1-fn1", "m-1-fnref1"}


def test_a_footnote_nobody_refers_to_is_still_shown() -> None:
    assert "lonely" in Page(render("a\n\n[^n]: lonely")).text


def test_line_ends_of_a_person_are_kept() -> None:
    assert render_person("a\nb") == "<p>a<br>\nb</p>\n"


def test_text_beyond_the_limit_is_shown_as_typed() -> None:
    line = "some **bold** words of a line " * 20 + "\n\n"
    text = line * (MAX_RENDER_BYTES // len(line) + 10) + "**end**"
    html = render(text)
    assert "some <strong>bold</strong> words" in html
    assert html.endswith("**end**</pre>\n")
    assert Page(html).text.count("bold") == text.count("bold")


def test_the_limit_counts_bytes_and_cuts_between_characters() -> None:
    text = "\U0001f600" * (MAX_RENDER_BYTES // 4 + 5)
    assert Page(render(text)).text.count("\U0001f600") == len(text)


def test_threads_render_at_the_same_time_without_mixing() -> None:
    texts = [
        f"[t{n}]({'https://e.example/' + str(n)}) www.h{n}.example $a_{n}$ `c{n}`\n\n" * 20 for n in range(4)
    ]
    expected = [render(text) for text in texts]
    found: dict[int, set[str]] = {n: set() for n in range(4)}

    def work(n: int) -> None:
        found[n] = {render(texts[n]) for _ in range(10)}

    threads = [threading.Thread(target=work, args=(n,)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [found[n] for n in range(4)] == [{html} for html in expected]
