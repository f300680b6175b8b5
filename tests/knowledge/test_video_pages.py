"""The pages of videos: who sees what, the list, the form, the player."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from sessions_app.agent.passages import key_of
from sessions_app.knowledge.actions.creators import revoke_creator
from sessions_app.knowledge.models import Passage, Video
from sessions_app.models import User
from tests.knowledge.making import add_transcript, film, make_creator, make_video

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def own_folder(settings: Any, tmp_path: Path) -> None:
    settings.VIDEOS_DIR = tmp_path / "videos"
    settings.ATTACHMENTS_DIR = tmp_path / "attachments"


@pytest.fixture
def ada(alice: User) -> User:
    return make_creator(alice)


FORM = {"title": "Harbour tour", "description": "Two piers", "url": "https://example.org/v", "language": "de",
        "length": "1:02:03", "visibility": "everyone", "people": ""}  # fmt: skip


def text_of(answer: Any) -> str:
    return str(answer.content.decode())


# ---------------------------------------------------------------- rights


def pages(video: Video) -> list[str]:
    names = ("", "player/", "captions/", "file/", "thumbnail/")
    return [f"/videos/{video.pk}/{name}" for name in names]


@pytest.mark.parametrize(
    ("visibility", "who", "sees"),
    [
        ("private", "alice", True),
        ("private", "bob", False),
        ("private", "staff", False),
        ("listed", "bob", True),
        ("listed", "staff", False),
        ("everyone", "bob", True),
        ("everyone", "staff", True),
    ],
)
def test_a_video_is_seen_by_whom_it_is_for(
    ada: User, bob: User, staff: User, visibility: str, who: str, sees: bool
) -> None:
    client = Client()
    client.force_login(ada)
    client.post("/videos/new/", FORM | {"visibility": visibility, "people": "bob", "file": film()})
    video = Video.objects.get()
    add_transcript(video)
    client = Client()
    client.force_login(User.objects.get(username=who))
    found = [client.get(page).status_code for page in pages(video)[:4]]
    assert found == ([200, 302, 200, 200] if sees else [404] * 4)
    assert ("Harbour tour" in text_of(client.get("/videos/"))) is sees
    changing = [client.get(f"/videos/{video.pk}/edit/"), client.post(f"/videos/{video.pk}/delete/")]
    assert [answer.status_code for answer in changing] == ([200, 303] if who == "alice" else [404, 404])


def test_a_listing_has_no_say_while_the_video_is_private(ada: User, bob: User, as_bob: Client) -> None:
    video = make_video(ada, visibility="listed", viewers=[bob])
    assert as_bob.get(f"/videos/{video.pk}/").status_code == 200
    Video.objects.update(visibility="private")
    assert as_bob.get(f"/videos/{video.pk}/").status_code == 404


def test_nobody_and_somebody_switched_off_are_sent_to_the_login(
    ada: User, bob: User, as_bob: Client, client: Client
) -> None:
    video = make_video(ada, visibility="everyone")
    User.objects.filter(pk=bob.pk).update(is_active=False)
    for person in (client, as_bob):
        for page in [*pages(video), "/videos/", "/videos/new/"]:
            assert person.get(page)["Location"].startswith("/accounts/login/")


# ---------------------------------------------------------------- the list


def test_the_list_says_what_is_known_of_each(ada: User, as_alice: Client, as_bob: Client) -> None:
    add_transcript(make_video(ada, visibility="everyone", length_ms=3_723_000, language="de"))
    make_video(ada, title="Not yet", visibility="everyone")
    add_transcript(make_video(ada, title="Broken"), status="failed", current=False)
    mine, theirs = text_of(as_alice.get("/videos/")), text_of(as_bob.get("/videos/"))
    for words in ("1:02:03", "German", "Everyone here", "Only me", "Transcript failed", "No transcript"):
        assert words in mine
    assert "by <bdi>alice</bdi>" in theirs
    for words in ("Broken", "Everyone here", "Transcript failed", "Add a video"):
        assert words not in theirs


def test_the_list_is_narrowed_by_words_language_and_to_ones_own(
    ada: User, bob: User, as_alice: Client
) -> None:
    make_video(ada, title="Ölhafen", language="de")
    make_video(ada, title="Harbour", language="en")
    make_video(make_creator(bob), title="Bobs harbour", visibility="everyone")

    def titles(query: str) -> set[str]:
        page = text_of(as_alice.get(f"/videos/?{query}"))
        return {title for title in ("Ölhafen", ">Harbour<", "Bobs harbour") if title in page}

    assert titles("") == {"Ölhafen", ">Harbour<", "Bobs harbour"}
    assert titles("show=mine") == {"Ölhafen", ">Harbour<"}
    assert titles("q=öl") == {"Ölhafen"}
    assert titles("q=HARBOUR bob") == {"Bobs harbour"}
    assert titles("language=de") == {"Ölhafen"}
    assert titles("q=%00x&show=none&page=zero") == set()
    assert "No video here is called so." in text_of(as_alice.get("/videos/?q=nothing"))
    fragment = as_alice.get("/videos/?q=bob&page=1", headers={"HX-Request": "true"})
    assert text_of(fragment).lstrip().startswith("<ul")
    assert fragment["HX-Replace-Url"] == "/videos/?q=bob"


def test_the_list_has_pages_and_takes_as_many_queries_for_many(
    ada: User, as_alice: Client, django_assert_max_num_queries: Any
) -> None:
    for at in range(26):
        make_video(ada, title=f"Video {at:02d}")
    with django_assert_max_num_queries(18):
        first = text_of(as_alice.get("/videos/"))
    second = text_of(as_alice.get("/videos/?page=2"))
    assert "Video 25" in first
    assert "Video 01" not in first
    assert 'href="/videos/?page=2"' in first
    assert "Video 01" in second
    assert 'href="/videos/?page=1"' in second


def test_an_empty_list_says_what_can_be_done(ada: User, as_alice: Client, as_bob: Client) -> None:
    assert "then give it a transcript" in text_of(as_alice.get("/videos/"))
    assert "Staff make somebody a creator." in text_of(as_bob.get("/videos/"))


# ---------------------------------------------------------------- the form


def test_a_video_is_added_and_changed_by_the_form(ada: User, bob: User, as_alice: Client) -> None:
    answer = as_alice.post("/videos/new/", FORM | {"visibility": "listed", "people": "bob"})
    video = Video.objects.get()
    assert (answer.status_code, answer["Location"]) == (303, f"/videos/{video.pk}/")
    assert (video.length_ms, video.language, video.viewers.get().user) == (3_723_000, "de", bob)
    page = text_of(as_alice.get(f"/videos/{video.pk}/edit/"))
    for words in ('value="Harbour tour"', ">Two piers</textarea>", 'value="1:02:03"', ">bob</textarea>"):
        assert words in page
    as_alice.post(f"/videos/{video.pk}/edit/", FORM | {"title": "Renamed"})
    video.refresh_from_db()
    assert (video.title, video.visibility, video.viewers.count()) == ("Renamed", "everyone", 0)


def test_what_was_typed_stays_when_a_form_is_refused(ada: User, as_alice: Client) -> None:
    wrong = FORM | {
        "title": "",
        "description": "Kept <b>",
        "length": "soon",
        "visibility": "listed",
        "people": "zoe",
    }
    answer = as_alice.post("/videos/new/", wrong | {"file": film("short.mp4", "tour.mp4")})
    page = text_of(answer)
    assert answer.status_code == 422
    for words in ("The title must have", "The length must be", "nobody called “zoe”", "Kept &lt;b&gt;", 'value="soon"',
                  ">zoe</textarea>", "<bdi>tour.mp4</bdi> has arrived"):  # fmt: skip
        assert words in page
    kept = page.partition('name="kept" value="')[2].partition('"')[0]
    as_alice.post("/videos/new/", FORM | {"kept": kept})
    assert Video.objects.get().file_name == "tour.mp4"


def test_a_page_that_calls_itself_a_film_is_refused(ada: User, as_alice: Client) -> None:
    page = SimpleUploadedFile("tour.mp4", b"<!doctype html><script>alert(1)</script>", "video/mp4")
    answer = as_alice.post("/videos/new/", FORM | {"file": page})
    assert answer.status_code == 422
    assert "This is no video or recording of a kind that is known." in text_of(answer)
    assert not Video.objects.exists()


def test_who_is_no_creator_is_told_and_a_former_one_too(ada: User, as_alice: Client, as_bob: Client) -> None:
    answer = as_bob.get("/videos/new/", follow=True)
    assert "Videos are added by creators." in text_of(answer)
    refused = as_bob.post("/videos/new/", FORM)
    assert refused.status_code == 403
    assert 'value="Harbour tour"' in text_of(refused)
    video = make_video(ada)
    revoke_creator(person=ada, actor=None)
    assert "You are no creator any more" in text_of(as_alice.get("/videos/new/", follow=True))
    assert as_alice.post(f"/videos/{video.pk}/edit/", FORM).status_code == 303


def test_a_deleted_video_is_brought_back(ada: User, as_alice: Client, as_bob: Client) -> None:
    video = make_video(ada)
    answer = as_alice.post(f"/videos/{video.pk}/delete/", headers={"HX-Request": "true"})
    assert f"/videos/{video.pk}/restore/" in answer["HX-Trigger"]
    assert as_alice.get(f"/videos/{video.pk}/").status_code == 404
    assert "Harbour tour" not in text_of(as_alice.get("/videos/"))
    assert "Restore Harbour tour" in text_of(as_alice.get("/videos/?show=deleted"))
    assert as_bob.post(f"/videos/{video.pk}/restore/").status_code == 404
    assert as_alice.post(f"/videos/{video.pk}/restore/").status_code == 303
    assert as_alice.get(f"/videos/{video.pk}/").status_code == 200


# ---------------------------------------------------------------- the player


def test_a_transcript_stands_beside_the_video_with_links_to_its_seconds(ada: User, as_alice: Client) -> None:
    video = make_video(ada, url="https://youtu.be/abc")
    add_transcript(video)
    passage = Passage.objects.get(text="The pilot tells them.")
    page = text_of(as_alice.get(f"/videos/{video.pk}/?at=84.25&passage={key_of(passage.pk)}"))
    assert 'href="https://youtu.be/abc?t=84"' in page
    assert "The passage that was cited is marked." in page
    assert f'class="cue cue--marked" href="?at=83.2&amp;passage={key_of(passage.pk)}"' in page
    assert page.count("cue--marked") == 1
    assert page.count('aria-current="true"') == 1
    assert "&lt;where&gt;" in page
    assert page.count('<b class="cue__who">Ada</b>') == 2  # once for a row of lines of hers


@pytest.mark.parametrize(
    "query", ["at=x", "at=nan", "at=inf", "at=-5", "at=1e400", "passage=v0", "passage=vzzzzzzzzzzzzz", "passage=%00",
              "at=&passage=x"],
)  # fmt: skip
def test_a_place_that_is_none_is_the_beginning(ada: User, as_alice: Client, query: str) -> None:
    video = make_video(ada)
    add_transcript(video)
    answer = as_alice.get(f"/videos/{video.pk}/?{query}")
    assert answer.status_code == 200
    assert "cue--marked" not in text_of(answer)


def test_a_passage_of_another_video_marks_nothing(ada: User, as_alice: Client) -> None:
    video, other = make_video(ada), make_video(ada)
    add_transcript(video)
    add_transcript(other)
    key = key_of(Passage.objects.filter(video=other).latest("pk").pk)
    assert "cue--marked" not in text_of(as_alice.get(f"/videos/{video.pk}/?passage={key}"))


def test_a_passage_of_a_former_version_marks_the_same_moment(ada: User, as_alice: Client) -> None:
    video = make_video(ada)
    add_transcript(video)
    key = key_of(Passage.objects.latest("pk").pk)
    add_transcript(video, [[80_000, 90_000, "", "Said anew."]])
    page = text_of(as_alice.get(f"/videos/{video.pk}/?passage={key}"))
    assert page.count("cue--marked") == 1
    assert "At 1:23." in page


def test_nothing_is_said_to_be_marked_where_no_line_is(ada: User, as_alice: Client) -> None:
    video = make_video(ada)
    transcript = add_transcript(video)
    passage = Passage.objects.filter(video=video).first()
    assert passage is not None
    transcript.cues = []
    transcript.save(update_fields=["cues"])
    page = text_of(as_alice.get(f"/videos/{video.pk}/?at=3&passage={key_of(passage.pk)}"))
    assert "There is no transcript yet." in page
    assert "is marked" not in page


def test_a_file_is_played_from_the_second_without_scripts_too(ada: User, as_alice: Client) -> None:
    as_alice.post("/videos/new/", FORM | {"file": film()})
    video = Video.objects.get()
    page = text_of(as_alice.get(f"/videos/{video.pk}/?at=83.2"))
    assert f'src="/videos/{video.pk}/file/#t=83.2"' in page
    assert 'data-at="83.2"' in page


def test_the_player_comes_alone_for_a_dialog(ada: User, as_alice: Client) -> None:
    video = make_video(ada)
    add_transcript(video)
    path = f"/videos/{video.pk}/player/?at=83.2&passage=v1"
    fragment = text_of(as_alice.get(path, headers={"HX-Request": "true"}))
    assert "<html" not in fragment
    assert 'id="loaded-title"' in fragment
    assert f'href="/videos/{video.pk}/?at=83.2' in fragment
    assert as_alice.get(path)["Location"] == f"/videos/{video.pk}/?at=83.2&passage=v1"


def test_ten_thousand_lines_come_in_groups(ada: User, as_alice: Client) -> None:
    video = make_video(ada)
    add_transcript(video, [[at * 1000, at * 1000 + 900, "", f"Line {at}"] for at in range(10_000)])
    page = text_of(as_alice.get(f"/videos/{video.pk}/?at=5000"))
    assert page.count('class="cues__group"') == 200
    assert len(page) < 2_500_000


def test_its_creator_is_told_how_the_newest_transcript_stands(
    ada: User, as_alice: Client, as_bob: Client
) -> None:
    video = make_video(ada, visibility="everyone")
    add_transcript(video)
    newest = add_transcript(video, [], status="failed", current=False, error="Line 4 has no time.")
    video.transcripts.filter(number=1).update(current=True)
    assert "Line 4 has no time." in text_of(as_alice.get(f"/videos/{video.pk}/"))
    assert "Line 4" not in text_of(as_bob.get(f"/videos/{video.pk}/"))
    newest.status, newest.done, newest.total = "indexing", 3, 1200
    newest.save()
    assert "3 of 1,200 passages" in text_of(as_alice.get(f"/videos/{video.pk}/"))


def test_the_pages_are_reached_from_the_rail_the_list_and_the_palette(as_bob: Client) -> None:
    assert 'href="/videos/"' in text_of(as_bob.get("/dashboard/"))
    assert 'href="/videos/"' in text_of(as_bob.get("/"))
    assert "/videos/" in text_of(as_bob.get("/palette/?q=vid", headers={"HX-Request": "true"}))


def test_pages_of_a_video_lead_to_each_other(ada: User, as_alice: Client) -> None:
    video = make_video(ada)
    page, transcripts = f"/videos/{video.pk}/", f"/videos/{video.pk}/transcripts/"
    for path, leads in (
        ("/videos/", ("/videos/figures/", "/videos/import/", "/videos/new/", page)),
        (page, ("/videos/", transcripts, f"{page}edit/")),
        (f"{page}edit/", (page, transcripts)),
        (transcripts, (page,)),
        ("/videos/import/", ("/videos/",)),
        ("/videos/figures/", ("/videos/",)),
    ):
        main = text_of(as_alice.get(path)).partition("<main")[2]
        assert [each for each in leads if f'href="{each}"' not in main] == [], path
