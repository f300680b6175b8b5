"""`python -m tests.browser.cinema`: Alice is a creator, with videos of every state; prints where one of a file and one of
elsewhere stand."""

from __future__ import annotations

import django

LINES = (
    ("Ada", "Welcome to the harbour. We begin at the north pier, where the pilots wait."),
    ("", "A pilot goes out to every ship over ninety metres."),
    ("Ben", "And who says which crane unloads it?"),
    (
        "Ada",
        "The crane that is free. The planner sees all seven of them at once, and what each has to do today.",
    ),
    ("", "When the wind is over twenty metres a second, no crane moves."),
    ("Ben", "Does that happen often?"),
    ("Ada", "Twelve days last year. Then ships wait outside, which is dear."),
)


def main() -> None:
    django.setup()
    from io import BytesIO

    from django.core.files.uploadedfile import SimpleUploadedFile
    from PIL import Image, ImageDraw

    from sessions_app.agent.passages import key_of, path_to
    from sessions_app.knowledge.actions.creators import grant_creator
    from sessions_app.knowledge.actions.videos import Contents, Files, add_video
    from sessions_app.knowledge.models import Passage
    from sessions_app.models import User
    from tests.knowledge.making import add_transcript, film

    def picture(colour: str) -> SimpleUploadedFile:
        made, image = BytesIO(), Image.new("RGB", (640, 360), colour)
        ImageDraw.Draw(image).polygon([(0, 360), (220, 120), (420, 360)], fill="white")
        image.save(made, "JPEG")
        return SimpleUploadedFile("a.jpg", made.getvalue())

    alice, visitor = User.objects.get(username="alice"), User.objects.get(username="visitor")
    for person in (alice, visitor):
        grant_creator(person=person, actor=None)
    cues = [[at * 6000, at * 6000 + 5800, *LINES[at % len(LINES)]] for at in range(40)]
    about = (
        "How a container harbour works in one day.\n\nRecorded in March, with the planner of the north pier."
    )
    contents = Contents("Harbour tour, part 1: pilots and cranes", about, visibility="everyone")
    own = add_video(creator=alice, contents=contents, files=Files(film(), picture("steelblue")))
    add_transcript(own, cues)
    passage = Passage.objects.get(video=own, start_ms=84_000)
    elsewhere = add_video(
        creator=alice,
        contents=Contents(
            "Wie man einen Kran prüft", url="https://youtu.be/abc", language="de", length="1:02:03"
        ),
    )
    add_transcript(elsewhere, cues)
    named = Contents("Interview with a pilot", visibility="listed", people="visitor", length="12:40")
    sound = add_video(creator=alice, contents=named, files=Files(film("short.mp3")))
    add_transcript(sound, cues, status="indexing", current=False)
    bad = add_video(creator=alice, contents=Contents("A draft without words", url="https://example.org/v"))
    add_transcript(bad, [], status="failed", current=False, error="Line 3 has no time.")
    long = "A very long title that goes on and on until two lines of a card are full, and then somewhat further still"
    for title in ("Safety on the pier", long):
        theirs = Contents(title, url="https://vimeo.com/1", visibility="everyone", length="3:20")
        add_transcript(
            add_video(creator=visitor, contents=theirs, files=Files(thumbnail=picture("darkred"))), cues
        )
    print(path_to(str(own.pk), 83_200, key_of(passage.pk)), path_to(str(elsewhere.pk), 83_200))


if __name__ == "__main__":
    main()
